import net from "node:net";
import { expect, test, vi } from "vitest";
import type { CheckerPlan, CheckerState, CheckerSubject, Probe, Verdict } from "../../../src/checkers/model.ts";
import { createCheckerRunner, type RunnerOptions } from "../../../src/checkers/runner.ts";
import { initialState } from "../../../src/checkers/state.ts";
import type { LogRecord } from "../../../src/core/log.ts";
import { answering, httpAnswer, serve } from "./servers.ts";

const tcp = (host: string, port: number): Probe => ({
  kind: "TCP_CHECK",
  endpoint: { host, port },
  connectTimeoutMs: 1000,
});
const script = (text: string): Probe => ({
  kind: "MISC_CHECK",
  script: { argv: ["/bin/sh", "-c", text] },
  timeoutMs: 60_000,
  dynamic: false,
});

const subject = (id: string, probe: Probe, more: Partial<CheckerPlan> = {}): CheckerSubject => ({
  plan: {
    id,
    probe,
    delayLoopMs: 30,
    warmupMs: 0,
    retry: 0,
    delayBeforeRetryMs: 10,
    alpha: false,
    logAllFailures: false,
    ...more,
  },
  realServer: `[10.0.0.2]:tcp:80`,
  virtualServer: "[10.0.0.1]:tcp:80",
});

const resume = { resume: true }; // begin within delay_loop, not after a second

function runnerOf(options: RunnerOptions = {}) {
  const changes: string[] = [];
  const records: LogRecord[] = [];
  const runner = createCheckerRunner(
    (record) => records.push(record),
    (id, _state, change) => change !== "none" && changes.push(`${id} ${change}`),
    options,
  );
  return { runner, changes, records };
}

test("what a predecessor has run is run again within a second, and of very many 2,000 a second", async () => {
  vi.useFakeTimers(); // to make very many takes a while itself
  try {
    const latestOf = async (count: number, delayLoopMs: number): Promise<number> => {
      const { runner } = runnerOf({ random: () => 0.999 });
      const subjects = Array.from({ length: count }, (_, n) => subject(`c${n}`, tcp("127.0.0.1", 9), { delayLoopMs }));
      runner.replace(subjects, resume);
      const latest = Math.max(...subjects.map(({ plan: { id } }) => runner.nextInMs(id) ?? 0));
      await runner.stop();
      return latest / 1000;
    };
    expect(await latestOf(100, 60_000)).toBeCloseTo(0.999, 2);
    expect(await latestOf(10_000, 60_000)).toBeCloseTo(4.995, 2);
    expect(await latestOf(10_000, 3000)).toBeCloseTo(2.997, 2);
  } finally {
    vi.useRealTimers();
  }
});

test("checkers that take long to make have their first run counted from when all are made", async () => {
  vi.useFakeTimers();
  try {
    const slowly = (): void => void vi.advanceTimersByTime(200);
    const runner = createCheckerRunner(slowly, () => {}, { random: () => 0 });
    const subjects = Array.from({ length: 20 }, (_, n) => subject(`c${n}`, tcp("127.0.0.1", 9)));
    runner.replace(subjects);
    await Promise.resolve(); // the time of that turn is forgotten
    expect(subjects.map(({ plan: { id } }) => runner.nextInMs(id))).toEqual(subjects.map(() => 1000));
    await runner.stop();
  } finally {
    vi.useRealTimers();
  }
});

/** The most of something that is done between two turns of the event loop, while `done` says not all is. */
async function mostInOneTurn(count: () => number, done: () => boolean): Promise<number> {
  let most = 0;
  for (let before = count(); !done(); before = count()) {
    await new Promise(setImmediate);
    most = Math.max(most, count() - before);
  }
  return most;
}

test("where more is due than there is time for, everything else has its turns", async () => {
  let begun = 0;
  const probe = async (): Promise<Verdict> => {
    begun += 1;
    for (const end = performance.now() + 2; performance.now() < end; );
    return { up: true };
  };
  const { runner } = runnerOf({ random: () => 0, probe, limits: { connect: 1000, socket: 1000, process: 1000 } });
  const subjects = Array.from({ length: 400 }, (_, n) => subject(`c${n}`, tcp("127.0.0.1", n + 1)));
  runner.replace(subjects, resume);
  expect(
    await mostInOneTurn(
      () => begun,
      () => begun >= 400,
    ),
  ).toBeLessThan(100);
  await runner.stop();
});

