import { setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import type net from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runProbe } from "../../../src/checkers/kinds.ts";
import type { Probe, Verdict } from "../../../src/checkers/model.ts";
import { answering, httpAnswer, serve, unusedPort } from "./servers.ts";

const signal = new AbortController().signal;
setMaxListeners(0, signal); // many probes at once share it here

/** RFC 9113 §4.1. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
const settings = frame(4, 0, 0, Buffer.alloc(0));
const status200 = frame(1, 4, 1, hex("88")); // the 8th entry of the static table of HPACK

const anyFrame = fc
  .tuple(fc.nat(12), fc.nat(255), fc.constantFrom(0, 1, 2, 3), fc.uint8Array({ maxLength: 40 }))
  .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload));
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      settings,
      status200,
      frame(4, 1, 0, Buffer.alloc(0)), // SETTINGS are acknowledged
      frame(1, 5, 1, hex("88")), // and nothing more comes
      frame(1, 0, 1, hex("88")), // to be continued
      frame(9, 0, 1, Buffer.alloc(1000, 0x40)),
      frame(0, 0, 1, Buffer.from("hello")),
      frame(0, 1, 1, Buffer.from("hello")),
      frame(0, 9, 1, hex("ff00")), // more padding than there is
      frame(3, 0, 1, hex("00000002")),
      frame(5, 4, 1, hex("0000000288")), // a push that nobody asked for
      frame(6, 0, 0, Buffer.alloc(8)),
      frame(7, 0, 0, hex("0000000000000000")),
      frame(7, 0, 0, hex("0000000000000002")),
      frame(8, 0, 1, hex("00000000")),
      Buffer.from("HTTP/1.1 200 OK\r\n\r\n"),
    ),
    anyFrame,
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  ),
  { maxLength: 8 },
);

const at = (port: number, connectTimeoutMs = 100) => ({ endpoint: { host: "127.0.0.1", port }, connectTimeoutMs });
const page = (port: number): Probe => ({
  kind: "HTTP_GET",
  ...at(port),
  urls: [{ path: "/", statusCodes: [], digest: "5d41402abc4b2a76b9719d911017c592" }],
  httpProtocol: "2",
});
const health = (port: number): Probe => ({ kind: "GRPC_CHECK", ...at(port), service: "shop.Cart" });

const words = (verdict: Verdict): string => verdict.detail ?? "";

test("whatever a server sends, a check of HTTP/2 ends in time with one verdict that can stand in a log", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.constantFrom("end", "reset", "stay"), fc.boolean(), async (parts, how, first) => {
      await using server = await serve((socket: net.Socket) => {
        socket.once("data", () => {
          if (first) socket.write(settings);
          for (const part of parts) socket.write(part);
          if (how === "end") socket.end();
          if (how === "reset") socket.resetAndDestroy();
        });
      });
      for (const probe of [page(server.port), health(server.port)]) {
        const started = performance.now();
        const verdict = await runProbe(probe, { url: 0 }, signal);
        expect(performance.now() - started).toBeLessThan(3000);
        expect(verdict.up).not.toBe("unknown");
        expect(words(verdict)).toMatch(/^[\u0020-\u007e]*$/);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
}, 60_000);

test("after thousands of probes no descriptor or timer is left, and memory does not grow", async () => {
  const answers = (...parts: readonly Buffer[]) =>
    serve((socket) => socket.once("data", () => socket.write(Buffer.concat(parts))));
  await using web = await answers(settings, status200, frame(0, 1, 1, Buffer.from("hello")));
  await using broken = await answers(settings, status200, frame(7, 0, 0, hex("0000000000000002")));
  await using old = await serve(answering(httpAnswer(400, "what?")));
  await using mute = await serve((socket) => void socket.resume());
  const ports = [web.port, broken.port, old.port, mute.port, await unusedPort()];
  const probes = ports.flatMap((port) => [page(port), health(port)]);
  const round = (): Promise<Verdict[]> =>
    Promise.all(Array.from({ length: 60 }, (_, i) => runProbe(probes[i % probes.length] as Probe, { url: 0 }, signal)));
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 8; i += 1) await round();
  const [before, rssBefore] = [descriptors(), process.memoryUsage.rss()];
  for (let i = 0; i < 16; i += 1) await round();
  await expect.poll(descriptors).toBeLessThanOrEqual(before + 5);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThan(10);
  expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(96 * 1024 * 1024);
  const [first] = await round();
  expect(first).toEqual({ up: true });
}, 60_000);
