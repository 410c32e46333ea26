import { endpointText } from "../core/ip.ts";
import type { RealServerPlan, VirtualServerPlan } from "./model.ts";
import { realServerKey, savedKey, virtualServerKey } from "./names.ts";
import type { RsCommand, ServerName } from "./rs-command.ts";

/** What an administrator has said at run time of one real server in one virtual server, over what the configuration says.
 *  `drain`: no new connections, until those it has are gone or the deadline passes; then it is taken out, or stays with
 *  weight 0. `disable`: out at once. `weight`: another weight. Times are wall-clock ms, since it outlives a restart. */
export type Override = {
  /** virtualServerKey() */
  readonly virtualServer: string;
  readonly address: string;
  readonly port: number;
  readonly mode: "drain" | "disable" | "weight";
  readonly sinceWallMs: number;
  /** Of `weight`. */
  readonly weight?: number;
  /** Of `drain`. */
  readonly after?: "remove" | "stay";
  readonly deadlineWallMs?: number;
  readonly drained?: "empty" | "deadline";
};

/** By savedKey(). Those of servers that the configuration does not have now are kept until they are enabled. */
export type Overrides = Readonly<Record<string, Override>>;

export const overrideKey = (o: Pick<Override, "virtualServer" | "address" | "port">): string =>
  savedKey(o.virtualServer, realServerKey(o));

const byKey = (overrides: readonly Override[]): Overrides =>
  Object.fromEntries(overrides.map((o) => [overrideKey(o), o]));

/** What an override makes of a real server. `kept`: in the table with weight 0 while it is alive, beside a sorry server
 *  too; `out`: not in the table; `as checked`: where its checks have it. */
export type Overridden = { readonly weight: number; readonly place: "kept" | "out" | "as checked" };

function effectOf({ mode, weight = 0, after, drained }: Override): Overridden {
  if (mode === "weight") return { weight, place: "as checked" };
  return { weight: 0, place: mode === "drain" && !(drained && after === "remove") ? "kept" : "out" };
}

/** The plan with the overrides in it; the same value where there is none. */
export function withOverrides(plan: VirtualServerPlan, overrides: Overrides): VirtualServerPlan {
  const vsKey = virtualServerKey(plan);
  let any = false;
  const realServers = plan.realServers.map((rs): RealServerPlan => {
    const override = overrides[savedKey(vsKey, realServerKey(rs))];
    if (!override) return rs;
    any = true;
    return { ...rs, override: effectOf(override) };
  });
  return any ? { ...plan, realServers } : plan;
}

export type Commanded = { readonly overrides: Overrides; readonly changed: readonly Override[] };

/** Carries a command out. `changed`: the servers it was for, with what is now said of them; for `enable` what was. */
export function command(
  overrides: Overrides,
  given: RsCommand,
  plans: readonly VirtualServerPlan[],
  wallMs: number,
): Commanded {
  if (given.do === "enable") {
    const changed = Object.values(overrides).filter((o) => isMeant(given, o, plans));
    const gone = new Set(changed.map(overrideKey));
    return { overrides: Object.fromEntries(Object.entries(overrides).filter(([key]) => !gone.has(key))), changed };
  }
  const changed = serversMeant(given, plans).map(([plan, { address, port }]): Override => {
    const at = { virtualServer: virtualServerKey(plan), address, port, sinceWallMs: wallMs };
    if (given.do === "weight") return { ...at, mode: "weight", weight: given.weight };
    if (given.do === "disable") return { ...at, mode: "disable" };
    const { deadlineMs } = given;
    return {
      ...at,
      mode: "drain",
      after: given.after,
      ...(deadlineMs !== undefined && { deadlineWallMs: wallMs + deadlineMs }),
    };
  });
  return { overrides: { ...overrides, ...byKey(changed) }, changed };
}

