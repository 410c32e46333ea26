import { isDeepStrictEqual } from "node:util";
import type { CheckerPlan } from "../checkers/model.ts";
import type { RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { RoomPlan, ToChild } from "./messages.ts";

type Like = Omit<RealServerPlan, "address" | "port" | "checkers">;

/** Real servers one after another that differ in nothing but these: of tens of thousands that is what there is to send. */
type Run = {
  /** Absent: as in the run before, which may be another virtual server's. */
  readonly like?: Like;
  readonly servers: readonly ([address: string, port: number] | [address: string, port: number, CheckerPlan[]])[];
};

/** `alike`: all else is as of the virtual server before. */
type WireServer = Partial<Omit<VirtualServerPlan, "realServers">> & {
  readonly runs: readonly Run[];
  readonly alike?: true;
};

/** What the receiver has already is named by where it has it: so many from there on. */
type Kept = readonly [from: number, count: number];

/** A message as it goes through the pipe, where each byte is written, read and parsed: plans shortened, nothing lost. */
export function toWire(message: ToChild): object {
  if (message.t === "start" && message.role === "checker")
    return { ...message, plan: { ...message.plan, virtualServers: difference(message.plan.virtualServers, []) } };
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
  const shortened = shortener();
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
  const restored = restorer();
  const virtualServers = parts.flatMap((part) =>
    "runs" in part ? restored(part) : held.slice(part[0], part[0] + part[1]),
  );
  return { ...plan, virtualServers };
}

/** Shortens one virtual server after another. */
function shortener(): (plan: VirtualServerPlan) => WireServer {
  let before: VirtualServerPlan | undefined;
  let last: RealServerPlan | undefined;
  return (plan) => {
    const { realServers, ...rest } = plan;
    const runs: { like?: Like; servers: Run["servers"][number][] }[] = [];
    for (const server of realServers) {
      const { address, port, checkers } = server;
      const alike = last !== undefined && isAlike(server, last, OWN);
      if (!alike || runs.length === 0) runs.push({ ...(!alike && { like: withoutOwn(server) }), servers: [] });
      last = server;
      runs.at(-1)?.servers.push(checkers.length === 0 ? [address, port] : [address, port, [...checkers]]);
    }
    const alike = before !== undefined && isAlike(plan, before, NAMES);
    before = plan;
    return alike ? { name: plan.name, id: plan.id, runs, alike } : { ...rest, runs };
  };
}

/** Restores them in the same order. */
function restorer(): (server: WireServer) => VirtualServerPlan {
  let before: Omit<WireServer, "runs"> = {};
  let last: Like | undefined;
  return ({ runs, alike, ...rest }) => {
    before = alike ? { ...before, ...rest } : rest;
    const realServers = runs.flatMap((run) => {
      last = run.like ?? (last as Like);
      return serversOf(last, run.servers);
    });
    return { ...before, realServers } as VirtualServerPlan;
  };
}

/** One for all that have none. */
const NO_CHECKERS: readonly CheckerPlan[] = [];

/** A copy of `like` for each server would have room for as many members again. */
function serversOf(like: Like, servers: Run["servers"]): readonly RealServerPlan[] {
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
const NAMES: ReadonlySet<string> = new Set(["name", "id", "realServers"]);

function withoutOwn({ address: _, port: __, checkers: ___, ...like }: RealServerPlan): Like {
  return like;
}

/** Whether two plans are the same but for what is each one's `own`. Without lists of names: it is asked of each real server. */
function isAlike<P extends object>(a: P, b: P, own: ReadonlySet<string>): boolean {
  let more = 0;
  for (const _ in b) more += 1;
  for (const key in a) {
    more -= 1;
    if (!Object.hasOwn(b, key)) return false;
    if (!own.has(key) && a[key] !== b[key] && !isDeepStrictEqual(a[key], b[key])) return false;
  }
  return more === 0;
}
