import type { Placed } from "../config/diagnostic.ts";
import { blockPlace, itemPlace } from "../config/place.ts";
import { allServices } from "../virtual-server/group.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

const heldBy = ({ plan }: LintInput): ReadonlySet<string> =>
  new Set(plan.vrrp.instances.flatMap((i) => [...i.addresses, ...i.excludedAddresses].map(({ address }) => address)));

/** The addresses that are served, and where that is said. Ranges of a group are not: they are routed here, as a rule. */
function* servedAt({ root }: LintInput): Generator<{ readonly address: string; readonly at: Placed }> {
  const groups = new Set<string>();
  for (const block of root.virtual_server) {
    const { argument } = block;
    if (argument.kind === "address") yield { address: argument.address, at: blockPlace(block) };
    else if (argument.kind === "group") groups.add(argument.group);
  }
  for (const { name, lines } of root.virtual_server_group)
    for (const line of groups.has(name) ? lines : [])
      if (line.kind === "addresses" && line.count === 1) yield { address: line.first, at: line.at };
}

/** A virtual server whose address no instance brings up. Silent where the file has only one of the two halves. */
function* noVip(input: LintInput): Generator<Finding> {
  if (input.plan.vrrp.instances.length === 0) return;
  const told = new Set(heldBy(input));
  for (const { address, at } of servedAt(input)) {
    if (told.has(address)) continue;
    told.add(address);
    yield {
      code: "lint/no-vip",
      message: `no vrrp_instance holds ${address}`,
      at,
      hint: "clients reach it only if the address is on this host by other means",
    };
  }
}

/** An address that nobody serves, in a file that has virtual servers. The gateway of NAT real servers is no service. */
function* noVirtualServer(input: LintInput): Generator<Finding> {
  const { root, plan } = input;
  const { virtualServers } = plan.checker;
  if (plan.vrrp.instances.length === 0) return;
  const services = virtualServers.flatMap(allServices);
  if (services.length === 0 || services.some(({ kind }) => kind === "fwmark")) return;
  const served = new Set(services.flatMap((id) => (id.kind === "address" ? [id.address] : [])));
  const behindNat = new Set(
    virtualServers.flatMap(({ realServers }) =>
      realServers.filter(({ forwarding }) => forwarding.method === "nat").map(({ address }) => neighbourhood(address)),
    ),
  );
  for (const block of root.vrrp_instance)
    for (const { address } of block.virtual_ipaddress ?? [])
      if (!served.has(address) && !behindNat.has(neighbourhood(address)))
        yield {
          code: "lint/no-virtual-server",
          message: `no virtual_server serves ${address}`,
          at: itemPlace(block, "virtual_ipaddress", address),
          hint: "is the address of the virtual_server right?",
        };
}

/** The first 24 bits of an IPv4 address, the first 64 of an IPv6 one as far as they are written out. */
const neighbourhood = (address: string): string =>
  address.includes(":") ? address.split(":").slice(0, 4).join(":") : address.slice(0, address.lastIndexOf("."));

export const addressLints: readonly Lint[] = [noVip, noVirtualServer];
