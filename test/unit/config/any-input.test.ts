import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiagnostics } from "../../../src/config/render.ts";
import { decodeSource } from "../../../src/config/source.ts";
import { sourceOf, valuesOf } from "./reading.ts";

const goldens = readdirSync("test/golden")
  .filter((file) => file.endsWith(".conf") && file !== "binary.conf")
  .map((file) => readFileSync(`test/golden/${file}`, "utf8"));

/** Pieces that mean something to the reader, in any order. */
const pieces = fc.constantFrom(
  ...[
    "{",
    "}",
    "\n",
    " ",
    '"',
    "'",
    "#",
    "!",
    "\\",
    "\t",
    "\r\n",
    "$",
    "$".concat("{X}"),
    "@a",
    "~SEQ(a,1)",
    "include x",
    "\u00a0",
  ],
  ...["vrrp_instance V", "virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", "TCP_CHECK", "track_script", "group"],
  ...[
    "virtual_ipaddress",
    "10.0.0.1",
    "priority 100",
    "script",
    "weight",
    "url",
    "同的",
    "\u{1f600}",
    "\u0301",
    "9".repeat(400),
  ],
);

function readAnything(text: string): void {
  const { diagnostics } = valuesOf(text);
  for (const { span } of diagnostics) {
    expect(span && span.start <= span.end && span.end <= text.length && span.line >= 1 && span.column >= 1).toBe(true);
  }
  const drawn = renderDiagnostics(diagnostics, [sourceOf(text)], { color: false });
  expect(drawn.split("\n").every((line) => line.length < 1000)).toBe(true);
}

test("any pieces of a configuration in any order are read, and every problem has its place", () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => readAnything(parts.join(" "))),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => readAnything(parts.join(""))),
    { numRuns: 300 },
  );
});

test("a configuration with any stretch taken out of it is read", () => {
  const cut = fc.tuple(fc.constantFrom(...goldens), fc.nat(2000), fc.nat(200));
  fc.assert(
    fc.property(cut, ([text, from, length]) => readAnything(text.slice(0, from) + text.slice(from + length))),
    { numRuns: 300 },
  );
});

test("any bytes are text or told not to be", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const decoded = decodeSource("x", bytes);
      if (decoded.ok) readAnything(decoded.value.source.text);
      else expect(decoded.error.code).toMatch(/^file\//);
    }),
  );
});

test.for([
  ["one line of a megabyte", "a".repeat(1_000_000)],
  ["braces without end", "{".repeat(200_000)],
  ["closing braces without end", "}".repeat(200_000)],
  ["quotes without end", '"\n'.repeat(100_000)],
  ["unknown keywords without end", "wibble\n".repeat(100_000)],
  [
    "a keyword a megabyte long with a value",
    `vrrp_instance ${"x".repeat(1_000_000)} {\npriority ${"9".repeat(100_000)}\n}`,
  ],
])("%s: read in bounded time, with a bounded report", ([, text]) => {
  const started = performance.now();
  const { diagnostics } = valuesOf(text as string);
  expect(diagnostics.length).toBeLessThanOrEqual(1001);
  expect(renderDiagnostics(diagnostics.slice(0, 5), [sourceOf(text as string)], { color: false }).length).toBeLessThan(
    10_000,
  );
  expect(performance.now() - started).toBeLessThan(5000);
});

test("a few control characters do not make a text something else, many do", () => {
  const text = (controls: number): Buffer => Buffer.from("\u0016".repeat(controls) + "router".repeat(5), "latin1");
  expect(decodeSource("a.conf", text(3)).ok).toBe(true);
  expect(decodeSource("a.conf", text(30)).ok).toBe(false);
});
