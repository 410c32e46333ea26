import type net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProbe } from "../../../src/checkers/kinds.ts";
import type { HttpUrl, Probe, Verdict } from "../../../src/checkers/model.ts";
import { selfSigned, serve, serveTls } from "./servers.ts";

const MIB = 1024 * 1024;
/** What the sockets of both sides may hold on loopback, beside what a check reads. */
const BUFFERS = 12 * MIB;
const CONNECT_TIMEOUT_MS = 1000;

type Flood = {
  readonly name: string;
  /** What comes first, and what comes then, again and again; absent: nothing, and the connection ends. */
  readonly head: string;
  readonly piece?: string;
  readonly ask?: Partial<HttpUrl>;
  readonly up?: true;
  /** What of it a check reads at most. */
  readonly readBytes: number;
};

const OK = "HTTP/1.1 200 OK\r\n";
const GIGABYTE = `${OK}Content-Length: 1073741824\r\n\r\n`;
const chunk = "10000\r\n".concat("x".repeat(65_536), "\r\n");
const regex = { pattern: "never", negate: false, options: [], minOffset: 0 };
const digest = "5d41402abc4b2a76b9719d911017c592";
const binary = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 31) % 256)).toString("latin1");

const FLOODS: readonly Flood[] = [
  { name: "header lines without end", head: OK, piece: "X-Line: value\r\n".repeat(1000), readBytes: MIB },
  { name: "one header line without end", head: `${OK}X: `, piece: "y".repeat(65_536), readBytes: MIB },
  { name: "a status line without end", head: "HTTP/1.1 200 ", piece: "O".repeat(65_536), readBytes: 32 * MIB },
  {
    name: "100,000 header lines, and a page",
    head: `${OK}${"X-Line: value\r\n".repeat(100_000)}Content-Length: 2\r\n\r\nok`,
    readBytes: MIB,
  },
  {
    name: "interim answers without end",
    head: "",
    piece: "HTTP/1.1 100 Continue\r\n\r\n".repeat(100),
    readBytes: MIB,
  },
  { name: "a body of a gigabyte", head: GIGABYTE, piece: "x".repeat(65_536), up: true, readBytes: MIB },
  {
    name: "a body of a gigabyte, to digest",
    head: GIGABYTE,
    piece: "x".repeat(65_536),
    ask: { digest },
    readBytes: 16 * MIB,
  },
  {
    name: "a body of a gigabyte, to search",
    head: GIGABYTE,
    piece: "x".repeat(65_536),
    ask: { regex },
    readBytes: 16 * MIB,
  },
  {
    name: "chunks without end, to digest",
    head: `${OK}Transfer-Encoding: chunked\r\n\r\n`,
    piece: chunk,
    ask: { digest },
    readBytes: 16 * MIB,
  },
  {
    name: "the extension of a chunk without end",
    head: `${OK}Transfer-Encoding: chunked\r\n\r\n5;a=`,
    piece: "b".repeat(65_536),
    readBytes: 32 * MIB,
  },
  {
    name: "trailers without end",
    head: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`,
    piece: "X-Line: value\r\n".repeat(1000),
    readBytes: MIB,
  },
  { name: "binary without end", head: "", piece: binary, readBytes: MIB },
  { name: "control characters in the status line", head: "HTTP/1.1 503 \x1b[31mred\x07\x00\r\n\r\n", readBytes: MIB },
  { name: "control characters in what is no HTTP", head: "\x1b]0;title\x07\x1b[2J\r\n\r\n", readBytes: MIB },
];

/** Sends the flood once it was asked, as fast as it is taken. */
const flooding =
  ({ head, piece }: Pick<Flood, "head" | "piece">, onSent: (socket: net.Socket) => void) =>
  (socket: net.Socket): void => {
    onSent(socket);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece ?? "", "latin1"));
    };
    socket.once("data", () => {
      socket.write(head, "latin1");
      if (piece === undefined) socket.end();
      else {
        socket.on("drain", more);
        more();
      }
    });
  };

const ask = (kind: "HTTP_GET" | "SSL_GET", port: number, url: Partial<HttpUrl>): Probe => ({
  ...{ kind, endpoint: { host: "127.0.0.1", port }, connectTimeoutMs: CONNECT_TIMEOUT_MS, httpProtocol: "1.1" },
  urls: [{ path: "/", statusCodes: [], ...url }],
});

async function probed(probe: Probe): Promise<{ verdict: Verdict; tookMs: number }> {
  const startedMs = performance.now();
  const verdict = await runProbe(probe, { url: 0 }, new AbortController().signal);
  return { verdict, tookMs: performance.now() - startedMs };
}

let certificate: ReturnType<typeof selfSigned>;
beforeAll(() => {
  certificate = selfSigned();
});

/** The most memory of this process beyond what it had, server and all, while these tests ran. */
let mostMib = 0;
const memoryMib = (): number => process.memoryUsage().rss / MIB;
let sampler: NodeJS.Timeout;
let firstMib = 0;
beforeAll(() => {
  firstMib = memoryMib();
  sampler = setInterval(() => {
    mostMib = Math.max(mostMib, memoryMib() - firstMib);
  }, 10);
});
afterAll(() => clearInterval(sampler));

describe.for(["HTTP_GET", "SSL_GET"] as const)("%s", (kind) => {
  test.for(FLOODS)("$name: a verdict in time, in one line, and not more is read than is needed", async (flood) => {
    const sockets: net.Socket[] = [];
    const talk = flooding(flood, (socket) => sockets.push(socket));
    await using server = kind === "SSL_GET" ? await serveTls(certificate, [], talk) : await serve(talk);
    const { verdict, tookMs } = await probed(ask(kind, server.port, flood.ask ?? {}));
    expect(verdict.up).toBe(flood.up ?? false);
    if (verdict.up === false) expect(verdict.detail).toMatch(/^[ -~]{1,400}$/);
    expect(tookMs).toBeLessThan(3 * CONNECT_TIMEOUT_MS + 2000);
    expect(sockets).toHaveLength(1);
    // Nobody reads any more.
    await expect.poll(() => sockets[0]?.destroyed, { timeout: 5000 }).toBe(true);
    expect(sockets[0]?.bytesWritten).toBeLessThan(flood.readBytes + BUFFERS);
  });
});

test.for([
  { name: "lines without end", piece: "220-x\r\n".repeat(1000) },
  { name: "a line without end", piece: "2".repeat(65_536) },
  { name: "binary without end", piece: binary },
  { name: "control characters", piece: "\x1b[31m\x07\x00" },
])("SMTP_CHECK, a greeting of $name", async ({ piece }) => {
  const sockets: net.Socket[] = [];
  await using server = await serve((socket) => {
    sockets.push(socket);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece, "latin1"));
    };
    socket.on("drain", more);
    more();
  });
  const endpoint = { host: "127.0.0.1", port: server.port };
  const { verdict } = await probed({
    kind: "SMTP_CHECK",
    endpoint,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    heloName: "a",
  });
  expect(verdict).toMatchObject({ up: false, detail: expect.stringMatching(/^[ -~]{1,400}$/) });
  await expect.poll(() => sockets[0]?.destroyed, { timeout: 5000 }).toBe(true);
  expect(sockets[0]?.bytesWritten).toBeLessThan(BUFFERS);
});

test("all of it took little memory", () => {
  expect(mostMib).toBeGreaterThan(0);
  expect(mostMib).toBeLessThan(256);
});
