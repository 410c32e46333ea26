import { type Extra, type Placed, type Problems, quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, itemPlace, placeOf } from "../config/place.ts";
import type { VirtualAddress, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import { beside, type Side, someOf } from "./pair-side.ts";

export type Member = { readonly plan: VrrpInstancePlan; readonly block: VrrpInstance };
/** One virtual router: the instance of each director. */
export type Router = { readonly a: Member; readonly b: Member };

/** Finds the instances of both files that are one virtual router, and tells in what they differ. */
export function compareInstances(here: Side, there: Side, problems: Problems): readonly Router[] {
  const { routers, alone } = matchRouters(membersOf(here), membersOf(there));
  for (const router of routers) compareRouter(router, problems);
  for (const { member, of } of alone) {
    const other = of === "a" ? there : here;
    problems.warning(
      "pair/no-partner",
      `no vrrp_instance in ${other.file} has virtual_router_id ${member.plan.vrid}: nobody takes over from ${quote(member.plan.name)}`,
      placeOf(member.block, "virtual_router_id"),
      { hint: "add the instance there, or give both the same virtual_router_id" },
    );
  }
  compareGroups(here, there, routers, problems);
  return routers;
}

function membersOf({ root, plan }: Side): readonly Member[] {
  const plans = new Map(plan.vrrp.instances.map((instance) => [instance.name, instance]));
  return root.vrrp_instance.flatMap((block) => {
    const instance = plans.get(block.argument);
    return instance ? [{ plan: instance, block }] : [];
  });
}

type Alone = { readonly member: Member; readonly of: "a" | "b" };

/** By VRID and interface, then by VRID, then by name: the interfaces of two hosts may have other names. */
function matchRouters(
  a: readonly Member[],
  b: readonly Member[],
): { readonly routers: readonly Router[]; readonly alone: readonly Alone[] } {
  const routers: Router[] = [];
  const [left, right] = [new Set(a), new Set(b)];
  const keys: readonly ((member: Member) => string)[] = [
    ({ plan }) => `${plan.family} ${plan.vrid} ${plan.interface}`,
    ({ plan }) => `${plan.family} ${plan.vrid}`,
    ({ plan }) => `${plan.family} ${plan.name}`,
  ];
  for (const key of keys) {
    const byKey = new Map([...right].map((member) => [key(member), member]));
    for (const member of [...left]) {
      const other = byKey.get(key(member));
      if (!other || !right.delete(other)) continue;
      left.delete(member);
      routers.push({ a: member, b: other });
    }
  }
  const alone = (of: Alone["of"]) => (member: Member) => ({ member, of });
  return { routers, alone: [...[...left].map(alone("a")), ...[...right].map(alone("b"))] };
}

function compareRouter(router: Router, problems: Problems): void {
  const { a, b } = router;
  const tell = (severity: "error" | "warning", code: string, keyword: string, message: string, hint: string): void =>
    problems[severity](code, message, placeIn(a, keyword), { hint, related: beside(placeIn(b, keyword)) });

  if (a.plan.vrid !== b.plan.vrid) {
    const message = `${quote(a.plan.name)} has virtual_router_id ${a.plan.vrid} here and ${b.plan.vrid} there: both will be master`;
    tell("error", "pair/virtual-router-id", "virtual_router_id", message, "write the same on both directors");
    return;
  }
  compareAddresses(router, problems);
  if (compareTransport(router, problems)) return;
  if (a.plan.version !== b.plan.version) {
    const message = `version ${a.plan.version} here and ${b.plan.version} there: each drops what the other says, and both will be master`;
    tell("error", "pair/version", "version", message, "use the same version on both directors");
    return;
  }
  compareInterval(router, tell);
  if ((a.plan.authPass ?? "") !== (b.plan.authPass ?? "")) {
    const missing = a.plan.authPass === undefined || b.plan.authPass === undefined;
    const what = missing ? "only one of both has a password" : "the passwords differ";
    const message = `${what}: each drops what the other says, and both will be master`;
    tell(
      "error",
      "pair/authentication",
      "authentication",
      message,
      "write the same `authentication` on both directors",
    );
  }
  if (a.plan.version === 3 && a.plan.v3ChecksumAsV2 !== b.plan.v3ChecksumAsV2) {
    const message = "the checksum is made in different ways: one drops what the other says";
    tell(
      "error",
      "pair/checksum",
      "v3_checksum_as_v2",
      message,
      "write `v3_checksum_as_v2` on both directors, or on none",
    );
  }
}

/** A keyword's place; of the blocks in an instance the block's. */
function placeIn({ block }: Member, keyword: string): Placed {
  const [authentication] = block.authentication;
  if (keyword !== "authentication" || !authentication) return placeOf(block, keyword);
  return isGiven(authentication, "auth_pass") ? placeOf(authentication, "auth_pass") : blockPlace(authentication);
}

type Tell = (severity: "error" | "warning", code: string, keyword: string, message: string, hint: string) => void;

/** Version 2 drops an advert of another interval (RFC 3768 §7.1); in version 3 backups follow the master's. */
function compareInterval({ a, b }: Router, tell: Tell): void {
  const [mine, theirs] = [a.plan.advertIntervalMs / 1000, b.plan.advertIntervalMs / 1000];
  if (mine === theirs) return;
  const hint = "write the same `advert_int` on both directors";
  const what = `advert_int is ${mine} s here and ${theirs} s there`;
  if (a.plan.version === 2)
    tell(
      "error",
      "pair/advert-interval",
      "advert_int",
      `${what}: each drops what the other says, and both will be master`,
      hint,
    );
  else
    tell(
      "warning",
      "pair/advert-interval",
      "advert_int",
      `${what}: how soon a failure is noticed depends on who fails`,
      hint,
    );
}

/** Whether the two cannot hear each other whatever they say. */
function compareTransport({ a, b }: Router, problems: Problems): boolean {
  const error = (code: string, keyword: string, message: string, hint: string, extra: Extra = {}): true => {
    problems.error(code, message, placeOf(a.block, keyword), {
      hint,
      related: beside(placeOf(b.block, keyword)),
      ...extra,
    });
    return true;
  };
  const [mine, theirs] = [a.plan.sourceAddress, b.plan.sourceAddress];
  if (mine !== undefined && mine === theirs) {
    const keyword = isGiven(a.block, "unicast_src_ip") ? "unicast_src_ip" : "mcast_src_ip";
    return error("pair/same-source", keyword, `both directors send from ${mine}`, "write each director's own address");
  }
  if (!a.plan.unicast !== !b.plan.unicast) {
    const [one, other] = a.plan.unicast ? ["unicast", "multicast"] : ["multicast", "unicast"];
    const message = `${one} here and ${other} there: both will be master`;
    return error("pair/unicast", "unicast_peer", message, "give both directors a `unicast_peer`, or none");
  }
  if (a.plan.unicast) return unheard(a, b, problems) || unheard(b, a, problems);
  if (a.plan.multicastGroup === b.plan.multicastGroup) return false;
  const groups = `${a.plan.multicastGroup} here and ${b.plan.multicastGroup} there`;
  return error("pair/multicast-group", "mcast_dst_ip", `adverts go to ${groups}: both will be master`, "use one group");
}

/** A peer list that does not name the address the other director sends from. */
function unheard(of: Member, other: Member, problems: Problems): boolean {
  const address = other.plan.sourceAddress;
  const peers = of.plan.unicast?.peers ?? [];
  if (address === undefined || peers.some((peer) => peer.address === address)) return false;
  problems.error(
    "pair/unicast",
    `the peers of ${quote(of.plan.name)} do not include ${address}, which the other director sends from`,
    placeOf(of.block, "unicast_peer"),
    { hint: `add ${address}`, related: beside(placeOf(other.block, "unicast_src_ip", "mcast_src_ip")) },
  );
  return true;
}

const textOf = ({ address, prefixLength }: VirtualAddress): string => `${address}/${prefixLength}`;

/** An address that only one director brings up is nowhere after a failover. */
function compareAddresses({ a, b }: Router, problems: Problems): void {
  const lists = [
    ["virtual_ipaddress", "addresses"],
    ["virtual_ipaddress_excluded", "excludedAddresses"],
  ] as const;
  for (const [keyword, member] of lists) {
    const [mine, theirs] = [a.plan[member].map(textOf), b.plan[member].map(textOf)];
    const onlyHere = mine.filter((text) => !theirs.includes(text));
    const onlyThere = theirs.filter((text) => !mine.includes(text));
    if (onlyHere.length + onlyThere.length === 0) continue;
    const parts = [
      ...(onlyHere.length > 0 ? [`${someOf(onlyHere)} only here`] : []),
      ...(onlyThere.length > 0 ? [`${someOf(onlyThere)} only there`] : []),
    ];
    problems.warning(
      "pair/addresses",
      `the addresses of ${quote(a.plan.name)} differ: ${parts.join(", ")}`,
      onlyHere[0] ? itemPlace(a.block, keyword, hostOf(onlyHere[0])) : placeOf(a.block, keyword),
      {
        hint: "write the same list on both directors",
        related: beside(onlyThere[0] ? itemPlace(b.block, keyword, hostOf(onlyThere[0])) : placeOf(b.block, keyword)),
      },
    );
  }
}

const hostOf = (text: string): string => text.slice(0, text.indexOf("/"));

function compareGroups(here: Side, there: Side, routers: readonly Router[], problems: Problems): void {
  const partner = new Map(routers.map(({ a, b }) => [a.plan.name, b.plan.name]));
  for (const group of here.plan.vrrp.groups) {
    const wanted = group.members.flatMap((name) => partner.get(name) ?? []);
    const other = there.plan.vrrp.groups.find(({ members }) => wanted.some((name) => members.includes(name)));
    const block = here.root.vrrp_sync_group.find(({ argument }) => argument === group.name);
    if (!block || wanted.length === 0) continue;
    if (other && other.members.length === group.members.length && wanted.every((name) => other.members.includes(name)))
      continue;
    const otherBlock = other && there.root.vrrp_sync_group.find(({ argument }) => argument === other.name);
    problems.warning(
      "pair/group",
      `the sync group ${quote(group.name)} ${other ? "has other members there" : "has no counterpart there"}: instances that change together here do not there`,
      blockPlace(block),
      { hint: "write the same groups on both directors", related: otherBlock && beside(blockPlace(otherBlock)) },
    );
  }
}
