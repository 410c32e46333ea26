import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import type { ScriptOutcome } from "../../../src/script/model.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { VrrpScriptPlan } from "../../../src/vrrp/model.ts";
import { createScriptTracker } from "../../../src/vrrp/script-tracker.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

describe("vrrp_script", () => {
  const script: VrrpScriptPlan = {
    name: "chk",
    script: { argv: ["/bin/check"] },
    intervalMs: 1000,
    timeoutMs: 5000,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 1,
    initFail: false,
  };
  const exit = (status: number): ScriptOutcome => ({ how: "exited", status, output: "", elapsedMs: 1 });
  function tracker() {
    const records: LogRecord[] = [];
    const changes: string[] = [];
    const runs: {
      argv: readonly string[];
      signal: AbortSignal | undefined;
      end: (outcome: ScriptOutcome) => Promise<void>;
    }[] = [];
    const made = createScriptTracker(
      createLogger(vrrpEvents, (record) => records.push(record)),
      (name, up) => changes.push(`${name} ${up}`),
      (spec, { signal }) =>
        new Promise((resolve) =>
          runs.push({
            argv: spec.argv,
            signal,
            end: async (outcome) => {
              resolve(outcome);
              await Promise.resolve();
            },
          }),
        ),
    );
    return { made, runs, changes, texts: () => records.map((r) => r.text) };
  }

  test("runs at once and at its interval, and tells changes only", async () => {
    const { made, runs, changes, texts } = tracker();
    made.configure([script]);
    for (const status of [0, 0, 3, 3, 0]) {
      vi.advanceTimersByTime(runs.length === 0 ? 0 : 1000);
      await runs.at(-1)?.end(exit(status));
    }
    expect(runs.length).toBe(5);
    expect(changes).toEqual(["chk true", "chk false", "chk true"]);
    expect(texts()).toEqual([
      "VRRP_Script(chk) succeeded",
      "VRRP_Script(chk) failed (exited with status 3)",
      "VRRP_Script(chk) succeeded",
    ]);
  });

  test("is never started twice at once; the run it misses is told once", async () => {
    const { made, runs, texts } = tracker();
    made.configure([script]);
    vi.advanceTimersByTime(3500);
    expect(runs.length).toBe(1);
    expect(texts()).toEqual(["Track script chk is already running, ignoring this run"]);
    await runs[0]?.end({ how: "timeout", output: "", elapsedMs: 5000 });
    expect(made.up("chk")).toBe(false);
    expect(texts()[1]).toBe("VRRP_Script(chk) timed_out after 5.0 s");
    vi.advanceTimersByTime(1000);
    expect(runs.length).toBe(2);
  });

  test("a run whose result is lost changes nothing, and the next one comes when it is due", async () => {
    const { made, runs, changes } = tracker();
    made.configure([script]);
    vi.advanceTimersByTime(0);
    await runs[0]?.end(exit(0));
    vi.advanceTimersByTime(1000);
    await runs[1]?.end({ how: "lost", error: "it ended", output: "", elapsedMs: 5 });
    expect(made.up("chk")).toBe(true);
    expect(made.list()).toMatchObject([{ name: "chk", ok: true, detail: "has no result (it ended)" }]);
    vi.advanceTimersByTime(1000);
    expect(runs.length).toBe(3);
    expect(changes).toEqual(["chk true"]);
  });

  test("says since when it is as it is: a result that changes nothing leaves it, and so does a reload", async () => {
    vi.setSystemTime(0);
    const { made, runs } = tracker();
    made.configure([script]);
    expect(made.list()).toEqual([{ name: "chk", detail: "has not run yet", sinceWallMs: 0 }]);
    const since: unknown[] = [];
    for (const status of [0, 0, 1, 1]) {
      vi.advanceTimersByTime(runs.length === 0 ? 0 : 1000);
      vi.setSystemTime(1000 * runs.length);
      await runs.at(-1)?.end(exit(status));
      since.push(made.list()[0]?.sinceWallMs);
    }
    made.configure([{ ...script, script: { argv: ["/bin/other"] } }]);
    expect([...since, made.list()[0]?.sinceWallMs]).toEqual([1000, 1000, 3000, 3000, 3000]);
  });

  test("a reload keeps the result of an unchanged command, and lets the first result of a changed one decide", async () => {
    const { made, runs, changes } = tracker();
    const slow = { ...script, rise: 3, fall: 3 };
    made.configure([slow]);
    vi.advanceTimersByTime(0);
    await runs[0]?.end(exit(0));
    made.configure([{ ...slow, intervalMs: 500 }]);
    vi.advanceTimersByTime(500);
    await runs[1]?.end(exit(1));
    expect([made.up("chk"), runs.length]).toEqual([true, 2]);
    made.configure([{ ...slow, script: { argv: ["/bin/other"] } }]);
    vi.advanceTimersByTime(0);
    expect([made.up("chk"), runs[2]?.argv]).toEqual([true, ["/bin/other"]]);
    await runs[2]?.end(exit(1));
    expect(changes).toEqual(["chk true", "chk false"]);
  });

  test("a removed script's run is cancelled, and its result no longer heard", async () => {
    const { made, runs, changes } = tracker();
    made.configure([script]);
    vi.advanceTimersByTime(0);
    made.configure([]);
    expect(runs[0]?.signal?.aborted).toBe(true);
    await runs[0]?.end(exit(1));
    vi.advanceTimersByTime(5000);
    expect([changes, runs.length, made.up("chk")]).toEqual([[], 1, undefined]);
  });

  test("a result that a predecessor had stands until the first run ends", () => {
    const { made } = tracker();
    made.configure([script], { chk: false });
    expect(made.up("chk")).toBe(false);
  });
});