test("checks that fail at once, one after the other, leave turns to everything else", async () => {
  let ended = 0;
  const onResult = (): void => {
    ended += 1;
  };
  const { runner } = runnerOf({ random: () => 0, onResult, limits: { connect: 8, socket: 8, process: 8 } });
  const subjects = Array.from({ length: 5000 }, (_, n) =>
    subject(`c${n}`, tcp(`255.255.255.${n % 200}`, 1 + n), { delayLoopMs: 60_000 }),
  );
  runner.replace(subjects, resume);
  expect(
    await mostInOneTurn(
      () => ended,
      () => ended >= 5000,
    ),
  ).toBeLessThan(2000);
  await runner.stop();
});

test("those on hold run once they are let begin", async () => {
  await using server = await serve(answering(httpAnswer(200, "x")));
  const { runner } = runnerOf();
  runner.replace([subject("c", tcp("127.0.0.1", server.port))], { ...resume, hold: true });
  expect(runner.nextInMs("c")).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(runner.state("c")?.hasRun).toBe(false);
  runner.begin();
  await expect.poll(() => runner.state("c")?.hasRun).toBe(true);
  await runner.stop();
});

test("a server that goes away and comes back is told down and up, in keepalived's sentences", async () => {
  const { runner, changes, records } = runnerOf();
  let server = await serve(answering(httpAnswer(200, "x")));
  const { port } = server;
  runner.replace([subject("c", tcp("127.0.0.1", port))], resume);
  await expect.poll(() => runner.state("c")?.hasRun).toBe(true);
  await server[Symbol.asyncDispose]();
  await expect.poll(() => changes).toEqual(["c down"]);
  server = await serve(() => {}, net.createServer, port);
  await expect.poll(() => changes).toEqual(["c down", "c up"]);
  await runner.stop();
  await server[Symbol.asyncDispose]();
  expect(records.map(({ text }) => text)).toEqual([
    "Activating healthchecker for service [10.0.0.2]:tcp:80 for VS [10.0.0.1]:tcp:80",
    `TCP connection to [127.0.0.1]:tcp:${port} success.`,
    // Reset: one that the kernel had accepted and the server had not, when it went away.
    expect.stringMatching(/^TCP_CHECK on service \S+ failed\. \(127\.0\.0\.1:\d+ (refused|reset) the connection\)$/),
    `TCP connection to [127.0.0.1]:tcp:${port} success.`,
  ]);
});

test("a hung script does not hold up the checks of other servers", async () => {
  await using server = await serve(answering(httpAnswer(200, "x")));
  const { runner } = runnerOf();
  runner.replace([subject("hung", script("sleep 60")), subject("tcp", tcp("127.0.0.1", server.port))], resume);
  await expect.poll(() => server.accepted()).toBeGreaterThan(5);
  expect(runner.state("hung")?.hasRun).toBe(false);
  const started = performance.now();
  await runner.stop();
  expect(performance.now() - started).toBeLessThan(3000);
});

test("no more probes are in flight than allowed, and those that wait have their turn", async () => {
  let inFlight = 0;
  let most = 0;
  const seen = new Set<number>();
  const probe = async (what: Probe): Promise<Verdict> => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inFlight -= 1;
    if ("endpoint" in what) seen.add(what.endpoint.port);
    return { up: true };
  };
  const { runner, records } = runnerOf({ probe, limits: { connect: 4, socket: 4, process: 1 } });
  runner.replace(
    Array.from({ length: 40 }, (_, i) => subject(`c${i}`, tcp("10.0.0.2", i + 1))),
    resume,
  );
  await expect.poll(() => seen.size).toBe(40);
  expect(most).toBe(4);
  expect(records.filter(({ event }) => event === "checker.late")).toHaveLength(1);
  await runner.stop();
});

