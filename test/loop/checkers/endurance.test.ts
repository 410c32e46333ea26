import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connector } from "../../../src/checkers/connector.ts";
import { loadKinds } from "../../../src/checkers/kinds.ts";
import type { CheckerSubject } from "../../../src/checkers/model.ts";
import { createNativeConnector } from "../../../src/checkers/native-connector.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";
import { makeCertificates } from "../../faults/certificates.ts";
import { type Fault, type FaultServer, startFault } from "../../faults/fault-servers.ts";
import { probeOf } from "../../faults/probe.ts";
import { faultRows } from "../../faults/rows.ts";
import { unusedPort } from "./servers.ts";

// A million in the long form (LVSKEEPER_LAB_FULL=1); the short one is enough for anything that is left behind each time.
const CHECKS = process.env.LVSKEEPER_LAB_FULL ? 1_000_000 : 12_000;
const CHECKERS = 300;
/** Of every kind, a tenth of them hostile, which take many times as long. */
const MIXED = process.env.LVSKEEPER_LAB_FULL ? 1_000_000 : 6000;
const PLAIN = 300;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

const descriptors = (): number => readdirSync("/proc/self/fd").length;
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
const heapMb = (): number => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const LISTENER = `
const { parentPort } = require("node:worker_threads");
const server = require("node:net").createServer((socket) => socket.on("error", () => {}).resume());
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => parentPort.postMessage(server.address().port));
`;

/** Accepts on a thread of its own: an event loop takes one connection a turn, and this one's turns are long. Then SYNs are
 *  dropped and sent again a second later, and the checks wait. */
async function listener(): Promise<AsyncDisposable & { readonly port: number }> {
  const thread = new Worker(LISTENER, { eval: true });
  const [port] = (await once(thread, "message")) as [number];
  return { port, [Symbol.asyncDispose]: async () => void (await thread.terminate()) };
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

/** What was measured, for whoever runs the long form. */
const tell = (what: string): void => {
  if (process.env.LVSKEEPER_LAB_FULL) console.log(what);
};

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
    const started = performance.now();
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
    const grown = heapMb() - heapBefore;
    expect(grown).toBeLessThan(8);
    await runner.stop();
    expect(timers()).toBeLessThan(20);
    // The server's ends of the last connections go a moment later.
    await expect.poll(descriptors, { timeout: 10_000 }).toBeLessThanOrEqual(before + 3);
    tell(
      `${checks} checks in ${Math.round((performance.now() - started) / 1000)} s: the heap grew by ${grown.toFixed(1)} MB, descriptors ${before} before and ${descriptors()} after`,
    );
  },
);

describe("servers that answer at once, well or not, of every kind but scripts", () => {
  const rows = faultRows.filter(
    ({ at, kind, limits }) => limits === 0 && typeof at !== "string" && kind !== "MISC_CHECK",
  );
  const servers: FaultServer[] = [];
  let folder = "";
  let subjects: CheckerSubject[] = [];
  let plain: Awaited<ReturnType<typeof listener>>;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "endurance-"));
    const certificates = makeCertificates();
    const caFile = path.join(folder, "ca.pem");
    writeFileSync(caFile, certificates.authority);
    useConnector(undefined);
    await loadKinds(new Set(rows.map(({ kind }) => kind)));
    for (const row of rows) servers.push(await startFault(row.at as Fault, () => certificates));
    plain = await listener();
    const crowd = Array.from({ length: PLAIN }, (_, at) => subject(rows.length + at, plain.port));
    subjects = crowd.concat(
      rows.map((row, at) => {
        const endpoint = { host: "127.0.0.1", port: servers[at]?.port ?? 0 };
        const base = subject(at, 0);
        return { ...base, plan: { ...base.plan, probe: probeOf(row, endpoint, { limitMs: 5000, caFile }) } };
      }),
    );
  }, 60_000);
  afterAll(async () => {
    await plain[Symbol.asyncDispose]();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  test("nothing of them stays behind", { timeout: 10 * MIXED + 60_000 }, async () => {
    let checks = 0;
    let hostile = 0;
    const verdicts = new Map<string, Set<string>>();
    const runner = createCheckerRunner(
      () => {},
      () => {},
      {
        onResult: (id, { up }) => {
          checks += 1;
          if (Number(id.slice(1)) < rows.length) hostile += 1;
          verdicts.set(id, (verdicts.get(id) ?? new Set()).add(String(up)));
        },
      },
    );
    const started = performance.now();
    runner.replace(subjects, { resume: true });
    const reach = (count: number): Promise<void> =>
      expect.poll(() => checks, { timeout: 5 * MIXED + 30_000, interval: 200 }).toBeGreaterThan(count);
    await reach(MIXED / 4);
    const [heapBefore, fdsBefore] = [heapMb(), descriptors()];
    await reach(MIXED);
    await expect.poll(() => verdicts.size, { timeout: 30_000 }).toBe(subjects.length);
    const grown = heapMb() - heapBefore;
    expect(grown).toBeLessThan(16);
    // Both sides of what is under way are in this process.
    expect(descriptors()).toBeLessThan(fdsBefore + 2 * (rows.length + PLAIN));
    await runner.stop();
    expect(timers()).toBeLessThan(20 + rows.length);
    // Each came to its own verdict every time.
    const expected = rows.map(({ kind, fault, reason }) => `${kind}: ${fault}: ${reason === undefined}`);
    expect(
      rows.map(({ kind, fault }, at) => `${kind}: ${fault}: ${[...(verdicts.get(`c${at}`) ?? [])].join(" and ")}`),
    ).toEqual(expected);
    tell(
      `${checks} checks, ${hostile} of them of ${rows.length} servers each with a fault of its own, in ${Math.round((performance.now() - started) / 1000)} s: the heap grew by ${grown.toFixed(1)} MB, descriptors ${fdsBefore} and ${descriptors()}`,
    );
  });
});
