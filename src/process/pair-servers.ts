import { type Placed, type Problems, quote } from "../config/diagnostic.ts";
import { blockPlace } from "../config/place.ts";
import { endpointText } from "../core/ip.ts";
import type { RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import { beside, type Side, someOf } from "./pair-side.ts";

/** Tells of virtual servers that only one director has, and of those that differ, and in what. */
export function compareServers(here: Side, there: Side, problems: Problems): void {
  const [mine, theirs] = [here, there].map(serversOf) as [Servers, Servers];
  if (mine.size === 0 || theirs.size === 0) {
    oneHasNone(here, there, mine, theirs, problems);
    return;
  }
  for (const [name, { plan, at }] of mine) {
    const other = theirs.get(name);
    if (!other) onlyOn(plan, at, there, problems);
    else {
      const differences = differencesOf(plan, other.plan);
      if (differences.length === 0) continue;
      problems.warning("pair/virtual-server", `${plan.name} differs: ${differences.join("; ")}`, at, {
        hint: "clients would be served otherwise after a failover: write the same on both directors",
        related: beside(other.at),
      });
    }
  }
  for (const [name, { plan, at }] of theirs) if (!mine.has(name)) onlyOn(plan, at, here, problems);
}

type Servers = ReadonlyMap<string, { readonly plan: VirtualServerPlan; readonly at: Placed }>;

function serversOf({ root, plan }: Side): Servers {
  const blocks = new Map<string, VirtualServer>();
  const positions = new Map<string, number>();
  for (const block of root.virtual_server) {
    const name = nameOf(block, positions);
    if (!blocks.has(name)) blocks.set(name, block);
  }
  return new Map(
    plan.checker.virtualServers.flatMap((server) => {
      const block = blocks.get(server.name);
      return block ? [[server.name, { plan: server, at: blockPlace(block) }]] : [];
    }),
  );
}

/** The plan's name of a block. */
function nameOf({ argument, protocol }: VirtualServer, positions: Map<string, number>): string {
  if (argument.kind === "fwmark") return `FWM ${argument.fwmark}`;
  if (argument.kind === "address") return `[${argument.address}]:${(protocol ?? "UDP").toLowerCase()}:${argument.port}`;
  const { group } = argument as { readonly group: string };
  const position = positions.get(group) ?? 0;
  positions.set(group, position + 1);
  return `[${group}]:${position}`;
}

function oneHasNone(here: Side, there: Side, mine: Servers, theirs: Servers, problems: Problems): void {
  const [[first], empty] = mine.size > 0 ? [[...mine.values()], there] : [[...theirs.values()], here];
  if (first)
    problems.warning("pair/virtual-server", `${empty.file} has no virtual servers at all`, first.at, {
      hint: "after a failover nobody serves them: write the same on both directors",
    });
}

function onlyOn(plan: VirtualServerPlan, at: Placed, other: Side, problems: Problems): void {
  problems.warning("pair/virtual-server", `${other.file} has no virtual server ${plan.name}`, at, {
    hint: "after a failover nobody serves it: write the same on both directors",
  });
}

/** What of a virtual server clients notice, with the name that the file has for it. */
const FACTS: readonly (readonly [string, (plan: VirtualServerPlan) => unknown])[] = [
  ["lb_algo", ({ scheduler }) => scheduler],
  ["its flags (ops, sh-port and the like)", ({ flags }) => flags],
  ["persistence_timeout", ({ persistenceTimeoutS }) => persistenceTimeoutS],
  ["persistence_granularity", ({ persistenceMaskBits }) => persistenceMaskBits],
  ["persistence_engine", ({ persistenceEngine }) => persistenceEngine ?? "none"],
  ["quorum", ({ quorum }) => quorum],
  ["hysteresis", ({ hysteresis }) => hysteresis],
  ["sorry_server", ({ sorryServer: sorry }) => (sorry ? endpointText(sorry.address, sorry.port) : "none")],
];

function differencesOf(a: VirtualServerPlan, b: VirtualServerPlan): readonly string[] {
  const facts = FACTS.flatMap(([name, value]) => {
    const [mine, theirs] = [value(a), value(b)];
    return mine === theirs ? [] : [`${name} is ${mine} here and ${theirs} there`];
  });
  const keyed = (plan: VirtualServerPlan): ReadonlyMap<string, RealServerPlan> =>
    new Map(plan.realServers.map((server) => [endpointText(server.address, server.port), server]));
  const [mine, theirs] = [keyed(a), keyed(b)];
  const onlyHere = [...mine.keys()].filter((name) => !theirs.has(name));
  const onlyThere = [...theirs.keys()].filter((name) => !mine.has(name));
  const shared = [...mine].flatMap(([name, server]) => {
    const other = theirs.get(name);
    return other ? differencesOfReal(name, server, other) : [];
  });
  return [
    ...facts,
    ...(onlyHere.length > 0 ? [`${someOf(onlyHere)} only here`] : []),
    ...(onlyThere.length > 0 ? [`${someOf(onlyThere)} only there`] : []),
    ...(shared.length > 4 ? [...shared.slice(0, 3), `${shared.length - 3} more`] : shared),
  ];
}

function differencesOfReal(name: string, a: RealServerPlan, b: RealServerPlan): readonly string[] {
  const checks = ({ checkers }: RealServerPlan): string =>
    checkers.length === 0 ? "not checked" : checkers.map(({ probe }) => probe.kind).join(", ");
  return [
    ...(a.weight === b.weight ? [] : [`weight of ${name} is ${a.weight} here and ${b.weight} there`]),
    ...(a.forwarding.method === b.forwarding.method
      ? []
      : [`method of ${name} is ${a.forwarding.method} here and ${b.forwarding.method} there`]),
    ...(checks(a) === checks(b) ? [] : [`${name} has ${quote(checks(a))} here and ${quote(checks(b))} there`]),
  ];
}
