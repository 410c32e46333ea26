import { createHash } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { httpCheck } from "../../../src/checkers/http.ts";
import type { HttpUrl, Verdict } from "../../../src/checkers/model.ts";
import { sslCheck } from "../../../src/checkers/ssl.ts";
import { answering, httpAnswer, selfSigned, serve, serveTls, type TestServer } from "./servers.ts";

const never = new AbortController().signal;
const turn = { url: 0 };

type Asked = { readonly url?: Partial<HttpUrl>; readonly connectTimeoutMs?: number; readonly signal?: AbortSignal };

const probeOf = (port: number, { url, connectTimeoutMs = 500 }: Asked) => ({
  endpoint: { host: "127.0.0.1", port },
  connectTimeoutMs,
  urls: [{ path: "/health", statusCodes: [], ...url }],
  httpProtocol: "2" as const,
  virtualhost: "shop.example",
});
const http = (port: number, asked: Asked = {}): Promise<Verdict> =>
  httpCheck({ kind: "HTTP_GET", ...probeOf(port, asked) }, turn, asked.signal ?? never);
const ssl = (port: number, asked: Asked = {}): Promise<Verdict> =>
  sslCheck({ kind: "SSL_GET", ...probeOf(port, asked) }, turn, asked.signal ?? never);

type Talk = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

/** A server of HTTP/2, without TLS unless it has a certificate. */
async function serveHttp2(talk: Talk, secure?: http2.SecureServerOptions): Promise<AsyncDisposable & { port: number }> {
  const server = secure ? http2.createSecureServer(secure) : http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {}).on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    talk(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const page =
  (body: string, status = 200): Talk =>
  (stream) => {
    stream.respond({ ":status": status });
    stream.end(body);
  };

const detailOf = (verdict: Verdict): string => (verdict.up === true ? "" : `${verdict.reason}: ${verdict.detail}`);

describe("http_protocol 2 without TLS", () => {
  test("the request has what one of HTTP/1 has, and the page is up", async () => {
    const asked: http2.IncomingHttpHeaders[] = [];
    await using server = await serveHttp2((stream, headers) => {
      asked.push(headers);
      page("hello")(stream, headers);
    });
    expect(await http(server.port)).toEqual({ up: true });
    expect(asked[0]).toMatchObject({
      ":method": "GET",
      ":scheme": "http",
      ":authority": "shop.example",
      ":path": "/health",
      "user-agent": "KeepAliveClient",
    });
  });

  test("status, digest and expression count as ever", async () => {
    await using server = await serveHttp2((stream, headers) =>
      headers[":path"] === "/gone" ? page("no", 404)(stream, headers) : page("hello")(stream, headers),
    );
    expect(detailOf(await http(server.port, { url: { path: "/gone" } }))).toBe(
      "status: /gone answered with status 404, not 200-299",
    );
    const digest = createHash("md5").update("hello").digest("hex");
    expect(await http(server.port, { url: { digest } })).toEqual({ up: true });
    expect((await http(server.port, { url: { digest: digest.replace(/^./, "x") } })).up).toBe(false);
    const regex = { pattern: "help", negate: false, options: [], minOffset: 0 };
    expect(detailOf(await http(server.port, { url: { regex } }))).toContain("does not match");
  });

  test("an interim answer is none", async () => {
    await using server = await serveHttp2((stream) => {
      stream.additionalHeaders({ ":status": 103 });
      stream.respond({ ":status": 200 });
      stream.end("hello");
    });
    expect(await http(server.port)).toEqual({ up: true });
  });

  test("a server that speaks HTTP/1 alone is down, and why is said", async () => {
    await using server = await serve(answering(httpAnswer(400, "what?")));
    const verdict = await http(server.port);
    expect(verdict).toMatchObject({ up: false, reason: "protocol" });
    expect(detailOf(verdict)).toContain("no HTTP/2");
  });

  test.for<readonly [string, Talk, RegExp]>([
    ["resets the request", (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), /^protocol: .*was reset/],
    [
      "breaks off within the body",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.write("hel");
        setImmediate(() => stream.session?.destroy());
      },
      /^(protocol|reset): /,
    ],
    ["gives the connection up", (stream) => stream.session?.goaway(2), /^protocol: .*given up/],
    ["never answers", () => {}, /^timeout: \/health: an answer did not come within 0.2 s/],
    [
      "never ends the answer",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.write("x");
      },
      /^timeout: \/health: the rest of the answer did not come within 0.2 s/,
    ],
    [
      "drips its answer",
      (stream) => {
        stream.respond({ ":status": 200 });
        const drip = setInterval(() => stream.write("x"), 50);
        stream.once("close", () => clearInterval(drip));
      },
      /^timeout: \/health: the whole answer did not come within 0.6 s/,
    ],
    [
      "sends headers without an end",
      (stream) => {
        const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`x-${i}`, "y".repeat(1000)]));
        stream.respond({ ":status": 200, ...many });
      },
      /^(protocol|reset): /,
    ],
  ])("a server that %s is down for that reason", async ([, talk, words]) => {
    await using server = await serveHttp2(talk);
    expect(detailOf(await http(server.port, { connectTimeoutMs: 200 }))).toMatch(words);
  });

  test("of a body without an end the first MiB is enough", async () => {
    await using server = await serveHttp2((stream) => {
      stream.respond({ ":status": 200 });
      const more = (): void => {
        if (!stream.destroyed) stream.write(Buffer.alloc(64 * 1024), more);
      };
      more();
    });
    expect(await http(server.port, { connectTimeoutMs: 5000 })).toEqual({ up: true });
  });

  test("a connection that breaks before the first word is reset", async () => {
    await using server: TestServer = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(detailOf(await http(server.port))).toMatch(/^(reset|protocol): /);
  });

  test("a cancelled check ends at once and leaves no connection", async () => {
    let closed = false;
    await using server = await serve((socket) => {
      socket.resume().once("close", () => {
        closed = true;
      });
    });
    const stop = new AbortController();
    const checked = http(server.port, { connectTimeoutMs: 60_000, signal: stop.signal });
    await expect.poll(() => server.accepted()).toBe(1);
    stop.abort();
    expect((await checked).up).toBe("unknown");
    await expect.poll(() => closed).toBe(true);
  });
});

