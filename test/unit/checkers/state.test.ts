import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { upVerdict } from "../../../src/checkers/checker.ts";
import type { CheckerPlan, CheckerState, Probe, Verdict } from "../../../src/checkers/model.ts";
import { firstDelayMs, initialState, type Step, step } from "../../../src/checkers/state.ts";

const tcp: Probe = { kind: "TCP_CHECK", endpoint: { host: "10.0.0.2", port: 80 }, connectTimeoutMs: 5000 };
const misc: Probe = { kind: "MISC_CHECK", script: { argv: ["/check"] }, timeoutMs: 5000, dynamic: true };
const http = (count: number): Probe => ({
  kind: "HTTP_GET",
  endpoint: { host: "10.0.0.2", port: 80 },
  connectTimeoutMs: 5000,
  urls: Array.from({ length: count }, (_, i) => ({ path: `/${i}`, statusCodes: [] })),
  httpProtocol: "1.0",
});

const planOf = (probe: Probe, more: Partial<CheckerPlan> = {}): CheckerPlan => ({
  id: "c",
  probe,
  delayLoopMs: 6000,
  warmupMs: 6000,
  retry: 2,
  delayBeforeRetryMs: 1000,
  alpha: false,
  logAllFailures: false,
  ...more,
});

const good: Verdict = { up: true };
const bad: Verdict = { up: false, reason: "refused", detail: "10.0.0.2:80 refused the connection" };
const unknown: Verdict = { up: "unknown", reason: "local", detail: "no descriptor" };

const once = (state: CheckerState, verdict: Verdict, plan: CheckerPlan, wallMs = 5): Step =>
  step(state, { verdict, startedMs: 1000, endedMs: 1200, wallMs }, plan);

/** The steps of a whole row of results, from the start. */
function row(plan: CheckerPlan, verdicts: readonly Verdict[]): Step[] {
  let state = initialState(plan, 0);
  return verdicts.map((verdict, index) => {
    const result = once(state, verdict, plan, index + 1);
    state = result.state;
    return result;
  });
}

const changes = (steps: readonly Step[]): string => steps.map(({ change }) => change).join(" ");

describe("SMTP_CHECK", () => {
  const smtp: Probe = {
    kind: "SMTP_CHECK",
    endpoint: { host: "10.0.0.2", port: 25 },
    connectTimeoutMs: 5000,
    heloName: "a",
  };
  const delays = (steps: readonly Step[]): number[] => steps.map(({ nextDelayMs }) => nextDelayMs);

  test("its very first failure is retried like any other", () => {
    const steps = row(planOf(smtp), [bad, bad, bad]);
    expect(changes(steps)).toBe("none none down");
    expect(delays(steps)).toEqual([1000, 1000, 6000]);
  });

  test("its retries begin anew with each round, while it is down too, and with alpha from the start", () => {
    const down = row(planOf(smtp), [bad, bad, bad, bad, bad, bad, bad, good]);
    expect(changes(down)).toBe("none none down none none none none up");
    expect(delays(down)).toEqual([1000, 1000, 6000, 1000, 1000, 6000, 1000, 6000]);
    expect(delays(row(planOf(smtp, { alpha: true }), [bad, bad, bad, bad]))).toEqual([1000, 1000, 6000, 1000]);
  });

  test("a success within a round ends it", () => {
    const steps = row(planOf(smtp), [bad, bad, good, bad, bad, bad]);
    expect(changes(steps)).toBe("none none none none none down");
    expect(delays(steps)).toEqual([1000, 1000, 6000, 1000, 1000, 6000]);
  });
});

describe("a checker without alpha", () => {
  const plan = planOf(tcp);

  test("is up before its first run, and the first check that fails takes it down at once, without retries", () => {
    expect(initialState(plan, 7)).toMatchObject({ up: true, hasRun: false, sinceWallMs: 7 });
    const [first] = row(plan, [bad]);
    expect(first).toMatchObject({ change: "down", note: "failed", nextDelayMs: 6000 });
    expect(first?.state).toMatchObject({ up: false, why: bad.detail, sinceWallMs: 1 });
  });

  test("once it has run, goes down after `retry` further failing attempts, delay_before_retry apart", () => {
    const steps = row(plan, [good, bad, bad, bad, bad]);
    expect(changes(steps)).toBe("none none none down none");
    expect(steps.map(({ nextDelayMs }) => nextDelayMs)).toEqual([6000, 1000, 1000, 6000, 6000]);
    expect(steps.map(({ state }) => state.failures)).toEqual([0, 1, 2, 0, 0]);
  });

  test("counts its attempts anew after a success in between", () => {
    expect(changes(row(plan, [good, bad, bad, good, bad, bad, bad]))).toBe("none none none none none none down");
  });

  test("comes up again at the first success", () => {
    const steps = row(plan, [bad, bad, good]);
    expect(changes(steps)).toBe("down none up");
    expect(steps[2]).toMatchObject({ note: "succeeded", nextDelayMs: 6000, state: { up: true, sinceWallMs: 3 } });
    expect(steps[2]?.state.why).toBeUndefined();
  });

  test("tells its first success, and no later one", () => {
    expect(row(plan, [good, good]).map(({ note }) => note)).toEqual(["succeeded", undefined]);
  });

  test("with retry 0 goes down at each first failure", () => {
    expect(changes(row(planOf(tcp, { retry: 0 }), [good, bad]))).toBe("none down");
  });

  test("tells that it has failed once, whatever else fails in it then", () => {
    const other: Verdict = { up: false, reason: "timeout", detail: "no answer" };
    const steps = row(plan, [bad, other, bad, good, bad]);
    expect(steps.map(({ note }) => note)).toEqual(["failed", undefined, undefined, "succeeded", undefined]);
    expect(steps.slice(0, 3).map(({ state }) => state.why)).toEqual([bad.detail, other.detail, bad.detail]);
  });

  test("while down is tried once each delay_loop, without retries", () => {
    expect(row(plan, [bad, bad, bad]).map(({ nextDelayMs }) => nextDelayMs)).toEqual([6000, 6000, 6000]);
  });

  test("with log_all_failures tells every failing attempt", () => {
    const steps = row(planOf(tcp, { logAllFailures: true }), [good, bad, bad, bad, bad]);
    expect(steps.map(({ note }) => note)).toEqual(["succeeded", "attempt", "attempt", "failed", "stillDown"]);
  });
});

