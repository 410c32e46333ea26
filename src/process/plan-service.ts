import { brief, type Placed } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { ORIGIN } from "../config/row.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { Protocol, ServiceId } from "../ipvs/model.ts";
import { commonPort, servicesOf } from "../virtual-server/group.ts";
import type { ServerGroup } from "../virtual-server/group-options.ts";
import type { ServiceRange, VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { ServerContext } from "./plan-context.ts";

/** What a virtual server is to the kernel: one service, or all those of a group. */
export type ServicePlan = Pick<VirtualServerPlan, "name" | "id" | "group"> & {
  readonly families: readonly Family[];
  /** The port of all its services; 0: they have several, or none. */
  readonly port: number;
  /** One of its addresses stands for all ports, which the kernel takes with persistence only. */
  readonly allPorts?: true;
};

/** Undefined for a group that does not exist, or that holds nothing. */
export function planService(block: VirtualServer, context: ServerContext): ServicePlan | undefined {
  const { argument } = block;
  if (argument.kind === "group") return planGroupService(block, argument.group, context);
  if (argument.kind === "fwmark") {
    if (block.protocol !== undefined)
      context.problems.warning(
        "vs/mark-protocol",
        "a firewall-mark service has no protocol: ignored",
        placeOf(block, "protocol"),
      );
    const family = markFamily(block);
    const id: ServiceId = { kind: "fwmark", family, fwmark: argument.fwmark };
    return { name: `FWM ${argument.fwmark}`, id, families: [family], port: 0 };
  }
  const { address, port } = argument;
  const protocol = planProtocol(block, context);
  const family = familyOf(address);
  checkIpFamily(block, family, context);
  if (port === 0 && !isMeantPersistent(block)) noPort(blockPlace(block), context);
  const id: ServiceId = { kind: "address", protocol, address, port };
  const name = `[${address}]:${protocol}:${port}`;
  return { name, id, families: [family], port, ...(port === 0 && { allPorts: true }) };
}

function planGroupService(block: VirtualServer, name: string, context: ServerContext): ServicePlan | undefined {
  const used = context.groups.use(name, block);
  if (!used) return undefined;
  const { group, position } = used;
  const ranges = planRanges(block, group, context);
  const [first] = ranges;
  const id: ServiceId | undefined = first && servicesOf(first).next().value;
  if (!id) {
    context.problems.warning("vs/empty-group", "a virtual server without addresses is left out", blockPlace(block), {
      hint: `add lines to virtual_server_group ${brief(name)}`,
    });
    return undefined;
  }
  const families = ranges.map((range) => (range.kind === "fwmark" ? range.family : familyOf(range.first)));
  for (const family of new Set(ranges.flatMap((r) => (r.kind === "fwmark" ? [] : [familyOf(r.first)]))))
    checkIpFamily(block, family, context);
  return {
    name: `[${name}]:${position}`,
    id,
    group: { name, position, ranges },
    families: [...new Set(families)],
    port: commonPort(ranges),
    ...(ranges.some((range) => range.kind === "addresses" && range.firstPort === 0) && { allPorts: true }),
  };
}

function planRanges(block: VirtualServer, group: ServerGroup, context: ServerContext): readonly ServiceRange[] {
  const marksOnly = group.lines.length > 0 && group.lines.every(({ kind }) => kind === "fwmark");
  const protocol = marksOnly ? "udp" : planProtocol(block, context);
  if (!isMeantPersistent(block))
    for (const line of group.lines) if (line.kind === "addresses" && line.firstPort === 0) noPort(line.at, context);
  return context.groups.ranges(group, protocol, markFamily(block, group), blockPlace(block));
}

function planProtocol(block: VirtualServer, { problems }: ServerContext): Protocol {
  if (block.protocol === undefined && !isGiven(block, "protocol"))
    problems.warning("vs/no-protocol", "no `protocol` is given: UDP is taken, as keepalived does", blockPlace(block), {
      hint: "add `protocol TCP` if it is meant so",
    });
  return (block.protocol ?? "UDP").toLowerCase() as Protocol;
}

function noPort(at: Placed, { problems }: ServerContext): void {
  problems.warning("vs/no-port", "a virtual server without port has to be persistent: 360 s are taken", at, {
    hint: "add the port after the address, or `persistence_timeout`",
  });
}

export const isPersistent = (block: VirtualServer): boolean =>
  block.persistence_timeout !== undefined || block.persistence_granularity !== undefined;

/** Or meant to be, with a value that has been reported. */
const isMeantPersistent = (block: VirtualServer): boolean =>
  isPersistent(block) || isGiven(block, "persistence_timeout") || isGiven(block, "persistence_granularity");

function checkIpFamily(block: VirtualServer, family: Family, { problems }: ServerContext): void {
  if (block.ip_family === undefined || (block.ip_family === "inet6") === (family === 6)) return;
  problems.error(
    "vs/family",
    `the address is IPv${family}, and \`ip_family\` says otherwise`,
    placeOf(block, "ip_family"),
    {
      hint: "remove `ip_family`: it is for firewall marks",
    },
  );
}

/** The family of a firewall mark: what the file says, else that of the servers. Those behind tunnels may be of either, and count
 *  only when nobody else does; where they, or the addresses beside the mark in its group, are of both it is IPv4. */
function markFamily(block: VirtualServer, group?: ServerGroup): Family {
  if (block.ip_family !== undefined) return block.ip_family === "inet6" ? 6 : 4;
  if (block.persistence_granularity?.dotted) return 4;
  const servers = block.real_server.map(({ argument, lvs_method }) => ({ ...argument, kind: lvs_method }));
  const { sorry_server: sorry, sorry_server_lvs_method: kind } = block;
  const all = sorry ? [...servers, { ...sorry, kind }] : servers;
  const direct = all.find(({ kind = block.lb_kind }) => kind?.method !== "TUN");
  if (direct) return familyOf(direct.address);
  const given = group ? familiesOf(group) : new Set(all.map(({ address }) => familyOf(address)));
  return given.has(4) || !given.has(6) ? 4 : 6;
}

/** Of the lines that say one. */
const familiesOf = ({ lines }: ServerGroup): ReadonlySet<Family | undefined> =>
  new Set(lines.map((line) => (line.kind === "fwmark" ? line.family : familyOf(line.first))));

/** Says that keepalived reads `keyword` only below `after`, where it stands above it. */
export function checkOrder(block: VirtualServer, keyword: string, after: string, { problems }: ServerContext): void {
  const { statements, schema } = block[ORIGIN];
  const names = statements.map(({ words }) => {
    const member = schema.byName.get(words[0].text);
    return member?.kind === "alias" ? member.of.name : member?.name;
  });
  const first = names.indexOf(after);
  if (first < 0 || names.indexOf(keyword) > first) return;
  problems.warning("vs/order", `keepalived reads \`${keyword}\` only below \`${after}\``, placeOf(block, keyword), {
    hint: "here it counts wherever it stands; move it for keepalived's sake",
  });
}