describe("http_protocol 2 over TLS", () => {
  const certificate = selfSigned();

  test("is agreed on in the handshake", async () => {
    const schemes: unknown[] = [];
    await using server = await serveHttp2((stream, headers) => {
      schemes.push(headers[":scheme"], stream.session?.alpnProtocol);
      page("hello")(stream, headers);
    }, certificate);
    expect(await ssl(server.port)).toMatchObject({ up: true });
    expect(schemes).toEqual(["https", "h2"]);
  });

  test("a server that does not agree is down, and why is said", async () => {
    await using server = await serveTls(certificate, [], answering(httpAnswer(200, "x")));
    expect(detailOf(await ssl(server.port))).toMatch(/^tls: .*did not agree on HTTP\/2/);
    await using other = await serve(
      () => {},
      (onConnection) =>
        tls.createServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, onConnection).on("tlsClientError", () => {}),
    );
    expect(detailOf(await ssl(other.port))).toMatch(/^tls: .*HTTP\/2/);
  });

  test("requests of HTTP/1 ask for no protocol", async () => {
    await using server = await serveTls(certificate, [], answering(httpAnswer(200, "x")));
    const probe = { ...probeOf(server.port, {}), httpProtocol: "1.1" as const };
    expect(await sslCheck({ kind: "SSL_GET", ...probe }, turn, never)).toMatchObject({ up: true });
    expect(server.received[0]).toContain("GET /health HTTP/1.1");
  });
});