describe("a checker with alpha", () => {
  const plan = planOf(tcp, { alpha: true });

  test("is down until its first success", () => {
    expect(initialState(plan, 0)).toMatchObject({ up: false, hasRun: false });
    expect(changes(row(plan, [bad, good]))).toBe("none up");
  });

  test("tells its first failure, and no later one", () => {
    expect(row(plan, [bad, bad]).map(({ note }) => note)).toEqual(["stillDown", undefined]);
  });
});

describe("a local problem", () => {
  const plan = planOf(tcp);

  test("counts neither way, and the check is tried again at delay_loop", () => {
    const steps = row(plan, [unknown, good, bad, bad, unknown, bad]);
    expect(changes(steps)).toBe("none none none none none down");
    expect(steps[0]?.nextDelayMs).toBe(6000);
    expect(steps[0]?.state.hasRun).toBe(false);
  });

  test("is told once in a row", () => {
    expect(row(plan, [unknown, unknown, good, unknown]).map(({ note }) => note)).toEqual([
      "unknown",
      undefined,
      "succeeded",
      "unknown",
    ]);
  });

  test("does not replace the reason of a checker that is down", () => {
    expect(row(plan, [bad, unknown])[1]?.state.why).toBe(bad.detail);
  });
});

describe("delay_loop", () => {
  test("counts from the end of a check", () => {
    expect(row(planOf(tcp), [good])[0]?.nextDelayMs).toBe(6000);
  });

  test("of MISC_CHECK counts from its start, but never lets two runs overlap", () => {
    expect(row(planOf(misc), [good])[0]?.nextDelayMs).toBe(5800);
    expect(row(planOf(misc, { delayLoopMs: 100 }), [good])[0]?.nextDelayMs).toBe(0);
  });

  test("of MISC_CHECK, delay_before_retry too counts from its start", () => {
    const plan = planOf(misc, { retry: 2 });
    expect(row(plan, [good, bad, bad, bad]).map(({ nextDelayMs }) => nextDelayMs)).toEqual([5800, 800, 800, 5800]);
    const longer = planOf(misc, { delayBeforeRetryMs: 100 });
    expect(row(longer, [good, bad])[1]?.nextDelayMs).toBe(0);
  });

  test("begins 1 s and a random part of warmup after the start", () => {
    expect([firstDelayMs(planOf(tcp), 0), firstDelayMs(planOf(tcp), 0.5)]).toEqual([1000, 4000]);
    expect(firstDelayMs(planOf(tcp, { warmupMs: 0 }), 0.9)).toBe(1000);
  });
});

describe("misc_dynamic", () => {
  test("a status of 2 or more asks for a weight, 0 for the configured one", () => {
    const steps = row(planOf(misc), [good, { up: true, weight: 5 }, { up: true, weight: 5 }, good]);
    expect(changes(steps)).toBe("none weight none weight");
    expect(steps.map(({ state }) => state.weight)).toEqual([undefined, 5, 5, undefined]);
  });

  test("a server that comes back has the weight it comes back with", () => {
    const [, back] = row(planOf(misc), [bad, { up: true, weight: 0 }]);
    expect(back).toMatchObject({ change: "up", state: { weight: 0 } });
  });
});

