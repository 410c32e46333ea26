import { expect, test } from "vitest";
import { consoleLine, jsonLine, parseFacility, syslogLine } from "../../../src/process/log-format.ts";

const at = new Date(2026, 10, 3, 9, 5, 7);

test("the console line is keepalived's", () => {
  expect(consoleLine(at, "(VI_1) Entering MASTER STATE")).toBe(
    "Tue Nov  3 09:05:07 2026: (VI_1) Entering MASTER STATE\n",
  );
});

test("a line of the log is one line, whatever a script wrote", () => {
  expect(consoleLine(at, "a\nb\u001b[31m\u0000c")).toBe("Tue Nov  3 09:05:07 2026: a?b?[31m?c\n");
});

test("a line of the log does nothing to a terminal: C1 controls, line separators, marks that turn the writing", () => {
  expect(consoleLine(at, "a\u009b31mb\u2028c\u202ed\u200fe")).toBe("Tue Nov  3 09:05:07 2026: a?31mb?c?d?e\n");
  expect(consoleLine(at, "服务器 é \u0301")).toBe("Tue Nov  3 09:05:07 2026: 服务器 é \u0301\n");
});

test("RFC 3164 §4.1: PRI is facility * 8 + severity, the day of month is padded with a blank", () => {
  const line = syslogLine({ facility: 3, level: "info", text: "hello" }, { identity: "lvskeeper_vrrp", pid: 42, at });
  expect(line.toString()).toBe("<30>Nov  3 09:05:07 lvskeeper_vrrp[42]: hello");
});

test("RFC 3164 §4.1: no more than 1024 bytes", () => {
  const lineOf = (text: string): Buffer =>
    syslogLine({ facility: 16, level: "error", text }, { identity: "x", pid: 1, at });
  expect(lineOf("a".repeat(2000))).toHaveLength(1024);
  for (const start of ["", "a", "aa", "aaa"])
    for (const c of ["é", "服", "😀"]) {
      const bytes = lineOf(start + c.repeat(2000));
      expect(bytes.length).toBeGreaterThan(1024 - 4);
      expect(bytes.length).toBeLessThanOrEqual(1024);
      expect(bytes.toString().at(-1)?.codePointAt(0)).toBe(c.codePointAt(c.length - 1));
    }
});

test.for([
  ["daemon", 3],
  ["user", 1],
  ["0", 16],
  ["7", 23],
  ["local5", 21],
  ["8", undefined],
  ["toString", undefined],
] as const)("-S %s is facility %s", ([text, number]) => {
  expect(parseFacility(text)).toBe(number);
});

test("a line of JSON: the message's name, its sentence, and the plain facts in it", () => {
  const subject = { realServer: "rs", virtualServer: "vs", plan: { probe: { kind: "TCP_CHECK", secret: "x" } } };
  const line = jsonLine(new Date(0), "checker", {
    level: "warn",
    event: "checker.failed",
    text: 'two\nlines "quoted"',
    fields: { subject, retries: 2 },
  });
  expect(line.indexOf("\n")).toBe(line.length - 1);
  expect(JSON.parse(line)).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    process: "checker",
    event: "checker.failed",
    text: 'two\nlines "quoted"',
    facts: { check: "TCP_CHECK", realServer: "rs", virtualServer: "vs", retries: 2 },
  });
});
