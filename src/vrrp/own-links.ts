import { type Family, familyOf } from "../core/ip.ts";
import type { VirtualAddress, VrrpInstancePlan } from "./model.ts";
import type { OwnLinkKind } from "./network.ts";
import type { GuardedLink } from "./nft-rules.ts";

/** An interface that an instance has on top of another: use_vmac, use_ipvlan, or that of single addresses. */
export type OwnLink = OwnLinkKind & {
  readonly name: string;
  /** The interface below. */
  readonly below: string;
  /** Of the adverts, or of the address: what has to be set for it depends on it. */
  readonly family: Family;
  /** IPv6 is spoken on it. */
  readonly ipv6: boolean;
  /** Absent: the group of the interface below. */
  readonly group?: number;
  /** Adverts come from this address, and it is put on the interface: on a macvlan one of the interface below (`borrowed`),
   *  which nothing else is sent from; on an ipvlan one of its own. */
  readonly source?: { readonly address: string; readonly prefixLength: number; readonly borrowed: boolean };
  readonly netlinkNotify: boolean;
};

type Placement = Pick<VrrpInstancePlan, "interface" | "vmac" | "family">;

/** The interface of an instance's own, or else the one that it is given. */
export const deviceOf = ({ interface: below, vmac }: Pick<Placement, "interface" | "vmac">): string =>
  vmac?.interface ?? below;

/** The interface that its adverts are sent and received on; for an instance without one its VRF, or "" for any. */
export const channelDeviceOf = ({
  interface: below,
  vmac,
  vrf = "",
}: Pick<VrrpInstancePlan, "interface" | "vmac" | "vrf">): string => {
  if (below === "") return vrf;
  return vmac && !vmac.transmitBelow ? vmac.interface : below;
};

/** What has to be there and up: its interface, or for an instance without one its VRF; undefined: none. */
export const neededDeviceOf = ({
  interface: below,
  vrf,
}: Pick<VrrpInstancePlan, "interface" | "vrf">): string | undefined => (below === "" ? vrf : below);

/** The interface that the source of its adverts is looked for on. */
export const sourceDeviceOf = ({ interface: below, vmac }: Pick<Placement, "interface" | "vmac">): string =>
  vmac?.kind === "ipvlan" ? vmac.interface : below;

/** The interface of one address. On the instance's macvlan goes what is of its family and names the one below or none; an
 *  ipvlan is for adverts alone. */
export function addressDevice(plan: Placement, { address, vmac, interface: named }: VirtualAddress): string {
  if (vmac !== undefined) return vmac;
  const here = named === undefined || named === plan.interface;
  if (!here) return named;
  return plan.vmac?.kind === "macvlan" && familyOf(address) === plan.family ? plan.vmac.interface : plan.interface;
}

/** One address on each interface that switches see no advert from: on macvlans of the instance, or on all that have
 *  addresses of it. */
export function quietAddresses(plan: Links, all: boolean): readonly VirtualAddress[] {
  const own = new Set(ownLinksOf(plan, undefined).map(({ name }) => name));
  const seen = new Set([channelDeviceOf(plan)]);
  return [...plan.addresses, ...plan.excludedAddresses].filter((address) => {
    const name = addressDevice(plan, address);
    if (seen.has(name) || !(all || own.has(name))) return false;
    seen.add(name);
    return true;
  });
}

export const macBytes = (mac: string): Uint8Array =>
  Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));

/** The virtual router's MAC address. RFC 9568 §7.3 */
const routerMac = (vrid: number, family: Family): Uint8Array =>
  Uint8Array.of(0, 0, 0x5e, 0, family === 6 ? 2 : 1, vrid);

const LINK_LOCAL_PREFIX = 64;

type Links = Pick<VrrpInstancePlan, "interface" | "vmac" | "vrid" | "family" | "addresses" | "excludedAddresses">;

/** The interfaces that an instance needs of its own. `source` is the address that its adverts come from. */
export function ownLinksOf(plan: Links, source: string | undefined): readonly OwnLink[] {
  const { vmac } = plan;
  const addresses = [...plan.addresses, ...plan.excludedAddresses];
  const links: OwnLink[] = [];
  if (vmac) {
    const borrows = vmac.kind === "macvlan" && plan.family === 6 && !vmac.transmitBelow && source !== undefined;
    links.push({
      ...(vmac.kind === "macvlan"
        ? {
            kind: "macvlan",
            hardwareAddress: vmac.mac === undefined ? routerMac(plan.vrid, plan.family) : macBytes(vmac.mac),
          }
        : { kind: "ipvlan", mode: vmac.mode ?? "bridge" }),
      name: vmac.interface,
      below: plan.interface,
      family: plan.family,
      ipv6: plan.family === 6,
      ...(vmac.group !== undefined && { group: vmac.group }),
      ...(borrows && { source: { address: source, prefixLength: LINK_LOCAL_PREFIX, borrowed: true } }),
      ...(vmac.address && { source: { ...vmac.address, borrowed: false } }),
      netlinkNotify: vmac.netlinkNotify,
    });
  }
  const names = new Set(links.map(({ name }) => name));
  for (const address of addresses) {
    if (address.vmac === undefined || names.has(address.vmac)) continue;
    names.add(address.vmac);
    const family = familyOf(address.address);
    links.push({
      kind: "macvlan",
      hardwareAddress: routerMac(plan.vrid, family),
      name: address.vmac,
      below: address.interface ?? plan.interface,
      family,
      ipv6: family === 6,
      netlinkNotify: false,
    });
  }
  return links;
}

/** Those whose MAC address the reports of multicast groups must not carry: switches would send the router's packets there. */
export const guardedLinks = (links: readonly OwnLink[], indexOf: (name: string) => number | undefined): GuardedLink[] =>
  links.flatMap(({ kind, name, below, family, ipv6 }) => {
    const belowIndex = indexOf(below);
    return kind === "macvlan" && belowIndex !== undefined
      ? [{ name, below, belowIndex, ipv4: family === 4, ipv6 }]
      : [];
  });
