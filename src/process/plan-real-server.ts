import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import { familyOf } from "../core/ip.ts";
import { destinationKey } from "../ipvs/model.ts";
import type { LbKind } from "../virtual-server/argument-options.ts";
import type { RealServerPlan } from "../virtual-server/model.ts";
import { virtualServerKey } from "../virtual-server/names.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import { planCheckers } from "./plan-checks.ts";
import type { ServerContext } from "./plan-context.ts";
import { alertDefault } from "./plan-global.ts";
import { forwardingOf } from "./plan-scheduling.ts";
import type { ServicePlan } from "./plan-service.ts";

type Block = Parameters<typeof blockPlace>[0];

const SILENT = {};

export function planRealServers(
  block: VirtualServer,
  service: ServicePlan,
  method: LbKind,
  context: ServerContext,
): readonly RealServerPlan[] {
  const forwarding = forwardingOf(method);
  const first = new Map<string, RealServer>();
  const plans: RealServerPlan[] = [];
  for (const server of block.real_server) {
    const { address, port: written } = server.argument;
    const kind = server.lvs_method ?? method;
    checkFamily(service, address, kind, server, [], context);
    const port = destinationPort(service, kind, written, server, [], context);
    const key = destinationKey({ address, port });
    const other = first.get(key);
    if (other)
      context.problems.warning(
        "vs/duplicate-real-server",
        "this real server is given twice: the first counts",
        blockPlace(server),
        { related: [relatedAt("this one counts", blockPlace(other))] },
      );
    else {
      first.set(key, server);
      plans.push(
        planRealServer(
          block,
          server,
          service,
          { forwarding: kind === method ? forwarding : forwardingOf(kind), port },
          context,
        ),
      );
    }
  }
  return plans;
}

function planRealServer(
  block: VirtualServer,
  server: RealServer,
  service: ServicePlan,
  { forwarding, port }: Pick<RealServerPlan, "forwarding" | "port">,
  context: ServerContext,
): RealServerPlan {
  const { address, port: written } = server.argument;
  const up = server.notify_up && context.scripts.resolve(server.notify_up, placeOf(server, "notify_up"));
  const down = server.notify_down && context.scripts.resolve(server.notify_down, placeOf(server, "notify_down"));
  const vip = service.id.kind === "address" ? service.id.address : undefined;
  const owner = virtualServerKey(service);
  const target = {
    owner,
    address,
    port,
    checkPort: written || port || service.port,
    forwarding,
    ...(vip !== undefined && { vip }),
  };
  const tracked = context.tracked.plan(block, server);
  const plan: RealServerPlan = {
    address,
    port,
    weight: server.weight ?? block.weight,
    forwarding,
    inhibitOnFailure: server.inhibit_on_failure ?? block.inhibit_on_failure,
    ...planThresholds(server, context),
    checkers: planCheckers(block, server, target, context),
    notify: up || down ? { ...(up && { up }), ...(down && { down }) } : SILENT,
    smtpAlert: server.smtp_alert ?? alertDefault(context.global, "checker", true),
  };
  const slowStartMs = server.slow_start ?? block.slow_start ?? 0;
  const named = namedPort(service, port, written);
  if (tracked.length === 0 && server.snmp_name === undefined && slowStartMs === 0 && !named) return plan;
  return {
    ...plan,
    ...named,
    ...(tracked.length > 0 && { tracked }),
    ...(slowStartMs > 0 && { slowStartMs }),
  };
}

/** `port` as destinationPort() has it, `written` as the file. Absent: names have that port. */
export const namedPort = (
  { group }: ServicePlan,
  port: number,
  written: number,
): Pick<RealServerPlan, "namedPort"> | undefined => (group && port !== written ? { namedPort: written } : undefined);

/** The kernel takes no server whose lower threshold is above the upper one, which is 0 where none is given: that one is left
 *  out, so that the server serves. */
function planThresholds(
  server: RealServer,
  { problems }: ServerContext,
): Pick<RealServerPlan, "upperThreshold" | "lowerThreshold"> {
  const { uthreshold: upper, lthreshold: lower } = server;
  if (lower <= upper) return { upperThreshold: upper, lowerThreshold: lower };
  const problem =
    upper === 0
      ? `\`lthreshold\` ${lower} has no \`uthreshold\` above it`
      : `\`lthreshold\` ${lower} is above \`uthreshold\` ${upper}`;
  problems.warning("vs/thresholds", problem, placeOf(server, "lthreshold"), {
    hint: "it is left out: a server over the upper limit gets connections again below the lower one, which is the smaller",
  });
  return { upperThreshold: upper, lowerThreshold: 0 };
}

/** Direct routing and tunnels leave the packet as it is, so the port is the virtual server's (0 where it has several, or
 *  none). NAT to a server without a port too, which for those of a group is 0: the kernel takes that of the packet. `names`: the keyword in `block` that names the server; none: the block itself does. */
export function destinationPort(
  service: ServicePlan,
  { method }: LbKind,
  written: number,
  block: Block,
  names: readonly string[],
  { problems }: ServerContext,
): number {
  const port = method === "NAT" && (written !== 0 || service.group) ? written : service.port;
  if (written === 0 || port === written) return port;
  const many = service.port === 0;
  problems.warning(
    "vs/forced-port",
    many
      ? `a server behind ${method} gets packets with the port they come with: ${written} is ignored`
      : `${method} cannot change ports: the server gets connections on ${port}, not ${written}`,
    placeOf(block, ...names),
    { hint: many ? "leave the port out" : `write port ${port}, or use \`lb_kind NAT\`` },
  );
  return port;
}

/** Only tunnels carry packets of one family to a server of the other. `names` as in destinationPort. */
export function checkFamily(
  { families }: ServicePlan,
  address: string,
  kind: LbKind,
  block: Block,
  names: readonly string[],
  { problems }: ServerContext,
): void {
  if (kind.method === "TUN") return;
  const family = familyOf(address);
  const other = families.find((f) => f !== family);
  if (other === undefined) return;
  problems.error(
    "vs/family",
    `${quote(address)} is not an IPv${other} address, as the virtual server's`,
    placeOf(block, ...names),
    { hint: "only `lb_kind TUN` forwards from one family to the other" },
  );
}
