import { isDeepStrictEqual } from "node:util";
import type { CheckerPlan } from "../checkers/model.ts";
import type { RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { RoomPlan, ToChild } from "./messages.ts";

/** Real servers one after another that differ in nothing but these: of tens of thousands that is what there is to send. */
type Run = {
  readonly like: Omit<RealServerPlan, "address" | "port" | "checkers">;
  readonly servers: readonly ([address: string, port: number] | [address: string, port: number, CheckerPlan[]])[];
};

type WireServer = Omit<VirtualServerPlan, "realServers"> & { readonly runs: readonly Run[] };

/** What the receiver has already is named by where it has it: so many from there on. */
type Kept = readonly [from: number, count: number];

/** A message as it goes through the pipe, where each byte is written, read and parsed: plans shortened, nothing lost. */
export function toWire(message: ToChild): object {
  if (message.t === "start" && message.role === "checker")
    return { ...message, plan: { ...message.plan, virtualServers: message.plan.virtualServers.map(shortened) } };
  if (message.t !== "reload") return message;
  const { has, ...rest } = message;
  if (!message.to || !("virtualServers" in message.to.plan)) return has ? rest : message;
  const { plan, global } = message.to;
  const held = has && "virtualServers" in has ? has.virtualServers : [];
  return { ...rest, to: { global, plan: { ...plan, virtualServers: difference(plan.virtualServers, held) } } };
}

/** The message that toWire() was given, but for what its receiver `has`, which is this. */
export function fromWire(value: ReturnType<typeof toWire>, has?: RoomPlan): ToChild {
  const message = value as ToChild;
  const held = has && "virtualServers" in has ? has.virtualServers : [];
  if (message.t === "start" && message.role === "checker") return { ...message, plan: whole(message.plan, held) };
  if (message.t === "reload" && message.to && "virtualServers" in message.to.plan)
    return { ...message, to: { ...message.to, plan: whole(message.to.plan, held) } };
  return message;
}

function difference(
  wanted: readonly VirtualServerPlan[],
  held: readonly VirtualServerPlan[],
): readonly (Kept | WireServer)[] {
  const places = new Map(held.map((plan, index) => [plan, index]));
  const list: ([number, number] | WireServer)[] = [];
  for (const plan of wanted) {
    const at = places.get(plan);
    const last = list.at(-1);
    if (at === undefined) list.push(shortened(plan));
    else if (Array.isArray(last) && last[0] + last[1] === at) last[1] += 1;
    else list.push([at, 1]);
  }
  return list;
}

function whole<P extends { readonly virtualServers: readonly VirtualServerPlan[] }>(
  plan: P,
  held: readonly VirtualServerPlan[],
): P {
  const parts = plan.virtualServers as unknown as readonly (Kept | WireServer)[];
  const virtualServers = parts.flatMap((part) =>
    "runs" in part ? restored(part) : held.slice(part[0], part[0] + part[1]),
  );
  return { ...plan, virtualServers };
}

function shortened({ realServers, ...rest }: VirtualServerPlan): WireServer {
  const runs: { like: Run["like"]; servers: Run["servers"][number][] }[] = [];
  let last: RealServerPlan | undefined;
  for (const server of realServers) {
    const { address, port, checkers } = server;
    if (!last || !isAlike(server, last)) runs.push({ like: withoutOwn(server), servers: [] });
    last = server;
    runs.at(-1)?.servers.push(checkers.length === 0 ? [address, port] : [address, port, [...checkers]]);
  }
  return { ...rest, runs };
}

/** One for all that have none. */
const NO_CHECKERS: readonly CheckerPlan[] = [];

function restored({ runs, ...rest }: WireServer): VirtualServerPlan {
  return { ...rest, realServers: runs.flatMap(serversOf) };
}

/** A copy of `like` for each server would have room for as many members again. */
function serversOf({ like, servers }: Run): readonly RealServerPlan[] {
  const { weight, forwarding, inhibitOnFailure, upperThreshold, lowerThreshold, notify, smtpAlert, ...more } = like;
  const plans = servers.map(
    ([address, port, checkers = NO_CHECKERS]): RealServerPlan => ({
      address,
      port,
      weight,
      forwarding,
      inhibitOnFailure,
      upperThreshold,
      lowerThreshold,
      checkers,
      notify,
      smtpAlert,
    }),
  );
  return Object.keys(more).length === 0 ? plans : plans.map((plan) => ({ ...plan, ...more }));
}

const OWN: ReadonlySet<string> = new Set(["address", "port", "checkers"]);

function withoutOwn({ address: _, port: __, checkers: ___, ...like }: RealServerPlan): Run["like"] {
  return like;
}

function isAlike(a: RealServerPlan, b: RealServerPlan): boolean {
  const keys = Object.keys(a) as (keyof RealServerPlan)[];
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => OWN.has(key) || a[key] === b[key] || isDeepStrictEqual(a[key], b[key]));
}
