import { readdirSync } from "node:fs";
import net from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { afterAll, expect, test } from "vitest";
import type { Connector } from "../../../src/checkers/connector.ts";
import type { CheckerSubject } from "../../../src/checkers/model.ts";
import { createNativeConnector } from "../../../src/checkers/native-connector.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";
import { unusedPort } from "./servers.ts";

// A million in the long form (LVSKEEPER_LAB_FULL=1); the short one is enough for anything that is left behind each time.
const CHECKS = process.env.LVSKEEPER_LAB_FULL ? 1_000_000 : 12_000;
const CHECKERS = 300;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
const heapMb = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

async function listener(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = net.createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const subject = (index: number, port: number): CheckerSubject => ({
  plan: {
    id: `c${index}`,
    probe: { kind: "TCP_CHECK", endpoint: { host: "127.0.0.1", port }, connectTimeoutMs: 5000 },
    delayLoopMs: 20,
    warmupMs: 0,
    retry: 1,
    delayBeforeRetryMs: 10,
    alpha: false,
    logAllFailures: false,
  },
  realServer: "[127.0.0.1]:tcp:80",
  virtualServer: "[10.0.0.1]:tcp:80",
});

afterAll(() => useConnector(undefined));

test.for<{ readonly name: string; readonly make: () => Connector }>([
  { name: "the addon", make: createNativeConnector },
  { name: "node:net", make: () => nodeConnector },
])(
  "after very many checks by $name, of servers up and down, memory, descriptors and timers are what they were",
  { timeout: CHECKS + 60_000 },
  async ({ make }) => {
    await using server = await listener();
    const nobody = await unusedPort();
    useConnector(make());
    let checks = 0;
    const before = descriptors();
    const runner = createCheckerRunner(
      () => {},
      () => {},
      {
        onResult: () => {
          checks += 1;
        },
      },
    );
    runner.replace(
      Array.from({ length: CHECKERS }, (_, i) => subject(i, i % 3 === 0 ? nobody : server.port)),
      { resume: true },
    );
    const reach = (count: number): Promise<void> =>
      expect.poll(() => checks, { timeout: CHECKS / 2 + 30_000 }).toBeGreaterThan(count);
    await reach(CHECKS / 4);
    const heapBefore = heapMb();
    await reach(CHECKS);
    expect(heapMb() - heapBefore).toBeLessThan(8);
    await runner.stop();
    expect(timers()).toBeLessThan(20);
    // The server's ends of the last connections go a moment later.
    await expect.poll(descriptors, { timeout: 10_000 }).toBeLessThanOrEqual(before + 3);
  },
);
