import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, itemPlace, placeOf } from "../config/place.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

const LISTS = ["virtual_ipaddress", "virtual_ipaddress_excluded"] as const;

/** One address on one interface in two instances: each instance gives it up when it ends, whatever the other does. */
function* sharedAddress({ root }: LintInput): Generator<Finding> {
  const first = new Map<string, { readonly block: VrrpInstance; readonly list: (typeof LISTS)[number] }>();
  for (const block of root.vrrp_instance)
    for (const list of LISTS)
      for (const line of block[list] ?? []) {
        const key = `${line.address} ${line.interface ?? block.interface ?? ""}`;
        const other = first.get(key);
        if (!other) first.set(key, { block, list });
        else if (other.block !== block)
          yield {
            code: "lint/shared-address",
            message: `${line.address} is held by ${quote(other.block.argument)} too`,
            at: itemPlace(block, list, line.address),
            hint: "give each address to one instance: whichever of both ends takes it away from the other",
            related: [relatedAt("the other place", itemPlace(other.block, other.list, line.address))],
          };
      }
}

/** Members of a sync group become master together, so a file that says MASTER of one and BACKUP of another means neither. */
function* groupStates({ root }: LintInput): Generator<Finding> {
  const blocks = new Map(root.vrrp_instance.map((block) => [block.argument, block]));
  for (const group of root.vrrp_sync_group) {
    const members = (group.group ?? []).flatMap((name) => blocks.get(name) ?? []);
    const master = members.find(({ state }) => state === "MASTER");
    const backup = members.find(({ state }) => state === "BACKUP");
    if (!master || !backup) continue;
    yield {
      code: "lint/group-states",
      message: `${quote(master.argument)} is MASTER and ${quote(backup.argument)} BACKUP, and the group ${quote(group.argument)} lets them be master only together`,
      at: placeOf(backup, "state"),
      hint: "write the same state in all members, or take them out of the group",
      related: [relatedAt("the other member", placeOf(master, "state")), relatedAt("the group", blockPlace(group))],
    };
  }
}

/** A group moves its members together; one member moves by itself. Often the name of the other is misspelt. */
function* smallGroup({ root }: LintInput): Generator<Finding> {
  const names = new Set(root.vrrp_instance.map((block) => block.argument));
  for (const group of root.vrrp_sync_group)
    if (new Set((group.group ?? []).filter((name) => names.has(name))).size === 1)
      yield {
        code: "lint/small-group",
        message: `the group ${quote(group.argument)} has one member, which changes state alone`,
        at: blockPlace(group),
        hint: "add the other instances that are to change with it, or remove the group",
      };
}

/** The first or last address of an IPv4 network is no host's. */
function* networkAddress({ root }: LintInput): Generator<Finding> {
  for (const block of root.vrrp_instance)
    for (const list of LISTS)
      for (const { address, prefixLength } of block[list] ?? []) {
        if (address.includes(":") || prefixLength > 30) continue;
        const hosts = 2 ** (32 - prefixLength);
        const host = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) % hosts;
        if (host !== 0 && host !== hosts - 1) continue;
        yield {
          code: "lint/network-address",
          message: `${address}/${prefixLength} is the ${host === 0 ? "address of the network itself" : "network's broadcast address"}`,
          at: itemPlace(block, list, address),
          hint: "no host can use it: is a digit missing, or the prefix wrong?",
        };
      }
}

/** There is nothing to delay where there is no preemption. */
function* preemptDelay({ root, plan }: LintInput): Generator<Finding> {
  const plans = new Map(plan.vrrp.instances.map((instance) => [instance.name, instance]));
  for (const block of root.vrrp_instance) {
    const instance = plans.get(block.argument);
    if (!instance || instance.preempt || !isGiven(block, "preempt_delay") || block.preempt_delay === 0) continue;
    if (block.state === "MASTER") continue;
    yield {
      code: "lint/delay-nopreempt",
      message: "`preempt_delay` has no effect beside `nopreempt`: there is nothing to delay",
      at: placeOf(block, "preempt_delay"),
      hint: "remove one of both",
    };
  }
}

/** A virtual address as a peer is whoever is master: it hears itself, and the others hear nothing. */
function* unicastSelf({ root, plan }: LintInput): Generator<Finding> {
  const blocks = new Map(root.vrrp_instance.map((block) => [block.argument, block]));
  for (const { name, unicast, addresses } of plan.vrrp.instances) {
    const block = blocks.get(name);
    if (!block || !unicast) continue;
    for (const { address } of unicast.peers)
      if (addresses.some((virtual) => virtual.address === address))
        yield {
          code: "lint/unicast-self",
          message: `the peer ${address} is a virtual address of the instance`,
          at: itemPlace(block, "unicast_peer", address),
          hint: "name the fixed addresses of the other directors",
        };
  }
}

export const vrrpLints: readonly Lint[] = [sharedAddress, groupStates, networkAddress, preemptDelay, unicastSelf];

export const groupLints: readonly Lint[] = [smallGroup];
