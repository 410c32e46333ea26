import type net from "node:net";
import { expect, test } from "vitest";
import type { Verdict } from "../../../src/checkers/model.ts";
import { smtpCheck } from "../../../src/checkers/smtp.ts";
import { deafServer, serve, unusedPort } from "./servers.ts";

const smtp = (port: number, connectTimeoutMs = 400, signal = new AbortController().signal): Promise<Verdict> =>
  smtpCheck(
    { kind: "SMTP_CHECK", endpoint: { host: "127.0.0.1", port }, connectTimeoutMs, heloName: "director.example" },
    { url: 0 },
    signal,
  );

/** A server that greets, then answers each line it gets with the next of these. */
const saying =
  (...lines: readonly string[]) =>
  (socket: net.Socket): void => {
    const left = [...lines];
    socket.write(left.shift() ?? "");
    socket.on("data", () => socket.write(left.shift() ?? ""));
  };

const silent = (): void => {};
const detailOf = (verdict: Verdict): string => (verdict.up === false ? verdict.detail : "");

test("a greeting with 220 and a HELO with 250 are a success, and the server is bidden farewell", async () => {
  await using server = await serve(saying("220 mail.example ESMTP\r\n", "250 mail.example\r\n", "221 bye\r\n"));
  expect(await smtp(server.port)).toEqual({ up: true });
  expect(server.received).toEqual(["HELO director.example\r\nQUIT\r\n"]);
});

test.for([
  { name: "replies of several lines", lines: ["220-a\r\n220-b\r\n220 c\r\n", "250-x\r\n250 y\r\n", "221 z\r\n"] },
  { name: "bare newlines", lines: ["220 a\n", "250 x\n", "221 z\n"] },
  { name: "codes without words", lines: ["220\r\n", "250\r\n", "221\r\n"] },
  { name: "any code for QUIT", lines: ["220 a\r\n", "250 x\r\n", "502 not known\r\n"] },
])("$name: a success", async ({ lines }) => {
  await using server = await serve(saying(...lines));
  expect(await smtp(server.port)).toEqual({ up: true });
});

test.for([
  { name: "421", lines: ["421 too busy\r\n"], reason: "status", words: "a greeting was 421 too busy, not 220" },
  {
    name: "a last line with another code",
    lines: ["220-a\r\n554 no\r\n"],
    reason: "status",
    words: "a greeting was 554 no, not 220",
  },
  {
    name: "HELO refused",
    lines: ["220 a\r\n", "501 who are you\r\n"],
    reason: "status",
    words: "an answer to HELO was 501 who are you, not 250",
  },
  {
    name: "another protocol",
    lines: ["SSH-2.0-OpenSSH_9.2\r\n"],
    reason: "protocol",
    words: "does not speak SMTP: SSH-2.0-OpenSSH_9.2",
  },
  {
    name: "control characters",
    lines: ["550 \x1b[31mred\x07\r\n"],
    reason: "status",
    words: "a greeting was 550 .[31mred., not 220",
  },
  { name: "a line without end", lines: ["220 ".padEnd(20_000, "x")], reason: "protocol", words: "answer without end" },
  { name: "lines without end", lines: ["220-x\r\n".repeat(5000)], reason: "protocol", words: "answer without end" },
  { name: "no greeting", lines: [""], reason: "timeout", words: "a greeting did not come within 0.4 s" },
  {
    name: "no answer to HELO",
    lines: ["220 a\r\n", ""],
    reason: "timeout",
    words: "an answer to HELO did not come within 0.4 s",
  },
  {
    name: "half a line",
    lines: ["220 mail"],
    reason: "timeout",
    words: "a greeting did not come within 0.4 s",
  },
])("$name: a failure", async ({ lines, reason, words }) => {
  await using server = await serve(saying(...lines));
  const verdict = await smtp(server.port);
  expect(verdict).toMatchObject({ up: false, reason });
  expect(detailOf(verdict)).toContain(words);
  expect(detailOf(verdict).length).toBeLessThan(200);
});

test("a server that drips its greeting does not beat connect_timeout", async () => {
  await using server = await serve((socket) => {
    const drip = setInterval(() => socket.write("2"), 20);
    socket.on("close", () => clearInterval(drip));
  });
  expect(await smtp(server.port, 200)).toMatchObject({ up: false, reason: "timeout" });
});

test("a connection closed or reset in place of an answer is a failure that says so", async () => {
  await using closing = await serve((socket) => socket.end("220 a\r\n"));
  expect(detailOf(await smtp(closing.port))).toContain("an answer to HELO did not come: the connection was closed");
  await using resetting = await serve((socket) => {
    socket.write("220 a\r\n");
    socket.once("data", () => socket.resetAndDestroy());
  });
  expect(await smtp(resetting.port)).toMatchObject({ up: false, reason: "reset" });
});

test("refused, and never accepted", async () => {
  expect(await smtp(await unusedPort())).toMatchObject({ up: false, reason: "refused" });
  await using deaf = await deafServer();
  expect(await smtp(deaf.port, 200)).toMatchObject({ up: false, reason: "timeout" });
});

test("an aborted check settles at once, while connecting and while talking", async () => {
  await using deaf = await deafServer();
  await using mute = await serve(silent);
  for (const { port } of [deaf, mute]) {
    const stop = new AbortController();
    const running = smtp(port, 60_000, stop.signal);
    if (port === mute.port) await expect.poll(() => mute.accepted()).toBe(1);
    stop.abort();
    expect((await running).up).toBe("unknown");
  }
});

test("an answer that waits to be read while this process was held up is no timeout", async () => {
  await using server = await serve(saying("220 a\r\n", "250 x\r\n", "221 z\r\n"));
  const running = smtp(server.port, 100);
  await expect.poll(() => server.accepted()).toBe(1);
  const end = performance.now() + 200;
  while (performance.now() < end);
  expect(await running).toEqual({ up: true });
});
