import { setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../../src/checkers/connection.ts";
import type { Connector } from "../../../src/checkers/connector.ts";
import { httpCheck } from "../../../src/checkers/http.ts";
import type { Endpoint, Verdict } from "../../../src/checkers/model.ts";
import { createNativeConnector } from "../../../src/checkers/native-connector.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";
import { tcpCheck } from "../../../src/checkers/tcp.ts";
import { answering, deafServer, httpAnswer, serve, unusedPort } from "./servers.ts";

const never = new AbortController().signal;
setMaxListeners(0, never); // many probes at once share it here
const turn = { url: 0 };
const silent = (): void => {};
const openDescriptors = (): number => readdirSync("/proc/self/fd").length;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const tcp = (port: number, more: Partial<Endpoint> & { connectTimeoutMs?: number } = {}): Promise<Verdict> => {
  const { host = "127.0.0.1", connectTimeoutMs = 500, ...bind } = more;
  return tcpCheck({ kind: "TCP_CHECK", endpoint: { host, port, ...bind }, connectTimeoutMs }, turn, never);
};

const holdUp = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end); // a stopped or starved process looks like this from inside
};

const connectors: readonly { readonly name: string; readonly make: () => Connector }[] = [
  { name: "the addon", make: createNativeConnector },
  { name: "node:net", make: () => nodeConnector },
];

