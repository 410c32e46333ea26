import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import net from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { httpCheck } from "../../../src/checkers/http.ts";
import { miscCheck } from "../../../src/checkers/misc.ts";
import type { Endpoint, HttpProtocol, HttpUrl, Verdict } from "../../../src/checkers/model.ts";
import { sslCheck } from "../../../src/checkers/ssl.ts";
import { tcpCheck } from "../../../src/checkers/tcp.ts";
import { answering, httpAnswer, selfSigned, serve, serveTls, unusedPort } from "./servers.ts";

const never = new AbortController().signal;
setMaxListeners(0, never); // many probes at once share it here
const turn = { url: 0 };

const tcp = (port: number, more: Partial<Endpoint> & { connectTimeoutMs?: number } = {}): Promise<Verdict> => {
  const { host = "127.0.0.1", connectTimeoutMs = 500, ...bind } = more;
  return tcpCheck({ kind: "TCP_CHECK", endpoint: { host, port, ...bind }, connectTimeoutMs }, turn, never);
};

type HttpOptions = {
  url?: Partial<HttpUrl>;
  connectTimeoutMs?: number;
  virtualhost?: string;
  host?: string;
  own?: Partial<Endpoint>;
  protocol?: HttpProtocol;
};

const http = (
  port: number,
  { url, connectTimeoutMs = 500, virtualhost, host = "127.0.0.1", own, protocol = "1.0" }: HttpOptions = {},
): Promise<Verdict> =>
  httpCheck(
    {
      kind: "HTTP_GET",
      endpoint: { host, port, ...own },
      connectTimeoutMs,
      urls: [{ path: "/index.html", statusCodes: [], ...url }],
      httpProtocol: protocol,
      ...(virtualhost !== undefined && { virtualhost }),
    },
    turn,
    never,
  );

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
const silent = (): void => {};
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