describe("HTTP_GET with several urls", () => {
  const plan = planOf(http(3), { retry: 1, delayBeforeRetryMs: 9000 });
  const urls = (steps: readonly Step[]): number[] => steps.map(({ state }) => state.nextUrl ?? 0);

  test("asks one url each delay_loop, in turn", () => {
    expect(urls(row(plan, [good, good, good, good]))).toEqual([1, 2, 0, 1]);
  });

  test("has run when all have passed once: any that fails before takes it down at once, without retries", () => {
    expect(row(plan, [good, good, good, good]).map(({ state }) => state.hasRun)).toEqual([false, false, true, true]);
    expect(row(plan, [good, good, good, good]).map(({ note }) => note)).toEqual([
      undefined,
      undefined,
      "succeeded",
      undefined,
    ]);
    for (const first of [[], [good], [good, good]]) {
      const steps = row(plan, [...first, bad]);
      expect(steps.at(-1)).toMatchObject({ change: "down", note: "failed", state: { hasRun: true } });
      expect(urls(steps).at(-1)).toBe(first.length);
    }
  });

  test("then retries the url that failed, and goes down for it", () => {
    const steps = row(plan, [good, good, good, good, bad, bad]);
    expect(changes(steps)).toBe("none none none none none down");
    expect(urls(steps)).toEqual([1, 2, 0, 1, 1, 1]);
  });

  test("goes on with the next once a url that failed has passed within its retries", () => {
    const steps = row(plan, [good, good, good, good, bad, good, good, bad, bad]);
    expect(changes(steps)).toBe("none none none none none none none none down");
    expect(urls(steps).slice(3)).toEqual([1, 1, 2, 0, 0, 0]);
  });

  test("to come up again the failed url must pass, and then all in turn", () => {
    const steps = row(plan, [good, bad, bad, bad, good, good, good, good]);
    expect(changes(steps)).toBe("none down none none none none none up");
    expect(urls(steps).slice(3)).toEqual([1, 0, 1, 2, 0]);
  });

  test("a failure on the way up starts again with that url", () => {
    const steps = row(plan, [bad, good, good, bad, good, good, good, good]);
    expect(changes(steps)).toBe("down none none none none none none up");
  });

  test("while down waits for the longer of delay_before_retry and delay_loop", () => {
    expect(row(plan, [bad])[0]?.nextDelayMs).toBe(9000);
  });

  test("with fast_recovery the next url is asked as soon as one has passed, until it is up and has run", () => {
    const fast = planOf({ ...http(3), fastRecovery: true } as Probe, { retry: 1, delayBeforeRetryMs: 9000 });
    const results = [good, good, good, good, good, bad, bad, good, good, good, good, good];
    const steps = row(fast, results);
    expect(steps.map(({ nextDelayMs }) => nextDelayMs)).toEqual([
      ...[0, 0, 6000, 6000, 6000, 9000, 9000],
      ...[0, 0, 0, 6000, 6000],
    ]);
    expect(changes(steps)).toBe("none none none none none none down none none none up none");
    // What fails waits all the same, at the start and on the way up.
    expect(row(fast, [good, bad, good, bad]).map(({ nextDelayMs }) => nextDelayMs)).toEqual([0, 9000, 0, 9000]);
    const alpha = planOf({ ...http(2), fastRecovery: true } as Probe, { alpha: true });
    expect(row(alpha, [good, good]).map(({ nextDelayMs }) => nextDelayMs)).toEqual([0, 6000]);
  });

  test("with alpha all urls must pass once", () => {
    expect(changes(row(planOf(http(3), { alpha: true }), [good, good, good]))).toBe("none none up");
  });

  test("with one url a single success is enough", () => {
    expect(changes(row(planOf(http(1)), [bad, good]))).toBe("down up");
  });
});

test("whatever the results, a checker is down exactly after a first failure or retry + 1 of them in a row", () => {
  const verdicts = fc.array(fc.constantFrom(good, bad, unknown), { maxLength: 40 });
  fc.assert(
    fc.property(verdicts, fc.nat(4), fc.boolean(), (results, retry, alpha) => {
      const plan = planOf(tcp, { retry, alpha });
      let up = !alpha;
      let ran = false;
      let inRow = 0;
      const expected = results.map((verdict) => {
        if (verdict.up === "unknown") return up;
        inRow = verdict.up ? 0 : inRow + 1;
        if (verdict.up) up = true;
        else if (!ran || inRow > retry) up = false;
        ran = true;
        return up;
      });
      expect(row(plan, results).map(({ state }) => state.up)).toEqual(expected);
    }),
  );
});

test("success after success is what it is by the rules for all, for whatever the state before", () => {
  const state: fc.Arbitrary<CheckerState> = fc.record(
    {
      up: fc.boolean(),
      hasRun: fc.boolean(),
      failures: fc.nat(1),
      sinceWallMs: fc.nat(),
      lastVerdict: fc.constantFrom(upVerdict, bad),
      weight: fc.constant(3),
      delta: fc.constant(1),
      nextUrl: fc.nat(1),
      passedUrls: fc.nat(1),
    },
    { requiredKeys: ["up", "hasRun", "failures", "sinceWallMs"] },
  );
  fc.assert(
    fc.property(state, fc.constantFrom(tcp, misc, http(1), http(2)), (before, probe) => {
      // A verdict that only looks like the shared one goes the long way.
      expect(once(before, upVerdict, planOf(probe))).toEqual(once(before, { up: true }, planOf(probe)));
    }),
  );
});