test("checks that are known to hang leave places to the others", async () => {
  let hanging = 0;
  const probe = (what: Probe, _turn: unknown, signal: AbortSignal): Promise<Verdict> => {
    if (!("endpoint" in what) || what.endpoint.host !== "hangs") return Promise.resolve({ up: true });
    hanging += 1;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ up: true })));
  };
  const results = new Map<string, number>();
  const onResult = (id: string): void => void results.set(id, (results.get(id) ?? 0) + 1);
  const { runner } = runnerOf({ probe, onResult, limits: { connect: 8, socket: 8, process: 1 } });
  const hangs = Array.from({ length: 50 }, (_, i) => subject(`hangs ${i}`, tcp("hangs", 1)));
  const answers = Array.from({ length: 20 }, (_, i) => subject(`answers ${i}`, tcp("answers", 1)));
  const stateOf = ({ plan }: CheckerSubject): CheckerState => ({
    ...initialState(plan, 0),
    ...(plan.id.startsWith("hangs") && { lastLatencyMs: 5000 }),
  });
  runner.replace([...hangs, ...answers], { ...resume, stateOf });
  await expect.poll(() => answers.every(({ plan }) => (results.get(plan.id) ?? 0) > 5)).toBe(true);
  expect([hanging, results.size]).toEqual([6, 20]);
  await runner.stop();
});

test("a jump of the wall clock, either way, makes no check early or late", async () => {
  const started: number[] = [];
  const probe = (): Promise<Verdict> => {
    started.push(performance.now());
    return Promise.resolve({ up: true });
  };
  const { runner } = runnerOf({ probe });
  const clock = vi.spyOn(Date, "now");
  try {
    runner.replace([subject("c", tcp("10.0.0.2", 1))], resume);
    for (const jumpMs of [0, 365 * 86_400_000, -2 * 365 * 86_400_000]) {
      const at = 1_700_000_000_000 + jumpMs;
      clock.mockReturnValue(at);
      const before = started.length;
      await expect.poll(() => started.length).toBeGreaterThan(before + 3);
      expect(runner.state("c")?.lastRunWallMs).toBe(at);
    }
  } finally {
    clock.mockRestore();
    await runner.stop();
  }
  const between = started.slice(1).map((time, i) => time - (started[i] as number));
  expect(Math.min(...between)).toBeGreaterThanOrEqual(30 - 2); // what is due within two milliseconds begins
});

test("a replaced set cancels what is gone, keeps the state of what stays, and begins what is new", async () => {
  const asked: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const probe = (what: Probe, _turn: unknown, signal: AbortSignal): Promise<Verdict> => {
    const host = "endpoint" in what ? what.endpoint.host : "";
    asked.push(host);
    signals.set(host, signal);
    if (host !== "gone") return Promise.resolve({ up: false, reason: "refused", detail: "x" });
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ up: true })));
  };
  const { runner, changes } = runnerOf({ probe });
  runner.replace([subject("gone", tcp("gone", 1)), subject("stays", tcp("stays", 1))], resume);
  await expect.poll(() => changes).toEqual(["stays down"]);
  await expect.poll(() => asked).toContain("gone");
  runner.replace([subject("stays", tcp("stays", 1)), subject("new", tcp("new", 1))], {
    stateOf: ({ plan }) => initialState({ alpha: plan.id === "new" }, 0),
  });
  expect(signals.get("gone")?.aborted).toBe(true);
  expect([runner.state("gone"), runner.state("stays")?.up, runner.state("new")?.up]).toEqual([undefined, false, false]);
  expect(runner.size).toBe(2);
  await runner.stop();
  expect(changes).toEqual(["stays down"]);
});

test("each url of an HTTP check has its turn", async () => {
  await using server = await serve(answering(httpAnswer(200, "x")));
  const probe: Probe = {
    kind: "HTTP_GET",
    endpoint: { host: "127.0.0.1", port: server.port },
    connectTimeoutMs: 1000,
    urls: [
      { path: "/a", statusCodes: [] },
      { path: "/b", statusCodes: [] },
    ],
    httpProtocol: "1.0",
  };
  const { runner } = runnerOf();
  runner.replace([subject("c", probe)], resume);
  await expect.poll(() => server.received[3], { timeout: 10_000 }).toContain("GET");
  await runner.stop();
  const paths = server.received.slice(0, 4).map((request) => request.split(" ")[1]);
  expect(paths).toEqual(["/a", "/b", "/a", "/b"]);
});
