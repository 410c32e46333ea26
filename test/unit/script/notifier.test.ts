import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import type { ScriptOutcome, ScriptSpec } from "../../../src/script/model.ts";
import { createNotifier } from "../../../src/script/notifier.ts";
import type { RunOptions } from "../../../src/script/runner.ts";

const exited = (status: number, output = ""): ScriptOutcome => ({ how: "exited", status, output, elapsedMs: 12 });

/** A runner whose runs end when the test says so. */
function manualRunner() {
  const running: { name: string; end: (outcome: ScriptOutcome) => void; signal: AbortSignal | undefined }[] = [];
  const started: string[] = [];
  const run = (spec: ScriptSpec, { signal }: RunOptions): Promise<ScriptOutcome> => {
    const name = spec.argv.join(" ");
    started.push(name);
    return new Promise((resolve) => {
      const end = (outcome: ScriptOutcome): void => {
        running.splice(running.indexOf(entry), 1);
        resolve(outcome);
      };
      const entry = { name, end, signal };
      running.push(entry);
      signal?.addEventListener("abort", () => end({ how: "cancelled", output: "", elapsedMs: 1 }));
    });
  };
  return { run, running, started };
}

const note = (queue: string, name: string) => ({
  queue,
  hook: "notify_master",
  subject: queue,
  script: { argv: [name] },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("two runs of one queue never overtake each other, those of different queues run side by side", async () => {
  const { run, running, started } = manualRunner();
  const notifier = createNotifier(() => {}, { run });
  for (const [queue, name] of [
    ["VI_1", "backup"],
    ["VI_1", "master"],
    ["VI_2", "fault"],
  ] as const)
    notifier.notify(note(queue, name));
  await turn();
  expect(started).toEqual(["backup", "fault"]);
  running.find((r) => r.name === "backup")?.end(exited(0));
  await turn();
  expect(started).toEqual(["backup", "fault", "master"]);
});

test("a failed run is logged with the script, the user, the exit status and what it wrote", async () => {
  const records: LogRecord[] = [];
  const notifier = createNotifier((record) => records.push(record), {
    run: () => Promise.resolve(exited(127, "/home/shell/x.sh: 3: systemctll: not found")),
  });
  notifier.notify({
    queue: "q",
    hook: "notify_down",
    subject: "[10.0.0.2]:tcp:3306 of VS [10.0.0.1]:tcp:3306",
    script: { argv: ["/home/shell/x.sh"], user: { name: "mysql", uid: 5, gid: 5 } },
  });
  await notifier.drain(1000);
  const failure = records.find((record) => record.event === "script.failed");
  expect(failure?.level).toBe("warn");
  expect(failure?.text).toBe(
    "notify_down of [10.0.0.2]:tcp:3306 of VS [10.0.0.1]:tcp:3306: /home/shell/x.sh (as mysql) exited with status 127; it wrote: /home/shell/x.sh: 3: systemctll: not found",
  );
});

test("a script may run on while nothing waits for it; once something does, it is ended after the grace time", async () => {
  const { run, running, started } = manualRunner();
  const notifier = createNotifier(() => {}, { run, graceMs: 20 });
  notifier.notify(note("VI_1", "hung"));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(running.map((r) => r.signal?.aborted)).toEqual([false]);
  notifier.notify(note("VI_1", "master"));
  await expect.poll(() => started).toEqual(["hung", "master"]);
});

test("a queue is bounded, and the last event is always kept", async () => {
  const { run, running, started } = manualRunner();
  const records: LogRecord[] = [];
  const notifier = createNotifier((record) => records.push(record), { run, maxWaiting: 2 });
  for (const name of ["a", "b", "c", "d"]) notifier.notify(note("VI_1", name));
  while (running.length > 0) {
    running[0]?.end(exited(0));
    await turn();
  }
  expect(started).toEqual(["a", "c", "d"]);
  expect(records.filter((record) => record.event === "script.dropped")).toHaveLength(1);
});

test("drain waits for what is queued, ends what does not end in time, and runs nothing afterwards", async () => {
  const { run, running, started } = manualRunner();
  const notifier = createNotifier(() => {}, { run });
  notifier.notify(note("VI_1", "stop"));
  notifier.notify(note("VI_2", "hung"));
  notifier.notify(note("VI_2", "never"));
  await turn();
  running.find((r) => r.name === "stop")?.end(exited(0));
  await notifier.drain(20);
  notifier.notify(note("VI_1", "late"));
  await turn();
  expect([started, running]).toEqual([["stop", "hung"], []]);
});

test("whatever the order of events and ends, each queue runs its own in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom("VI_1", "VI_2", "VI_3"), fc.nat(5)), { maxLength: 40 }),
      async (steps) => {
        const { run, running, started } = manualRunner();
        const notifier = createNotifier(() => {}, { run });
        const told: string[] = [];
        for (const [index, step] of steps.entries()) {
          if (typeof step === "string") {
            told.push(`${step} ${index}`);
            notifier.notify({ ...note(step, ""), script: { argv: [step, String(index)] } });
          } else running[step % Math.max(1, running.length)]?.end(exited(0));
          await turn();
        }
        while (running.length > 0) {
          running[0]?.end(exited(1));
          await turn();
        }
        for (const queue of ["VI_1", "VI_2", "VI_3"])
          expect(started.filter((s) => s.startsWith(queue))).toEqual(told.filter((s) => s.startsWith(queue)));
      },
    ),
    { numRuns: 50 },
  );
});

const noRoom = { how: "not-started", error: "out of processes (EAGAIN)", mayStartLater: true } as const;

test("a run that there was no room for is tried again, in its turn, for half a minute", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const records: LogRecord[] = [];
  const { run, running, started } = manualRunner();
  const notifier = createNotifier((record) => records.push(record), { run });
  notifier.notify(note("VI_1", "backup"));
  await vi.advanceTimersByTimeAsync(0);
  for (const waitMs of [250, 500]) {
    running[0]?.end({ ...noRoom, output: "", elapsedMs: 1 });
    const before = started.length;
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(started).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(before + 1);
  }
  notifier.notify(note("VI_1", "master"));
  running[0]?.end(exited(0));
  await vi.advanceTimersByTimeAsync(0);
  expect(started).toEqual(["backup", "backup", "backup", "master"]);
  for (let times = 0; times < 8; times += 1) {
    running[0]?.end({ ...noRoom, output: "", elapsedMs: 1 });
    await vi.advanceTimersByTimeAsync(20_000);
  }
  expect(started.filter((name) => name === "master")).toHaveLength(8);
  const told = records.map(({ event }) => event).filter((event) => event !== "script.started");
  expect(told.filter((event) => event !== "script.overdue")).toEqual(["script.succeeded", "script.failed"]);
});

test("a stop does not wait for room", async () => {
  const { run, running, started } = manualRunner();
  const notifier = createNotifier(() => {}, { run });
  notifier.notify(note("VI_1", "backup"));
  await turn();
  running[0]?.end({ ...noRoom, output: "", elapsedMs: 1 });
  await notifier.drain(50);
  expect(started.length).toBeLessThanOrEqual(2);
});
