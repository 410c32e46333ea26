import { type Family, familyOf, isLinkLocal } from "../core/ip.ts";
import type { Announcement } from "./announcer.ts";
import type { UnicastPlan, VirtualAddress } from "./model.ts";
import type { AddressKey, AddressRequest, HostAddress, Link } from "./network.ts";
import type { Pace } from "./pace.ts";

/** A virtual address with the name of the interface it belongs on. */
export type PlacedAddress = VirtualAddress & { readonly interface: string; readonly trackGroup?: string };

/** The interface of an address that names none is its instance's. */
export const placedOn = (interfaceName: string, addresses: readonly VirtualAddress[]): PlacedAddress[] =>
  addresses.map((a) => ({ ...a, interface: a.interface ?? interfaceName }));

/** What makes two virtual addresses the same entry of the kernel's table. */
export const keyOf = (a: PlacedAddress): string => `${a.interface} ${a.address}/${a.prefixLength}`;

export type HostView = { readonly links: readonly Link[]; readonly addresses: readonly HostAddress[] };

export type VipPlan = {
  readonly add: readonly { readonly key: string; readonly wanted: PlacedAddress; readonly request: AddressRequest }[];
  readonly remove: readonly { readonly key: string; readonly address: AddressKey; readonly interface: string }[];
  /** Wanted on an interface that does not exist. */
  readonly nowhere: readonly PlacedAddress[];
  readonly present: ReadonlySet<string>;
};

/** What to ask of the kernel so that it has every wanted address and none of `surplus` that is not also wanted. Addresses
 *  that are there already are taken over as they are; those of others are never looked at. */
export function planVips(wanted: readonly PlacedAddress[], surplus: readonly PlacedAddress[], host: HostView): VipPlan {
  const indexes = new Map(host.links.map((link) => [link.name, link.index]));
  const onHost = new Set(host.addresses.map((a) => `${a.interfaceIndex} ${a.address}/${a.prefixLength}`));
  const requestFor = (a: PlacedAddress): AddressRequest | undefined => {
    const interfaceIndex = indexes.get(a.interface);
    if (interfaceIndex === undefined) return undefined;
    const { interface: _, noTrack: _n, vmac: _v, trackGroup: _t, ...rest } = a;
    return { ...rest, interfaceIndex };
  };
  const isThere = (r: AddressRequest): boolean => onHost.has(`${r.interfaceIndex} ${r.address}/${r.prefixLength}`);

  const add: VipPlan["add"][number][] = [];
  const remove: VipPlan["remove"][number][] = [];
  const nowhere: PlacedAddress[] = [];
  const present = new Set<string>();
  const wantedKeys = new Set<string>();
  for (const one of wanted) {
    const key = keyOf(one);
    if (wantedKeys.has(key)) continue;
    wantedKeys.add(key);
    const request = requestFor(one);
    if (!request) nowhere.push(one);
    else if (isThere(request)) present.add(key);
    else add.push({ key, wanted: one, request });
  }
  const surplusByKey = new Map(surplus.map((one) => [keyOf(one), one]));
  for (const [key, one] of surplusByKey) {
    const request = wantedKeys.has(key) ? undefined : requestFor(one);
    if (!request || !isThere(request)) continue;
    const { interfaceIndex, address, prefixLength } = request;
    remove.push({ key, address: { interfaceIndex, address, prefixLength }, interface: one.interface });
  }
  return { add, remove, nowhere, present };
}

/** How to announce these addresses by ARP or neighbour advertisement; those on interfaces that are gone are left out. */
export const announcementsFor = (
  addresses: readonly PlacedAddress[],
  links: readonly Link[],
  isRouter: (interfaceName: string) => boolean,
  pace: (address: string, interfaceName: string) => Pace,
): Announcement[] =>
  addresses.flatMap(({ address, interface: name }) => {
    const link = links.find((l) => l.name === name);
    if (!link) return [];
    const { index: interfaceIndex, hardwareAddress } = link;
    const router = familyOf(address) === 6 && isRouter(name);
    return [{ interface: name, interfaceIndex, hardwareAddress, address, router, ...pace(address, name) }];
  });

/** The address that adverts of an instance come from: the first of its interface and family that is not a virtual one,
 *  and has passed duplicate detection. Over IPv6 it is link-local (RFC 9568 §5.1.2.1), unless the peers are not. An owner
 *  (`owns`) may have no other than virtual ones. */
export function sourceAddress(
  interfaceIndex: number,
  addresses: readonly HostAddress[],
  virtual: ReadonlySet<string>,
  { family, unicast, owns }: { family: Family; unicast?: UnicastPlan | undefined; owns: boolean },
): string | undefined {
  const global = unicast?.peers.some(({ address }) => !isLinkLocal(address)) ?? false;
  const own = addresses.filter(
    (a) =>
      a.interfaceIndex === interfaceIndex &&
      familyOf(a.address) === family &&
      (family === 4 || (a.usable && isLinkLocal(a.address) !== global)),
  );
  return (own.find((a) => !virtual.has(a.address)) ?? (owns ? own[0] : undefined))?.address;
}
