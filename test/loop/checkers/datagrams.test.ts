import dgram from "node:dgram";
import { setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { dnsCheck } from "../../../src/checkers/dns.ts";
import type { Endpoint, ReplyDemand, Verdict } from "../../../src/checkers/model.ts";
import { pingCheck } from "../../../src/checkers/ping.ts";
import { udpCheck } from "../../../src/checkers/udp.ts";

const never = new AbortController().signal;
setMaxListeners(0, never); // many checks at once share it here
const turn = { url: 0 };
const limitMs = 300;
const isRoot = process.getuid?.() === 0;

type Peer = AsyncDisposable & { readonly port: number; readonly received: readonly Buffer[]; readonly from: number[] };

/** A UDP server on loopback that answers each datagram with those that `answers` makes of it. */
async function peer(answers: (request: Buffer) => readonly Buffer[]): Promise<Peer> {
  const socket = dgram.createSocket("udp4");
  const received: Buffer[] = [];
  const from: number[] = [];
  socket.on("message", (request, { port, address }) => {
    received.push(request);
    from.push(port);
    for (const answer of answers(request)) socket.send(answer, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    received,
    from,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(resolve)),
  };
}

async function unusedUdpPort(): Promise<number> {
  await using gone = await peer(() => []);
  return gone.port;
}

const at = (port: number, more: Partial<Endpoint> = {}): Endpoint => ({ host: "127.0.0.1", port, ...more });

describe("UDP_CHECK", () => {
  type Options = { payload?: string; reply?: Partial<ReplyDemand>; more?: Partial<Endpoint> };
  const udp = (port: number, { payload, reply, more }: Options = {}): Promise<Verdict> =>
    udpCheck(
      {
        kind: "UDP_CHECK",
        endpoint: at(port, more),
        connectTimeoutMs: limitMs,
        ...(payload !== undefined && { payload }),
        ...(reply && { reply: { pattern: "", minLength: 0, maxLength: 255, ...reply } }),
      },
      turn,
      never,
    );
  const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

  test("silence for connect_timeout is a success where no reply is demanded; the payload is what is sent", async () => {
    await using server = await peer(() => []);
    const started = performance.now();
    expect(await udp(server.port, { payload: "0011ffaa" })).toEqual({ up: true });
    expect(performance.now() - started).toBeGreaterThan(limitMs - 5);
    expect(server.received).toEqual([bytes("0011ffaa")]);
  });

  test("without a payload 32 bytes are sent", async () => {
    await using server = await peer((request) => [request]);
    expect(await udp(server.port)).toEqual({ up: true });
    expect(server.received.map(({ length }) => length)).toEqual([32]);
  });

  test.for([{ reply: undefined }, { reply: {} }])("a port without a listener is a failure: %o", async ({ reply }) => {
    const port = await unusedUdpPort();
    expect(await udp(port, reply && { reply })).toEqual({
      up: false,
      reason: "refused",
      detail: `nobody listens on 127.0.0.1:${port} (ICMP: port unreachable)`,
    });
  });

  test("a reply that is demanded and does not come is a failure at connect_timeout", async () => {
    await using server = await peer(() => []);
    const detail = `no reply from 127.0.0.1:${server.port} within 0.3 s`;
    expect(await udp(server.port, { reply: {} })).toEqual({ up: false, reason: "timeout", detail });
  });

  test.for([
    { name: "any reply", reply: {}, answer: "00", up: true },
    { name: "an empty reply", reply: {}, answer: "", up: true },
    { name: "the pattern", reply: { pattern: "0aff" }, answer: "0aff", up: true },
    { name: "more behind the pattern", reply: { pattern: "0aff" }, answer: "0aff00", up: true },
    { name: "any digit for X", reply: { pattern: "0XXf" }, answer: "07cf", up: true },
    { name: "another digit beside X", reply: { pattern: "0XXf" }, answer: "07ce", up: false },
    { name: "less than the pattern", reply: { pattern: "0aff" }, answer: "0a", up: false },
    { name: "too short", reply: { minLength: 3 }, answer: "0001", up: false },
    { name: "as short as may be", reply: { minLength: 2 }, answer: "0001", up: true },
    { name: "too long", reply: { maxLength: 3 }, answer: "00010203", up: false },
    { name: "longer than any buffer", reply: { maxLength: 255 }, answer: "00".repeat(60_000), up: false },
  ])("$name: up $up", async ({ reply, answer, up }) => {
    await using server = await peer(() => [bytes(answer)]);
    const verdict = await udp(server.port, { reply });
    expect(verdict.up).toBe(up);
    if (verdict.up === false) expect([verdict.reason, verdict.detail.length < 250]).toEqual(["content", true]);
  });

  test("an address without a route is unreachable", async () => {
    expect(await udp(9, { more: { host: "255.255.255.255" } })).toMatchObject({ up: false, reason: "unreachable" });
  });

  test("bind_port is where the datagram comes from, check after check", async () => {
    await using server = await peer((request) => [request]);
    const bindPort = await unusedUdpPort();
    await udp(server.port, { more: { bindPort } });
    await udp(server.port, { more: { bindPort, bindAddress: "127.0.0.1" } });
    expect(server.from).toEqual([bindPort, bindPort]);
  });

  test("a bindto that is not ours says nothing about the server, nor does an interface that is not there", async () => {
    const foreign = await udp(9, { more: { bindAddress: "203.0.113.9" } });
    expect(foreign).toMatchObject({ up: "unknown", reason: "local" });
    expect(await udp(9, { more: { bindInterface: "nowhere0" } })).toEqual({
      up: "unknown",
      reason: "local",
      detail: "bind_if nowhere0: there is no such interface (ENODEV)",
    });
  });

  test.runIf(isRoot)("bind_if and fwmark are set on the socket", async () => {
    await using server = await peer((request) => [request]);
    expect(await udp(server.port, { more: { bindInterface: "lo", fwmark: 7 }, reply: {} })).toEqual({ up: true });
  });

  test("an aborted check settles at once", async () => {
    await using server = await peer(() => []);
    const stop = new AbortController();
    const probe = { kind: "UDP_CHECK", endpoint: at(server.port), connectTimeoutMs: 60_000 } as const;
    const running = udpCheck(probe, turn, stop.signal);
    stop.abort();
    expect((await running).up).toBe("unknown");
  });

  test("a flood of replies to a check that is over leaves no descriptor behind", async () => {
    await using server = await peer(() => Array.from({ length: 200 }, () => Buffer.alloc(1000)));
    const before = readdirSync("/proc/self/fd").length;
    await Promise.all(Array.from({ length: 50 }, () => udp(server.port, { reply: { maxLength: 10 } })));
    await expect.poll(() => readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
  });
});

describe("DNS_CHECK", () => {
  const dns = (port: number, queryType = "A", queryName = "www.example.org"): Promise<Verdict> =>
    dnsCheck({ kind: "DNS_CHECK", endpoint: at(port), connectTimeoutMs: limitMs, queryType, queryName }, turn, never);
  /** The query as an answer, with these flags beside QR. */
  const answer = (request: Buffer, flags = 0): Buffer => {
    const reply = Buffer.from(request);
    reply.writeUInt16BE(0x8180 | flags, 2);
    return reply;
  };

  test("an answer without an error is a success, also one without records", async () => {
    await using server = await peer((request) => [answer(request)]);
    expect(await dns(server.port)).toEqual({ up: true });
    expect(server.received[0]?.toString("latin1", 12)).toBe("\x03www\x07example\x03org\0\0\x01\0\x01");
    expect(await dns(server.port, "SOA", ".")).toEqual({ up: true });
    expect(server.received[1]?.toString("latin1", 12)).toBe("\0\0\x06\0\x01");
  });

  test.for([
    [2, "SERVFAIL"],
    [3, "NXDOMAIN"],
    [5, "REFUSED"],
    [9, "rcode 9"],
  ] as const)("rcode %i is a failure", async ([rcode, name]) => {
    await using server = await peer((request) => [answer(request, rcode)]);
    const detail = `127.0.0.1:${server.port} answered the query for A of www.example.org with ${name}`;
    expect(await dns(server.port)).toEqual({ up: false, reason: "status", detail });
  });

  test("an answer that is cut to fit is an answer", async () => {
    await using server = await peer((request) => [answer(request, 0x0200)]);
    expect(await dns(server.port)).toEqual({ up: true, detail: "up, the answer is cut to fit (TC)" });
  });

  test.for([
    { what: "another id", make: (request: Buffer) => Buffer.concat([Buffer.from([1]), answer(request).subarray(1)]) },
    { what: "a query came back", make: (request: Buffer) => request },
    { what: "3 bytes came", make: (request: Buffer) => request.subarray(0, 3) },
  ])("$what: no answer, and the reason says so; a right one behind it counts", async ({ what, make }) => {
    const wrong = (request: Buffer): Buffer => {
      const made = Buffer.from(make(request));
      if (what === "another id") made.writeUInt16BE(request.readUInt16BE(0) ^ 1, 0);
      return made;
    };
    await using server = await peer((request) => [wrong(request)]);
    const verdict = await dns(server.port);
    expect(verdict).toMatchObject({ up: false, reason: "timeout" });
    expect(verdict.up === false && verdict.detail).toContain(what);
    await using late = await peer((request) => [wrong(request), answer(request)]);
    expect(await dns(late.port)).toEqual({ up: true });
  });

  test("silence is a failure at connect_timeout, a port without a listener at once", async () => {
    await using server = await peer(() => []);
    const detail = `no answer from 127.0.0.1:${server.port} to A of www.example.org within 0.3 s`;
    expect(await dns(server.port)).toEqual({ up: false, reason: "timeout", detail });
    expect(await dns(await unusedUdpPort())).toMatchObject({ up: false, reason: "refused" });
  });

  test("a flood of datagrams that answer nothing does not beat connect_timeout", async () => {
    await using server = await peer(() => Array.from({ length: 500 }, () => Buffer.alloc(40)));
    const started = performance.now();
    expect(await dns(server.port)).toMatchObject({ up: false, reason: "timeout" });
    expect(performance.now() - started).toBeLessThan(3 * limitMs);
  });
});

describe.runIf(isRoot)("PING_CHECK", () => {
  const ping = (host: string, more: Partial<Endpoint> = {}): Promise<Verdict> =>
    pingCheck({ kind: "PING_CHECK", endpoint: { host, port: 0, ...more }, connectTimeoutMs: limitMs }, turn, never);
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

  test("an echo reply is a success", async () => {
    expect(await ping("127.0.0.1")).toEqual({ up: true });
    expect(await ping("127.0.0.1", { bindAddress: "127.0.0.7", bindInterface: "lo", bindPort: 7 })).toEqual({
      up: true,
    });
  });

  test.runIf(hasIpv6)("of ICMPv6 too", async () => {
    expect(await ping("::1")).toEqual({ up: true });
  });

  test("many at once are told apart", async () => {
    const verdicts = await Promise.all(Array.from({ length: 200 }, (_, i) => ping(`127.0.0.${1 + (i % 100)}`)));
    expect(verdicts.every(({ up }) => up === true)).toBe(true);
  });

  test("an address without a route is unreachable", async () => {
    expect(await ping("255.255.255.255")).toMatchObject({ up: false, reason: "unreachable" });
  });
});
