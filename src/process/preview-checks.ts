import { isDeepStrictEqual } from "node:util";
import { targetOf } from "../checkers/kinds.ts";
import type { CheckerPlan, Probe, TrackedCheckPlan } from "../checkers/model.ts";
import type { VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerKey, realServerName, virtualServerKey } from "../virtual-server/names.ts";
import { type Change, changesBetween, factsBetween } from "./preview-change.ts";

type Check = { readonly text: string; readonly plan?: CheckerPlan; readonly tracked?: TrackedCheckPlan };
/** By the server and what is asked of whom, with a number where that is so twice. */
type Checks = ReadonlyMap<string, Check>;

/** Checks that come and go, ask something else, or run by other rules. */
export const checkChanges = (next: readonly VirtualServerPlan[], running: readonly VirtualServerPlan[]): Change[] =>
  changesBetween(checksOf(running), checksOf(next), ({ text }) => text, difference);

function checksOf(plans: readonly VirtualServerPlan[]): Checks {
  const checks = new Map<string, Check>();
  for (const vs of plans)
    for (const rs of vs.realServers) {
      const at = `${virtualServerKey(vs)} ${realServerKey(rs)}`;
      const where = `for ${realServerName(vs, rs)} of VS ${vs.name}`;
      const enter = (what: string, check: Omit<Check, "text">): void => {
        let [name, more] = [`${at} ${what}`, 1];
        while (checks.has(name)) name = `${at} ${what} ${++more}`;
        checks.set(name, { ...check, text: `${what} ${where}` });
      };
      for (const plan of rs.checkers) enter(`${plan.probe.kind} of ${targetOf(plan.probe)}`, { plan });
      for (const tracked of rs.tracked ?? []) enter(`${tracked.kind} of ${followed(tracked)}`, { tracked });
    }
  return checks;
}

const followed = (check: TrackedCheckPlan): string => (check.kind === "FILE_CHECK" ? check.trackFile : check.instance);

/** The rules around the probe. */
const RULES = {
  delayLoopMs: "delay_loop",
  warmupMs: "warmup",
  retry: "retry",
  delayBeforeRetryMs: "delay_before_retry",
  alpha: "alpha",
  logAllFailures: "log_all_failures",
} as const satisfies Partial<Record<keyof CheckerPlan, string>>;

function difference(was: Check, now: Check): string {
  if (was.plan && now.plan) return [asked(was.plan, now.plan), rules(was.plan, now.plan)].filter(Boolean).join(", ");
  return was.tracked && now.tracked ? factsBetween(settingsOf(was.tracked), settingsOf(now.tracked)) : "";
}

/** A check that asks something else is another one: the server stays as it is until that has a result. */
function asked(was: CheckerPlan, now: CheckerPlan): string {
  if (was.id === now.id) return "";
  const names = differing(was.probe, now.probe).map(words).join(", ");
  return names === "" ? "starts anew" : `asks otherwise (${names}) and starts anew`;
}

function differing(was: Probe, now: Probe): string[] {
  const [before, after] = [was, now] as unknown as Readonly<Record<string, unknown>>[];
  const names = new Set([...Object.keys(was), ...Object.keys(now)]);
  return [...names].filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]));
}

/** "connectTimeoutMs" → "connect_timeout". */
const words = (name: string): string =>
  name.replace(/(Ms|S)$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const ruleFacts = (plan: CheckerPlan): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    (Object.keys(RULES) as (keyof typeof RULES)[]).map((name) => {
      const value = plan[name];
      return [RULES[name], typeof value === "number" && name.endsWith("Ms") ? `${value / 1000} s` : value];
    }),
  );

const rules = (was: CheckerPlan, now: CheckerPlan): string => factsBetween(ruleFacts(was), ruleFacts(now));

function settingsOf(check: TrackedCheckPlan): Readonly<Record<string, unknown>> {
  const { id: _, kind: __, ...settings } = check;
  return settings;
}