describe("HTTP_GET", () => {
  test("an accepted status is a success; the request is a GET of the path with keepalived's headers", async () => {
    await using server = await serve(answering(httpAnswer(200, "hello")));
    expect(await http(server.port)).toEqual({ up: true });
    expect(server.received[0]).toMatch(/^GET \/index\.html HTTP\/1\.0\r\n/);
    expect(server.received[0]).toContain(`host: 127.0.0.1:${server.port}\r\n`);
    expect(server.received[0]).toContain("user-agent: KeepAliveClient\r\n");
    expect(server.received[0]).not.toContain("onnection");
  });

  test.for([
    { protocol: "1.0", line: "HTTP/1.0", closes: false },
    { protocol: "1.0C", line: "HTTP/1.0", closes: true },
    { protocol: "1.1", line: "HTTP/1.1", closes: true },
  ] as const)("http_protocol $protocol: $line, connection: close $closes", async ({ protocol, line, closes }) => {
    await using server = await serve(answering(httpAnswer(200, "hello")));
    expect(await http(server.port, { protocol })).toEqual({ up: true });
    expect(server.received[0]?.split("\r\n", 1)).toEqual([`GET /index.html ${line}`]);
    expect(server.received[0]?.includes("\r\nconnection: close\r\n")).toBe(closes);
    expect(server.received[0]).toMatch(/\r\n\r\n$/);
  });

  test.for([
    { name: "200 by default", status: 200, ranges: [], up: true },
    { name: "299 by default", status: 299, ranges: [], up: true },
    { name: "300 by default", status: 300, ranges: [], up: false },
    { name: "404 by default", status: 404, ranges: [], up: false },
    { name: "404 where it is asked for", status: 404, ranges: [{ from: 404, to: 404 }], up: true },
    { name: "200 where only 404 is asked for", status: 200, ranges: [{ from: 404, to: 404 }], up: false },
    {
      name: "302 within 300-399",
      status: 302,
      ranges: [
        { from: 200, to: 200 },
        { from: 300, to: 399 },
      ],
      up: true,
    },
  ])("status $name: up $up", async ({ status, ranges, up }) => {
    await using server = await serve(answering(httpAnswer(status, "x")));
    const verdict = await http(server.port, { url: { statusCodes: ranges } });
    expect(verdict.up).toBe(up);
    if (verdict.up === false)
      expect([verdict.reason, verdict.detail]).toEqual(["status", expect.stringContaining(`status ${status}`)]);
  });

  test("the digest is the MD5 of the whole body", async () => {
    const body = "x".repeat(200_000);
    await using server = await serve(answering(httpAnswer(200, body)));
    expect(await http(server.port, { url: { digest: md5(body) } })).toEqual({ up: true });
    const wrong = await http(server.port, { url: { digest: md5("other") } });
    expect(wrong).toMatchObject({ up: false, reason: "digest" });
    expect(wrong.up === false && wrong.detail).toContain(md5(body));
  });

  test.for([
    { name: "matches", regex: { pattern: "ok|fine" }, up: true },
    { name: "does not match", regex: { pattern: "^fine" }, up: false },
    { name: "may not match and does", regex: { pattern: "fine", negate: true }, up: false },
    { name: "may not match and does not", regex: { pattern: "bad", negate: true }, up: true },
    { name: "caseless", regex: { pattern: "STATUS", options: ["caseless"] }, up: true },
    { name: "with case", regex: { pattern: "STATUS" }, up: false },
    { name: "anchored", regex: { pattern: "fine", options: ["anchored"] }, up: false },
    { name: "over lines", regex: { pattern: "^second line$", options: ["multiline"] }, up: true },
    {
      name: "what PCRE knows and JavaScript does not",
      regex: { pattern: "\\A(?>status)\\h*+:[[:blank:]]\\X" },
      up: true,
    },
    { name: "bytes of UTF-8", regex: { pattern: "caf\u00e9" }, up: true },
    { name: "one character of UTF-8", regex: { pattern: "caf.\\n", options: ["utf"] }, up: true },
    { name: "one byte of two", regex: { pattern: "caf.\\n" }, up: false },
    { name: "before the first offset", regex: { pattern: "status", minOffset: 1 }, up: false },
    { name: "at the first offset", regex: { pattern: "fine", minOffset: 8 }, up: true },
    { name: "an offset beyond the body", regex: { pattern: "x?", minOffset: 100_000 }, up: false },
    { name: "begins before the last offset", regex: { pattern: "fine", maxOffset: 9 }, up: true },
    { name: "begins at the last offset", regex: { pattern: "fine", maxOffset: 8 }, up: false },
    { name: "backtracks without end", regex: { pattern: "(x+x+)+y" }, up: false },
    { name: "is quadratic", regex: { pattern: "(?:x*)*$z", options: ["no_auto_possess"] }, up: false },
  ])("an expression that $name: up $up", async ({ regex, up }) => {
    const body = `status: fine\nsecond line\ncaf\u00e9\n${"x".repeat(60_000)}`;
    const head = `HTTP/1.0 200 OK\r\n\r\n`;
    await using server = await serve(answering(head + body));
    const asked = { negate: false, options: [], minOffset: 0, ...regex };
    const started = performance.now();
    const verdict = await http(server.port, { url: { regex: asked }, connectTimeoutMs: 2000 });
    expect(verdict.up).toBe(up);
    expect(performance.now() - started).toBeLessThan(5000);
    if (verdict.up === false)
      expect([verdict.reason, verdict.detail.includes(regex.pattern)]).toEqual(["content", true]);
  });

  test("a body that is no UTF-8 does not match an expression of UTF-8, whether it is checked or not", async () => {
    await using server = await serve((socket) => {
      socket.once("data", () => socket.end(Buffer.from("HTTP/1.0 200 OK\r\n\r\nok\xff", "latin1")));
    });
    for (const options of [["utf"], ["utf", "no_utf_check"]]) {
      const regex = { pattern: "ok", negate: false, options, minOffset: 0 };
      const verdict = await http(server.port, { url: { regex } });
      expect(verdict).toMatchObject({ up: false, reason: "content" });
      expect(verdict.up === false && verdict.detail).toContain("UTF-8");
    }
  });

  test("an expression and a digest have to agree both", async () => {
    await using server = await serve(answering(httpAnswer(200, "hello")));
    const regex = { pattern: "h", negate: false, options: [], minOffset: 0 };
    expect(await http(server.port, { url: { regex, digest: md5("hello") } })).toEqual({ up: true });
    expect(await http(server.port, { url: { regex, digest: md5("h") } })).toMatchObject({ reason: "digest" });
    const other = { ...regex, pattern: "z" };
    expect(await http(server.port, { url: { regex: other, digest: md5("hello") } })).toMatchObject({
      reason: "content",
    });
  });

  test("a chunked body is digested as it was before it was chunked", async () => {
    const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    await using server = await serve(answering(answer));
    expect(await http(server.port, { url: { digest: md5("hello world") } })).toEqual({ up: true });
  });

  test("a body that ends with the connection is whole", async () => {
    await using server = await serve(answering("HTTP/1.0 200 OK\r\n\r\nhello"));
    expect(await http(server.port, { url: { digest: md5("hello") } })).toEqual({ up: true });
  });

  test("an interim answer (103) is not the answer", async () => {
    await using server = await serve(answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", httpAnswer(200, "x")));
    expect(await http(server.port)).toEqual({ up: true });
  });

  test("a body cut short counts as it came", async () => {
    await using server = await serve(answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"));
    expect(await http(server.port)).toEqual({ up: true });
    expect(await http(server.port, { url: { digest: md5("hello") } })).toEqual({ up: true });
  });

  test("without a digest an endless body is enough of an answer", async () => {
    await using server = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        while (!socket.destroyed && socket.write("x".repeat(65_536)));
      };
      socket.on("drain", more);
      more();
    });
    expect(await http(server.port, { connectTimeoutMs: 3000 })).toEqual({ up: true });
  });

  test("a digest of an endless body is a failure that says so", async () => {
    await using server = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const more = (): void => {
        while (!socket.destroyed && socket.write("x".repeat(65_536)));
      };
      socket.on("drain", more);
      more();
    });
    const verdict = await http(server.port, { url: { digest: md5("") }, connectTimeoutMs: 5000 });
    expect(verdict).toMatchObject({ up: false, reason: "digest" });
    expect(verdict.up === false && verdict.detail).toContain("too long to digest");
  });

  test("a server that accepts and never answers fails at connect_timeout", async () => {
    await using server = await serve(silent);
    const started = performance.now();
    const verdict = await http(server.port, { connectTimeoutMs: 200 });
    expect(verdict).toEqual({
      up: false,
      reason: "timeout",
      detail: "/index.html: an answer did not come within 0.2 s",
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test("a server that drips its answer does not beat the total time limit, three times connect_timeout", async () => {
    await using server = await serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    const started = performance.now();
    const verdict = await http(server.port, { connectTimeoutMs: 200 });
    expect(verdict).toEqual({
      up: false,
      reason: "timeout",
      detail: "/index.html: the whole answer did not come within 0.6 s",
    });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test("a connection reset instead of an answer is a failure for that reason", async () => {
    await using server = await serve((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await http(server.port)).toMatchObject({ up: false, reason: "reset" });
  });

  test("a connection closed instead of an answer is a protocol failure", async () => {
    await using server = await serve((socket) => socket.once("data", () => socket.end()));
    expect(await http(server.port)).toMatchObject({ up: false, reason: "protocol" });
  });

  test("what is no HTTP is a protocol failure", async () => {
    await using server = await serve((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    expect(await http(server.port)).toMatchObject({ up: false, reason: "protocol" });
  });

  test("a refused connection is a failure for that reason", async () => {
    expect(await http(await unusedPort())).toMatchObject({ up: false, reason: "refused" });
  });

  test("the virtualhost is the Host, that of the url before that of the checker", async () => {
    await using server = await serve(answering(httpAnswer(200, "x")));
    await http(server.port, { virtualhost: "www.example" });
    await http(server.port, { virtualhost: "www.example", url: { virtualhost: "a.example" } });
    expect(server.received.map((request) => /^host: (.*)\r$/m.exec(request)?.[1])).toEqual([
      "www.example",
      "a.example",
    ]);
  });

  test("a path beyond ASCII is sent as percent-encoded UTF-8", async () => {
    await using server = await serve(answering(httpAnswer(200, "x")));
    expect(await http(server.port, { url: { path: "/健康 ok?a=1&b=%20" } })).toEqual({ up: true });
    expect(server.received[0]).toMatch(/^GET \/%E5%81%A5%E5%BA%B7%20ok\?a=1&b=%20 HTTP/);
  });

  test("a redirection is an answer like any other: it is not followed", async () => {
    await using server = await serve(answering(httpAnswer(302, "", "Location: /elsewhere\r\n")));
    expect(await http(server.port)).toMatchObject({ up: false, reason: "status" });
    expect(server.accepted()).toBe(1);
  });
});

describe("SSL_GET", () => {
  const certificate = selfSigned();
  const ssl = (port: number, sniName?: string, connectTimeoutMs = 1000): Promise<Verdict> =>
    sslCheck(
      {
        kind: "SSL_GET",
        endpoint: { host: "127.0.0.1", port },
        connectTimeoutMs,
        urls: [{ path: "/", statusCodes: [] }],
        httpProtocol: "1.0",
        ...(sniName !== undefined && { sniName }),
      },
      turn,
      never,
    );

  test("a certificate is not verified, and without enable_sni no server name is sent", async () => {
    const names: (string | false)[] = [];
    await using server = await serveTls(certificate, names, answering(httpAnswer(200, "secret")));
    expect(await ssl(server.port)).toMatchObject({ up: true });
    expect(names).toEqual([false]);
  });

  test("with enable_sni the server name is sent", async () => {
    const names: (string | false)[] = [];
    await using server = await serveTls(certificate, names, answering(httpAnswer(200, "secret")));
    expect(await ssl(server.port, "shop.example")).toMatchObject({ up: true });
    expect(names).toEqual(["shop.example"]);
  });

  test("a server that does not speak TLS is a failure of TLS", async () => {
    await using server = await serve((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await ssl(server.port)).toMatchObject({ up: false, reason: "tls" });
  });

  test("a handshake that is not answered fails at connect_timeout", async () => {
    await using server = await serve(silent);
    const verdict = await ssl(server.port, undefined, 200);
    expect(verdict).toMatchObject({ up: false, reason: "timeout" });
    expect(verdict.up === false && verdict.detail).toContain("TLS handshake");
  });
});

describe("MISC_CHECK", () => {
  const misc = (script: string, { timeoutMs = 5000, dynamic = false } = {}): Promise<Verdict> =>
    miscCheck({ kind: "MISC_CHECK", script: { argv: ["/bin/sh", "-c", script] }, timeoutMs, dynamic }, turn, never);

  test.for([
    { script: "exit 0", dynamic: false, verdict: { up: true } },
    { script: "exit 1", dynamic: false, verdict: { up: false, reason: "script", detail: "exited with status 1" } },
    { script: "exit 7", dynamic: false, verdict: { up: false, reason: "script", detail: "exited with status 7" } },
    { script: "exit 0", dynamic: true, verdict: { up: true } },
    { script: "exit 1", dynamic: true, verdict: { up: false, reason: "script", detail: "exited with status 1" } },
    { script: "exit 2", dynamic: true, verdict: { up: true, weight: 0 } },
    { script: "exit 255", dynamic: true, verdict: { up: true, weight: 253 } },
    {
      script: "echo no socket >&2; exit 2",
      dynamic: false,
      verdict: { up: false, reason: "script", detail: "exited with status 2: no socket", output: "no socket" },
    },
    { script: "kill -KILL $$", dynamic: true, verdict: { up: false, reason: "script", detail: "killed by SIGKILL" } },
  ])("$script with misc_dynamic $dynamic", async ({ script, dynamic, verdict }) => {
    expect(await misc(script, { dynamic })).toEqual(verdict);
  });

  test("misc_timeout is a failure", async () => {
    expect(await misc("sleep 60", { timeoutMs: 100 })).toEqual({
      up: false,
      reason: "timeout",
      detail: "timed out after 0.1 s",
    });
  });

  test("a program that cannot be started says nothing about the server", async () => {
    const probe = { kind: "MISC_CHECK", script: { argv: ["/nonexistent"] }, timeoutMs: 1000, dynamic: false } as const;
    expect(await miscCheck(probe, turn, never)).toMatchObject({ up: "unknown", reason: "local" });
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

test.runIf(hasIpv6)("IPv6 real servers are checked alike", async () => {
  await using server = await serve(answering(httpAnswer(200, "x")), net.createServer, 0, "::1");
  expect(await tcp(server.port, { host: "::1", bindAddress: "::1" })).toEqual({ up: true });
  expect(await http(server.port, { host: "::1" })).toEqual({ up: true });
  expect(server.received.at(-1)).toContain(`host: [::1]:${server.port}\r\n`);
});

test("after thousands of probes of every outcome no descriptor, timer or listener is left", async () => {
  const refusing = await unusedPort();
  await using web = await serve(answering(httpAnswer(200, "hello")));
  await using broken = await serve((socket: net.Socket) => socket.once("data", () => socket.resetAndDestroy()));
  await using hanging = await serve(silent);
  const probes: (() => Promise<Verdict>)[] = [
    () => tcp(web.port),
    () => tcp(refusing),
    () => http(web.port),
    () => http(web.port, { url: { digest: md5("other") } }),
    () => http(broken.port),
    () => http(hanging.port, { connectTimeoutMs: 20 }),
  ];
  await Promise.all(probes.map((probe) => probe()));
  const before = openDescriptors();
  for (let round = 0; round < 60; round += 1)
    await Promise.all(Array.from({ length: 60 }, (_, i) => (probes[i % probes.length] as () => Promise<Verdict>)()));
  await expect.poll(openDescriptors).toBeLessThanOrEqual(before + 5);
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
  expect(timers.length).toBeLessThan(10);
}, 30_000);
