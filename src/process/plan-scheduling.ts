import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { Forwarding } from "../ipvs/model.ts";
import type { LbKind } from "../virtual-server/argument-options.ts";
import type { VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { ServerContext } from "./plan-context.ts";
import { checkOrder, isPersistent, type ServicePlan } from "./plan-service.ts";

export function planMethod(block: VirtualServer, { problems }: ServerContext): LbKind {
  if (block.lb_kind !== undefined) return block.lb_kind;
  const all = block.real_server.length > 0 && block.real_server.every((server) => server.lvs_method !== undefined);
  if (!all && !isGiven(block, "lb_kind"))
    problems.warning("vs/no-lb-kind", "no `lb_kind` is given: NAT is taken, as keepalived does", blockPlace(block), {
      hint: "add `lb_kind NAT`, `DR` or `TUN`",
    });
  return { method: "NAT" };
}

export function planScheduler(block: VirtualServer, { problems }: ServerContext): string {
  if (block.lb_algo === undefined && !isGiven(block, "lb_algo"))
    problems.warning("vs/no-lb-algo", "no `lb_algo` is given: wlc is taken, as keepalived does", blockPlace(block), {
      hint: "add e.g. `lb_algo rr`",
    });
  return block.lb_algo ?? "wlc";
}

/** IP_VS_SVC_F_* of uapi/linux/ip_vs.h. */
const FLAG = { persistent: 1, onePacket: 4, scheduler1: 8, scheduler2: 16, scheduler3: 32 } as const;

const SCHEDULER_FLAGS = [
  ["sh-port", "sh", FLAG.scheduler2],
  ["sh-fallback", "sh", FLAG.scheduler1],
  ["mh-port", "mh", FLAG.scheduler2],
  ["mh-fallback", "mh", FLAG.scheduler1],
] as const;

export function planFlags(block: VirtualServer, service: ServicePlan, context: ServerContext): number {
  let flags = block["flag-1"] ? FLAG.scheduler1 : 0;
  if (block["flag-2"]) flags |= FLAG.scheduler2;
  if (block["flag-3"]) flags |= FLAG.scheduler3;
  for (const [keyword, scheduler, flag] of SCHEDULER_FLAGS) {
    if (!block[keyword]) continue;
    if (block.lb_algo === scheduler) {
      flags |= flag;
      checkOrder(block, keyword, "lb_algo", context);
    } else
      context.problems.warning(
        "vs/scheduler-flag",
        `\`${keyword}\` has no effect: the scheduler is ${block.lb_algo ?? "wlc"}`,
        placeOf(block, keyword),
        { hint: `use \`lb_algo ${scheduler}\`, or remove it` },
      );
  }
  if (planOnePacket(block, service, context)) flags |= FLAG.onePacket;
  return flags | (isPersistent(block) ? FLAG.persistent : 0);
}

/** Connections of TCP and SCTP cannot be scheduled packet by packet. */
function planOnePacket(block: VirtualServer, { id }: ServicePlan, { problems }: ServerContext): boolean {
  if (!block.ops) return false;
  const at = placeOf(block, "ops");
  if (id.kind === "address" && id.protocol !== "udp") {
    problems.warning("vs/ops-protocol", `\`ops\` is for UDP, and this service is ${block.protocol}: ignored`, at, {
      hint: "remove it",
    });
    return false;
  }
  if (isPersistent(block))
    problems.warning("vs/ops-persistent", "`ops` keeps no connections, so persistence has no effect on it", at, {
      hint: "remove one of both",
    });
  return true;
}

type Persistence = Pick<VirtualServerPlan, "persistenceTimeoutS" | "persistenceMaskBits" | "persistenceEngine">;

export function planPersistence(
  block: VirtualServer,
  { families, allPorts }: ServicePlan,
  { problems }: ServerContext,
): Persistence {
  const family = families[0] ?? 4;
  const whole = family === 6 ? 128 : 32;
  const granularity = block.persistence_granularity;
  const timeout = block.persistence_timeout ?? (granularity || allPorts ? 360 : 0);
  const engine = block.persistence_engine;
  let bits = granularity?.bits ?? whole;
  if (granularity && (bits > whole || (granularity.dotted && family === 6))) {
    problems.error(
      "vs/granularity",
      `this granularity is none of IPv${family}`,
      placeOf(block, "persistence_granularity"),
      { hint: `1 to ${whole}` },
    );
    bits = whole;
  } else if (granularity && family === 4 && !granularity.dotted)
    problems.warning(
      "vs/granularity",
      `taken as a prefix of ${bits} bits; keepalived reads it as the mask 0.0.0.${bits}`,
      placeOf(block, "persistence_granularity"),
      { hint: "write a dotted mask, e.g. 255.255.255.0" },
    );
  if (engine !== undefined && timeout === 0)
    problems.warning(
      "vs/engine",
      "`persistence_engine` has no effect without persistence",
      placeOf(block, "persistence_engine"),
      { hint: "add `persistence_timeout`" },
    );
  return {
    persistenceTimeoutS: timeout,
    persistenceMaskBits: bits,
    ...(engine !== undefined && { persistenceEngine: engine }),
  };
}

export function forwardingOf({ method, tunnel }: LbKind): Forwarding {
  if (method !== "TUN") return { method: method === "DR" ? "dr" : "nat" };
  if (tunnel?.type === "gue")
    return { method: "tun", tunnel: { type: "gue", port: tunnel.port, checksum: tunnel.checksum } };
  if (tunnel?.type === "gre")
    return { method: "tun", tunnel: { type: "gre", checksum: tunnel.checksum === "csum" ? "csum" : "none" } };
  return { method: "tun", tunnel: { type: "ipip" } };
}