describe.each(connectors)("TCP_CHECK by $name", ({ make }) => {
  let connector: Connector;
  beforeAll(() => {
    connector = make();
    useConnector(connector);
  });
  afterAll(() => useConnector(undefined));

  test("a connection that is made is a success, and is closed at once", async () => {
    let ended = false;
    await using server = await serve((socket) => {
      socket.resume().on("close", () => {
        ended = true;
      });
    });
    expect(await tcp(server.port)).toEqual({ up: true });
    await expect.poll(() => ended).toBe(true);
  });

  test("over IPv6 likewise", async () => {
    await using server = await serve(silent, undefined, 0, "::1");
    expect(await tcp(server.port, { host: "::1" })).toEqual({ up: true });
    expect(await tcp(await unusedPort(), { host: "::1" })).toMatchObject({ up: false, reason: "refused" });
  });

  test("a refused connection is a failure for that reason", async () => {
    const port = await unusedPort();
    expect(await tcp(port)).toEqual({
      up: false,
      reason: "refused",
      detail: `127.0.0.1:${port} refused the connection`,
    });
  });

  test("a connection that is not answered fails at connect_timeout", async () => {
    await using server = await deafServer();
    const started = performance.now();
    const verdict = await tcp(server.port, { connectTimeoutMs: 200 });
    const detail = `no answer from 127.0.0.1:${server.port} within 0.2 s`;
    expect(verdict).toEqual({ up: false, reason: "timeout", detail });
    expect(performance.now() - started).toBeGreaterThan(195);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test("time limits of all lengths run out each in its time, whatever else is under way", async () => {
    await using server = await deafServer();
    const limits = [300, 40, 200, 120, 40, 260, 80];
    const ended: number[] = [];
    const run = (connectTimeoutMs: number): Promise<number> =>
      tcp(server.port, { connectTimeoutMs }).then(() => ended.push(connectTimeoutMs));
    await Promise.all(limits.map(run));
    expect(ended).toEqual([...limits].sort((a, b) => a - b));
  });

  test("an address without a route is unreachable", async () => {
    const verdict = await tcp(9, { host: "255.255.255.255" });
    expect(verdict).toMatchObject({ up: false, reason: "unreachable" });
  });

  test("bindto is where the connection comes from", async () => {
    let from: string | undefined;
    await using server = await serve((socket) => {
      from = socket.remoteAddress;
    });
    expect(await tcp(server.port, { bindAddress: "127.0.0.77" })).toEqual({ up: true });
    await expect.poll(() => from).toBe("127.0.0.77");
  });

  test("bind_port is where the connection comes from, check after check", async () => {
    const from: (number | undefined)[] = [];
    await using server = await serve((socket) => {
      from.push(socket.remotePort);
      answering(httpAnswer(200, "x"))(socket);
    });
    const bindPort = await unusedPort();
    const endpoint = { host: "127.0.0.1", port: server.port, bindPort };
    const urls = [{ path: "/", statusCodes: [] }];
    for (let i = 0; i < 3; i += 1) {
      expect(await tcp(server.port, { bindPort })).toEqual({ up: true });
      const page = { kind: "HTTP_GET", endpoint, connectTimeoutMs: 500, urls, httpProtocol: "1.0" } as const;
      expect(await httpCheck(page, turn, never)).toEqual({ up: true });
    }
    // A connection of a TCP_CHECK is reset already when its other end is asked for.
    expect(from.filter((port) => port !== undefined && port !== bindPort)).toEqual([]);
    expect(from.filter((port) => port === bindPort).length).toBeGreaterThanOrEqual(3);
  });

  test("an interface that is not there says nothing about the server", async () => {
    expect(await tcp(9, { bindInterface: "nowhere0" })).toEqual({
      up: "unknown",
      reason: "local",
      detail: "bind_if nowhere0: there is no such interface (ENODEV)",
    });
    expect(await tcp(9, { bindInterface: "a-name-that-is-too-long" })).toMatchObject({ up: "unknown" });
  });

  test.runIf(process.getuid?.() === 0)("bind_if and fwmark are set on the socket", async () => {
    await using server = await serve(silent);
    const own = { bindInterface: "lo", fwmark: 7 };
    expect(await tcp(server.port, own)).toEqual({ up: true });
    expect(await tcp(await unusedPort(), own)).toMatchObject({ up: false, reason: "refused" });
  });

  test("a bindto that is not ours says nothing about the server", async () => {
    await using server = await serve(silent);
    const verdict = await tcp(server.port, { bindAddress: "203.0.113.9" });
    expect(verdict).toMatchObject({ up: "unknown", reason: "local" });
    expect(verdict.up === "unknown" && verdict.detail).toContain("bindto 203.0.113.9");
  });

  test("a bindto of the other address family is a local problem too", async () => {
    await using server = await serve(silent);
    expect(await tcp(server.port, { bindAddress: "::1" })).toMatchObject({ up: "unknown", reason: "local" });
  });

  test("an aborted check settles at once", async () => {
    const stop = new AbortController();
    await using server = await deafServer();
    const endpoint = { host: "127.0.0.1", port: server.port };
    const probe = { kind: "TCP_CHECK", endpoint, connectTimeoutMs: 60_000 } as const;
    const running = tcpCheck(probe, turn, stop.signal);
    stop.abort();
    expect((await running).up).not.toBe(true);
  });

  test("an answer that waits to be read while this process was held up is no timeout", async () => {
    await using server = await serve(silent);
    const running = tcp(server.port, { connectTimeoutMs: 50 });
    await nextTurn();
    holdUp(150);
    expect(await running).toEqual({ up: true });
  });

  test("a connection that is wanted is the caller's, readable and writable", async () => {
    await using server = await serve(answering("pong"));
    const answer = await new Promise<string>((resolve, reject) => {
      const opening = open({ host: "127.0.0.1", port: server.port }, 500, (error) => {
        if (error !== undefined) return reject(error as Error);
        opening.socket.on("data", (data) => resolve(data.toString())).resume();
        return opening.socket.write("ping");
      });
    });
    expect(answer).toBe("pong");
    expect(server.received).toEqual(["ping"]);
  });

  test("nothing is told of what is cancelled, whenever that is, and no descriptor stays", async () => {
    await using server = await serve(silent);
    await using deaf = await deafServer();
    const nobody = await unusedPort();
    let told = 0;
    const at = (port: number): Endpoint => ({ host: "127.0.0.1", port });
    const descriptors = openDescriptors();
    const waits: readonly (() => unknown)[] = [() => undefined, () => Promise.resolve(), nextTurn];
    for (const wait of waits)
      for (const port of [server.port, deaf.port, nobody]) {
        let known = false;
        const know = (): void => {
          known = true;
          told += 1;
        };
        const attempts = [
          connector.probe(at(port), 1000, know),
          connector.open(at(port), 1000, (_error, socket) => {
            know();
            socket?.destroy();
          }),
        ];
        await wait();
        if (known) continue;
        for (const attempt of attempts) attempt.cancel();
        const before = told;
        for (let i = 0; i < 5; i += 1) await nextTurn();
        expect(told).toBe(before);
      }
    await expect.poll(openDescriptors).toBeLessThanOrEqual(descriptors);
  });

  test("what is cancelled by the one told first is not told any more", async () => {
    await using server = await serve(silent);
    const at = { host: "127.0.0.1", port: server.port };
    const before = openDescriptors();
    let told = 0;
    const attempts = Array.from({ length: 20 }, () =>
      connector.open(at, 1000, (_error, socket) => {
        told += 1;
        socket?.destroy();
        for (const attempt of attempts) attempt.cancel();
      }),
    );
    await expect.poll(() => told).toBe(1);
    for (let i = 0; i < 5; i += 1) await nextTurn();
    expect(told).toBe(1);
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before + 1); // the server's side of them goes a little later
  });

  test("a thousand at once are all told, and of each what is so", async () => {
    await using server = await serve(silent);
    const nobody = await unusedPort();
    const verdicts = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => tcp(i % 2 ? nobody : server.port, { connectTimeoutMs: 10_000 })),
    );
    expect(verdicts.map(({ up }) => up)).toEqual(verdicts.map((_, i) => i % 2 === 0));
  });
});
