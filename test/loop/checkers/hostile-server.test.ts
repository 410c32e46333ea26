import type net from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { httpCheck } from "../../../src/checkers/http.ts";
import type { Verdict } from "../../../src/checkers/model.ts";
import { sslCheck } from "../../../src/checkers/ssl.ts";
import { selfSigned, serve, serveTls } from "./servers.ts";

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.0 200\r\n\r\n",
      "HTTP/9.9 999 ?\r\n\r\n",
      "Content-Length: 5\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 99999999999999999999\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Connection: keep-alive\r\nKeep-Alive: timeout=99\r\n",
      "\r\n",
      "5\r\nhello\r\n",
      "ffffffffffffffffffff\r\n",
      "0\r\n\r\n",
      `X: ${"x".repeat(70_000)}\r\n`,
    ),
    fc.string({ unit: "binary", maxLength: 40 }),
  ),
  { maxLength: 8 },
);
const ending = fc.constantFrom("end", "reset", "stay");

async function probe(parts: readonly string[], how: string, ssl: boolean): Promise<Verdict> {
  let asked = 0;
  const talk = (socket: net.Socket): void => {
    socket.once("data", () => {
      asked += 1;
      for (const part of parts) socket.write(Buffer.from(part, "latin1"));
      if (how === "end") socket.end();
      if (how === "reset") socket.destroy();
    });
  };
  await using server = ssl ? await serveTls(certificate, [], talk) : await serve(talk);
  const at = { host: "127.0.0.1", port: server.port };
  const urls = [{ path: "/", statusCodes: [], digest: "5d41402abc4b2a76b9719d911017c592" }];
  const rest = { endpoint: at, connectTimeoutMs: 100, urls, httpProtocol: "1.0" } as const;
  const signal = new AbortController().signal;
  const verdict = await (ssl
    ? sslCheck({ kind: "SSL_GET", ...rest }, { url: 0 }, signal)
    : httpCheck({ kind: "HTTP_GET", ...rest }, { url: 0 }, signal));
  expect(asked).toBe(1);
  return verdict;
}

const certificate = selfSigned();

test.for([
  { name: "plain", ssl: false, runs: 200 },
  { name: "TLS", ssl: true, runs: 40 },
])(
  "whatever a server sends ($name), a check ends in time with a verdict in one line",
  { timeout: 60_000 },
  async ({ ssl, runs }) => {
    await fc.assert(
      fc.asyncProperty(pieces, ending, async (parts, how) => {
        const started = performance.now();
        const verdict = await probe(parts, how, ssl);
        expect(performance.now() - started).toBeLessThan(2000);
        expect([true, false]).toContain(verdict.up);
        if (verdict.up === false) expect(verdict.detail).toMatch(/^[^\n]+$/);
      }),
      { numRuns: runs },
    );
  },
);
