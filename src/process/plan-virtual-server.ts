import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { Forwarding, Protocol, ServiceId } from "../ipvs/model.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { LbKind } from "../virtual-server/argument-options.ts";
import type { RealServerPlan, SorryServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import { planCheckers } from "./plan-checks.ts";
import type { PlanContext } from "./plan-context.ts";
import { alertDefault } from "./plan-global.ts";

/** One virtual_server block. Undefined for one that cannot be, or that has no real servers and so is left out. */
export function planVirtualServer(block: VirtualServer, context: PlanContext): VirtualServerPlan | undefined {
  const { problems } = context;
  const id = planId(block, context);
  if (block.real_server.length === 0) {
    if (!isEmptyByErrors(block))
      problems.warning("vs/no-real-server", "a virtual server without real servers is left out", blockPlace(block), {
        hint: "add `real_server ADDRESS PORT { … }`",
      });
    return undefined;
  }
  const name = id.kind === "fwmark" ? `FWM ${id.fwmark}` : `[${id.address}]:${id.protocol}:${id.port}`;
  const method = planMethod(block, context);
  const realServers = planRealServers(block, id, method, context);
  const up = scriptOf(block, "quorum_up", context);
  const down = scriptOf(block, "quorum_down", context);
  const sorry = planSorry(block, id, method, context);
  return {
    name,
    id,
    scheduler: planScheduler(block, context),
    flags: planFlags(block, context),
    ...planPersistence(block, id, context),
    ...planQuorum(block, realServers, context),
    omega: block.omega,
    notify: { ...(up && { quorumUp: up }), ...(down && { quorumDown: down }) },
    smtpAlert: block.smtp_alert ?? alertDefault(context.global, "checker", false),
    ...(sorry && { sorryServer: sorry }),
    realServers,
  };
}

/** Real servers stand there, and errors that have been reported keep all of them out. */
const isEmptyByErrors = (block: VirtualServer): boolean => isGiven(block, "real_server");

function planId(block: VirtualServer, { problems }: PlanContext): ServiceId {
  const { argument } = block;
  if (argument.kind === "fwmark") {
    if (block.protocol !== undefined)
      problems.warning(
        "vs/mark-protocol",
        "a firewall-mark service has no protocol: ignored",
        placeOf(block, "protocol"),
      );
    return { kind: "fwmark", family: markFamily(block), fwmark: argument.fwmark };
  }
  if (block.protocol === undefined)
    problems.warning("vs/no-protocol", "no `protocol` is given: UDP is taken, as keepalived does", blockPlace(block), {
      hint: "add `protocol TCP` if it is meant so",
    });
  if (argument.port === 0 && block.persistence_timeout === undefined && block.persistence_granularity === undefined)
    problems.error("vs/no-port", "a virtual server without port has to be persistent", blockPlace(block), {
      hint: "add the port after the address, or `persistence_timeout`",
    });
  const protocol = (block.protocol ?? "UDP").toLowerCase() as Protocol;
  return { kind: "address", protocol, address: argument.address, port: argument.port };
}

function markFamily(block: VirtualServer): Family {
  if (block.ip_family !== undefined) return block.ip_family === "inet6" ? 6 : 4;
  const first = block.real_server[0];
  return first ? familyOf(first.argument.address) : 4;
}

function planMethod(block: VirtualServer, { problems }: PlanContext): LbKind {
  if (block.lb_kind !== undefined) return block.lb_kind;
  const all = block.real_server.length > 0 && block.real_server.every((server) => server.lvs_method !== undefined);
  if (!all)
    problems.warning("vs/no-lb-kind", "no `lb_kind` is given: NAT is taken, as keepalived does", blockPlace(block), {
      hint: "add `lb_kind NAT`, `DR` or `TUN`",
    });
  return { method: "NAT" };
}

function planScheduler(block: VirtualServer, { problems }: PlanContext): string {
  if (block.lb_algo === undefined)
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

function planFlags(block: VirtualServer, { problems }: PlanContext): number {
  let flags = block["flag-1"] ? FLAG.scheduler1 : 0;
  if (block["flag-2"]) flags |= FLAG.scheduler2;
  if (block["flag-3"]) flags |= FLAG.scheduler3;
  for (const [keyword, scheduler, flag] of SCHEDULER_FLAGS) {
    if (!block[keyword]) continue;
    if (block.lb_algo === scheduler) flags |= flag;
    else
      problems.warning(
        "vs/scheduler-flag",
        `\`${keyword}\` has no effect: the scheduler is ${block.lb_algo ?? "wlc"}`,
        placeOf(block, keyword),
        {
          hint: `use \`lb_algo ${scheduler}\`, or remove it`,
        },
      );
  }
  const persistent = block.persistence_timeout !== undefined || block.persistence_granularity !== undefined;
  if (block.ops && persistent)
    problems.warning(
      "vs/ops-persistent",
      "`ops` keeps no connections, so persistence has no effect on it",
      placeOf(block, "ops"),
      {
        hint: "remove one of both",
      },
    );
  if (block.ops && block.protocol !== undefined && block.protocol !== "UDP")
    problems.warning(
      "vs/ops-protocol",
      `\`ops\` is for UDP, and this service is ${block.protocol}`,
      placeOf(block, "ops"),
    );
  return flags | (block.ops ? FLAG.onePacket : 0) | (persistent ? FLAG.persistent : 0);
}

type Persistence = Pick<VirtualServerPlan, "persistenceTimeoutS" | "persistenceMaskBits" | "persistenceEngine">;

function planPersistence(block: VirtualServer, id: ServiceId, { problems }: PlanContext): Persistence {
  const family = id.kind === "fwmark" ? id.family : familyOf(id.address);
  const whole = family === 6 ? 128 : 32;
  const granularity = block.persistence_granularity;
  const timeout = block.persistence_timeout ?? (granularity ? 360 : 0);
  const engine = block.persistence_engine;
  let bits = granularity?.bits ?? whole;
  const at = placeOf(block, "persistence_granularity");
  if (granularity && (bits > whole || (granularity.dotted && family === 6))) {
    problems.error("vs/granularity", `this granularity is none of IPv${family}`, at, { hint: `1 to ${whole}` });
    bits = whole;
  } else if (granularity && family === 4 && !granularity.dotted)
    problems.warning(
      "vs/granularity",
      `taken as a prefix of ${bits} bits; keepalived reads it as the mask 0.0.0.${bits}`,
      at,
      {
        hint: "write a dotted mask, e.g. 255.255.255.0",
      },
    );
  return {
    persistenceTimeoutS: timeout,
    persistenceMaskBits: bits,
    ...(engine !== undefined && { persistenceEngine: engine }),
  };
}

type Quorum = Pick<VirtualServerPlan, "quorum" | "hysteresis">;

function planQuorum(block: VirtualServer, servers: readonly RealServerPlan[], { problems }: PlanContext): Quorum {
  const possible = servers.reduce((sum, { weight }) => sum + weight, 0);
  const quorum = Math.min(block.quorum, Math.max(1, possible));
  if (quorum !== block.quorum)
    problems.warning(
      "vs/quorum",
      `quorum ${block.quorum} cannot be reached: all weights together are ${possible}`,
      placeOf(block, "quorum"),
      {
        hint: `${quorum} is used`,
      },
    );
  const hysteresis = Math.min(block.hysteresis, quorum - 1);
  if (hysteresis !== block.hysteresis)
    problems.warning(
      "vs/hysteresis",
      `hysteresis ${block.hysteresis} has to be less than the quorum ${quorum}`,
      placeOf(block, "hysteresis"),
      {
        hint: `${hysteresis} is used`,
      },
    );
  return { quorum, hysteresis };
}

function scriptOf(
  block: VirtualServer,
  keyword: "quorum_up" | "quorum_down",
  { scripts }: PlanContext,
): ScriptSpec | undefined {
  const line = block[keyword];
  return line && scripts.resolve(line, placeOf(block, keyword));
}

function planSorry(
  block: VirtualServer,
  id: ServiceId,
  method: LbKind,
  context: PlanContext,
): SorryServerPlan | undefined {
  const server = block.sorry_server;
  if (!server) return undefined;
  const kind = block.sorry_server_lvs_method ?? method;
  checkFamily(id, server.address, kind, placeOf(block, "sorry_server"), context);
  return {
    address: server.address,
    port: destinationPort(id, kind, server.port),
    forwarding: forwardingOf(kind),
    inhibit: block.sorry_server_inhibit,
  };
}

function planRealServers(
  block: VirtualServer,
  id: ServiceId,
  method: LbKind,
  context: PlanContext,
): readonly RealServerPlan[] {
  const first = new Map<string, RealServer>();
  return block.real_server.flatMap((server) => {
    const plan = planRealServer(block, server, id, method, context);
    const key = `${plan.address} ${plan.port}`;
    const other = first.get(key);
    if (!other) {
      first.set(key, server);
      return [plan];
    }
    context.problems.warning(
      "vs/duplicate-real-server",
      `this real server is given twice: the first counts`,
      blockPlace(server),
      {
        related: [relatedAt("this one counts", blockPlace(other))],
      },
    );
    return [];
  });
}

function planRealServer(
  block: VirtualServer,
  server: RealServer,
  id: ServiceId,
  method: LbKind,
  context: PlanContext,
): RealServerPlan {
  const { address, port: written } = server.argument;
  const kind = server.lvs_method ?? method;
  checkFamily(id, address, kind, blockPlace(server), context);
  const port = destinationPort(id, kind, written);
  if (written !== 0 && port !== written)
    context.problems.warning(
      "vs/forced-port",
      id.kind === "fwmark"
        ? `a server behind ${kind.method} gets packets with the port they come with: ${written} is ignored`
        : `${kind.method} cannot change ports: the server gets connections on ${port}, not ${written}`,
      blockPlace(server),
      { hint: id.kind === "fwmark" ? "leave the port out" : `write port ${port}, or use \`lb_kind NAT\`` },
    );
  const up = server.notify_up && context.scripts.resolve(server.notify_up, placeOf(server, "notify_up"));
  const down = server.notify_down && context.scripts.resolve(server.notify_down, placeOf(server, "notify_down"));
  const target = { service: id, address, port, checkPort: written || port };
  return {
    address,
    port,
    weight: server.weight ?? block.weight,
    forwarding: forwardingOf(kind),
    inhibitOnFailure: server.inhibit_on_failure ?? block.inhibit_on_failure,
    upperThreshold: server.uthreshold,
    lowerThreshold: server.lthreshold,
    checkers: planCheckers(block, server, target, context),
    notify: { ...(up && { up }), ...(down && { down }) },
    smtpAlert: server.smtp_alert ?? alertDefault(context.global, "checker", true),
  };
}

/** Direct routing and tunnels leave the packet as it is, so the port is the virtual server's (0 behind a firewall mark). */
function destinationPort(id: ServiceId, kind: LbKind, written: number): number {
  if (id.kind === "fwmark") return kind.method === "NAT" ? written : 0;
  return kind.method === "NAT" && written !== 0 ? written : id.port;
}

function checkFamily(
  id: ServiceId,
  address: string,
  kind: LbKind,
  at: ReturnType<typeof blockPlace>,
  { problems }: PlanContext,
): void {
  const family = id.kind === "fwmark" ? id.family : familyOf(id.address);
  if (familyOf(address) === family || kind.method === "TUN") return;
  problems.error("vs/family", `${quote(address)} is not an IPv${family} address, as the virtual server's`, at, {
    hint: "only `lb_kind TUN` forwards from one family to the other",
  });
}

function forwardingOf({ method, tunnel }: LbKind): Forwarding {
  if (method !== "TUN") return { method: method === "DR" ? "dr" : "nat" };
  if (tunnel?.type === "gue")
    return { method: "tun", tunnel: { type: "gue", port: tunnel.port, checksum: tunnel.checksum } };
  if (tunnel?.type === "gre")
    return { method: "tun", tunnel: { type: "gre", checksum: tunnel.checksum === "csum" ? "csum" : "none" } };
  return { method: "tun", tunnel: { type: "ipip" } };
}