/** The configured real servers that a command names. */
function serversMeant(
  { server, service }: RsCommand,
  plans: readonly VirtualServerPlan[],
): (readonly [VirtualServerPlan, RealServerPlan])[] {
  return plans
    .filter((plan) => service === undefined || isNamed(plan, service))
    .flatMap((plan) => plan.realServers.filter((rs) => isServer(server, rs)).map((rs) => [plan, rs] as const));
}

function isMeant({ server, service }: RsCommand, override: Override, plans: readonly VirtualServerPlan[]): boolean {
  const plan = plans.find((one) => virtualServerKey(one) === override.virtualServer);
  const rs = plan?.realServers.find((one) => realServerKey(one) === realServerKey(override));
  if (!isServer(server, rs ?? override)) return false;
  if (service === undefined || service === override.virtualServer) return true;
  return plan !== undefined && isNamed(plan, service);
}

const isServer = (
  server: ServerName,
  { address, port, namedPort }: Pick<RealServerPlan, "address" | "port" | "namedPort">,
): boolean =>
  server.address === address &&
  (server.port === undefined || server.port === port || (namedPort !== undefined && server.port === namedPort));

/** By its name in logs, its key, the name of its group, or as ADDRESS:PORT, ADDRESS:PORT/PROTOCOL, fwm:MARK. */
export function isNamed(plan: VirtualServerPlan, name: string): boolean {
  const { id, group } = plan;
  const names = [plan.name, virtualServerKey(plan)];
  if (group) names.push(group.name);
  else if (id.kind === "fwmark") names.push(`fwm:${id.fwmark}`, `fwm ${id.fwmark}`);
  else {
    const at = endpointText(id.address, id.port);
    names.push(at, `${at}/${id.protocol}`);
  }
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

export const isDraining = ({ mode, drained }: Pick<Override, "mode" | "drained">): boolean =>
  mode === "drain" && drained === undefined;

/** After counting connections: what has drained. `active`: open connections by overrideKey(); a server that is not in it
 *  is not known. */
export function afterCounting(overrides: Overrides, active: ReadonlyMap<string, number>, wallMs: number): Commanded {
  const changed = Object.entries(overrides).flatMap(([key, override]): Override[] => {
    if (!isDraining(override)) return [];
    if (active.get(key) === 0) return [{ ...override, drained: "empty" }];
    const { deadlineWallMs } = override;
    return deadlineWallMs !== undefined && wallMs >= deadlineWallMs ? [{ ...override, drained: "deadline" }] : [];
  });
  if (changed.length === 0) return { overrides, changed };
  return { overrides: { ...overrides, ...byKey(changed) }, changed };
}

/** What a file says; entries that make no sense are left out. */
export function parseOverrides(value: unknown): Overrides {
  if (typeof value !== "object" || value === null || !("overrides" in value) || !Array.isArray(value.overrides))
    return {};
  return byKey(value.overrides.filter(isOverride));
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isAbsentOr = (value: unknown, test: (value: unknown) => boolean): boolean => value === undefined || test(value);

function isOverride(value: unknown): value is Override {
  if (typeof value !== "object" || value === null) return false;
  const o = value as Readonly<Record<string, unknown>>;
  return (
    [o.virtualServer, o.address].every((text) => typeof text === "string") &&
    isCount(o.port) &&
    ["drain", "disable", "weight"].includes(o.mode as string) &&
    typeof o.sinceWallMs === "number" &&
    (o.mode === "weight" ? isCount(o.weight) : o.weight === undefined) &&
    isAbsentOr(o.after, (after) => after === "remove" || after === "stay") &&
    isAbsentOr(o.deadlineWallMs, (at) => typeof at === "number") &&
    isAbsentOr(o.drained, (how) => how === "empty" || how === "deadline")
  );
}

/** For a file: in a form that parseOverrides() reads. */
export const printOverrides = (overrides: Overrides): string =>
  `${JSON.stringify({ version: 1, overrides: Object.values(overrides) }, null, 2)}\n`;
