import { isDeepStrictEqual } from "node:util";
import type { RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerKey, realServerName, virtualServerKey } from "../virtual-server/names.ts";
import type { VrrpInstancePlan } from "../vrrp/model.ts";
import type { Plan } from "./plan.ts";
import { addressChanges, settingChanges } from "./preview.ts";
import { type Change, changesBetween } from "./preview-change.ts";
import { checkChanges } from "./preview-checks.ts";
import { syncChanges } from "./preview-sync.ts";

/** What a reload changed, a line each: "+ real server … of …", "~ instance VI_1: priority 100 → 90". `more` are left out. */
export type ReloadChanges = { readonly changes: readonly string[]; readonly more: number };

/** As many lines are kept of one reload. */
const MOST_LINES = 20;
const SIGNS = { add: "+", change: "~", remove: "-" } as const;
/** The kernel is not asked: this is about two configurations. */
const UNSEEN = { table: new Map(), isLocal: () => false };

/** Pure. What is the same costs one comparison. */
export function reloadChanges(before: Plan, after: Plan): ReloadChanges {
  if (before === after) return { changes: [], more: 0 };
  const [was, now] = changedServices(before.checker.virtualServers, after.checker.virtualServers);
  const all = [
    ...changesBetween(named(was, virtualServerKey), named(now, virtualServerKey), serviceText, serviceDifference),
    ...changesBetween(
      servers(was),
      servers(now),
      ({ text }) => text,
      (a, b) => facts(a.plan, b.plan, SERVER_OWN),
    ),
    ...checkChanges(now, was),
    ...changesBetween(
      instances(before),
      instances(after),
      ({ name }) => `instance ${name}`,
      (a, b) => facts(a, b, INSTANCE_OWN),
    ),
    ...addressChanges(after.vrrp, before.vrrp, UNSEEN),
    ...syncChanges(after.checker, before.checker),
    ...settingChanges(after.checker, before.checker),
    ...otherChanges(before, after),
  ];
  const lines = all.map(({ kind, text }: Change) => `${SIGNS[kind]} ${text}`);
  return { changes: lines.slice(0, MOST_LINES), more: Math.max(0, lines.length - MOST_LINES) };
}

/** What differs between two lists, on both sides. The same value is no difference; others are plain values, which are
 *  compared faster as text than member by member. */
function changedServices(
  before: readonly VirtualServerPlan[],
  after: readonly VirtualServerPlan[],
): readonly [readonly VirtualServerPlan[], readonly VirtualServerPlan[]] {
  const [then, now] = [new Set(before), new Set(after)];
  const [old, fresh] = [before.filter((plan) => !now.has(plan)), after.filter((plan) => !then.has(plan))];
  const was = new Map(old.map((plan) => [virtualServerKey(plan), JSON.stringify(plan)]));
  const isSame = new Set(fresh.map(virtualServerKey).filter((key, i) => was.get(key) === JSON.stringify(fresh[i])));
  const differs = (plan: VirtualServerPlan): boolean => !isSame.has(virtualServerKey(plan));
  return [old.filter(differs), fresh.filter(differs)];
}

const named = <T>(list: readonly T[], key: (one: T) => string): Map<string, T> =>
  new Map(list.map((one) => [key(one), one]));

const instances = ({ vrrp }: Plan): Map<string, VrrpInstancePlan> => named(vrrp.instances, ({ name }) => name);

const serviceText = ({ name }: VirtualServerPlan): string => `virtual server ${name}`;
const serviceDifference = (was: VirtualServerPlan, now: VirtualServerPlan): string => facts(was, now, SERVICE_OWN);

const servers = (
  plans: readonly VirtualServerPlan[],
): Map<string, { readonly text: string; readonly plan: RealServerPlan }> =>
  new Map(
    plans.flatMap((vs) =>
      vs.realServers.map((plan) => [
        `${virtualServerKey(vs)} ${realServerKey(plan)}`,
        { text: `real server ${realServerName(vs, plan)} of ${vs.name}`, plan },
      ]),
    ),
  );

/** Members that have lines of their own. */
const SERVICE_OWN = ["realServers", "name", "id"];
const SERVER_OWN = ["checkers", "tracked"];
const INSTANCE_OWN = ["addresses", "excludedAddresses"];

/** "priority 100 → 90, notify": members that differ, with their values where those are words or numbers. */
function facts(was: object, now: object, own: readonly string[]): string {
  const [before, after] = [was, now] as Readonly<Record<string, unknown>>[];
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter((name) => !own.includes(name));
  return names
    .filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]))
    .map((name) => `${wordsOf(name)}${valuesOf(name, before?.[name], after?.[name])}`)
    .join(", ");
}

/** "advertIntervalMs" → "advert interval (ms)". */
const wordsOf = (name: string): string =>
  name
    .replace(/(Ms|S)$/, (unit) => ` (${unit.toLowerCase()})`)
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Nothing of a password or key is told. */
const SECRET = /pass|key|hmac/i;

function valuesOf(name: string, was: unknown, now: unknown): string {
  const isPlain = (value: unknown): boolean =>
    value === undefined || ["string", "number", "boolean"].includes(typeof value);
  if (SECRET.test(name) || !isPlain(was) || !isPlain(now)) return "";
  return ` ${was ?? "none"} → ${now ?? "none"}`;
}

/** Parts that are told of as wholes. */
function otherChanges(before: Plan, after: Plan): Change[] {
  const parts: readonly (readonly [string, unknown, unknown])[] = [
    ["global_defs", before.global, after.global],
    ["sync groups", before.vrrp.groups, after.vrrp.groups],
    ["scripts", before.vrrp.scripts, after.vrrp.scripts],
    ["BFD sessions", before.bfd, after.bfd],
    ["static addresses, routes and rules", statics(before), statics(after)],
  ];
  return parts.filter(([, was, now]) => !isDeepStrictEqual(was, now)).map(([text]) => ({ kind: "change", text }));
}

const statics = ({ vrrp }: Plan): unknown => [vrrp.staticAddresses, vrrp.staticRoutes, vrrp.staticRules];
