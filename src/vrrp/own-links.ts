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
  /** Adverts come from this address of the interface below, and it is put on this one too. */
  readonly source?: string;
  readonly netlinkNotify: boolean;
};

type Placement = Pick<VrrpInstancePlan, "interface" | "vmac">;

/** The interface that addresses of an instance are put on. */
export const deviceOf = ({ interface: below, vmac }: Placement): string => vmac?.interface ?? below;

/** The interface that its adverts are sent and received on. */
export const channelDeviceOf = ({ interface: below, vmac }: Placement): string =>
  vmac && !vmac.transmitBelow ? vmac.interface : below;

/** The interface of one address: on that of the instance goes what names the one below it. */
export const addressDevice = (plan: Placement, { vmac, interface: named }: VirtualAddress): string =>
  vmac ?? (named === undefined || named === plan.interface ? deviceOf(plan) : named);

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

type Links = Pick<VrrpInstancePlan, "interface" | "vmac" | "vrid" | "family" | "addresses" | "excludedAddresses">;

/** The interfaces that an instance needs of its own. `source` is the address that its adverts come from. */
export function ownLinksOf(plan: Links, source: string | undefined): readonly OwnLink[] {
  const { vmac } = plan;
  const addresses = [...plan.addresses, ...plan.excludedAddresses];
  const links: OwnLink[] = [];
  if (vmac) {
    const placed = plan.family === 6 && !vmac.transmitBelow && source !== undefined;
    const ipv6 = plan.family === 6 || addresses.some((a) => isOn(plan, a, vmac.interface) && familyOf(a.address) === 6);
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
      ipv6,
      ...(vmac.group !== undefined && { group: vmac.group }),
      ...((placed || (vmac.kind === "ipvlan" && source !== undefined)) && { source }),
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

const isOn = (plan: Placement, address: VirtualAddress, name: string): boolean => addressDevice(plan, address) === name;

/** Those whose MAC address the reports of multicast groups must not carry: switches would send the router's packets there. */
export const guardedLinks = (links: readonly OwnLink[], indexOf: (name: string) => number | undefined): GuardedLink[] =>
  links.flatMap(({ kind, name, below, family, ipv6 }) => {
    const belowIndex = indexOf(below);
    return kind === "macvlan" && belowIndex !== undefined
      ? [{ name, below, belowIndex, ipv4: family === 4, ipv6 }]
      : [];
  });
