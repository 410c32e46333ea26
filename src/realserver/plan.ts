import {
  type Changes,
  type HostState,
  hostLength,
  type SettingName,
  type Step,
  settingNames,
  WANTED,
} from "./model.ts";

export type Planned = { readonly steps: readonly Step[]; readonly changes: Changes };

/** Makes the host a real server of these VIPs. Nobody may hear ARP answers for a VIP meanwhile: settings come first. A VIP
 *  that is on lo already, and a setting that does, stay as they are and are not among the changes. */
export function planUp(vips: readonly string[], host: HostState, before: Changes): Planned {
  const settings = { ...before.settings };
  const steps: Step[] = [];
  for (const name of settingNames) {
    const current = host.settings[name];
    if (suffices(name, current)) continue;
    settings[name] = { before: current, set: WANTED[name] }; // also of one that somebody else has taken back since
    steps.push({ do: "set", name, value: WANTED[name] });
  }
  const addresses = vips.filter((vip) => !isOnLo(host, vip));
  const routes = vips.filter((vip) => hasOwnRoute(vip) && !host.hostRoutes.includes(vip));
  for (const vip of vips) {
    if (addresses.includes(vip)) steps.push({ do: "addAddress", address: vip });
    if (routes.includes(vip)) steps.push({ do: "addRoute", address: vip });
  }
  const union = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];
  return {
    steps,
    changes: {
      addresses: union(before.addresses, addresses),
      routes: union(before.routes, routes),
      settings,
    },
  };
}

/** Takes back what `up` did for these VIPs; the settings with the last of them, unless somebody has changed them since. */
export function planDown(vips: readonly string[], host: HostState, before: Changes): Planned {
  const mine = (list: readonly string[]): string[] => vips.filter((vip) => list.includes(vip));
  const left = (list: readonly string[]): string[] => list.filter((vip) => !vips.includes(vip));
  const steps: Step[] = vips.flatMap((vip): Step[] => [
    ...(mine(before.routes).includes(vip) ? [{ do: "deleteRoute" as const, address: vip }] : []),
    ...(mine(before.addresses).includes(vip) ? [{ do: "deleteAddress" as const, address: vip }] : []),
  ]);
  const changes = { addresses: left(before.addresses), routes: left(before.routes), settings: before.settings };
  if (changes.addresses.length > 0 || changes.routes.length > 0) return { steps, changes };
  for (const name of settingNames) {
    const change = before.settings[name];
    if (change && host.settings[name] === change.set) steps.push({ do: "set", name, value: change.before });
  }
  return { steps, changes: { ...changes, settings: {} } };
}

/** What keeps the host from being a real server of these VIPs, in words; empty when nothing does. */
export function lacksOf(vips: readonly string[], host: HostState): string[] {
  const four = vips.filter((vip) => !vip.includes(":"));
  const lacks: string[] = [];
  if (!host.loIsUp) lacks.push("lo is down: what comes for the VIPs is dropped; `ip link set lo up`");
  for (const vip of vips) {
    if (!isOnLo(host, vip)) lacks.push(`${vip} is not on lo: this host drops what comes for it`);
    else if (hasOwnRoute(vip) && !host.hostRoutes.includes(vip)) lacks.push(`${vip} has no host route to lo`);
    for (const { device, prefixLength } of host.addresses.filter(({ address }) => address === vip)) {
      if (device !== "lo") lacks.push(`${vip} is on ${device} too: this host answers for it there`);
      else if (prefixLength !== hostLength(vip))
        lacks.push(`${vip} is on lo with /${prefixLength}: this host takes that whole network for its own`);
    }
  }
  if (four.length === 0) return lacks; // neighbour solicitations are only answered for an interface's own addresses
  const vip = four.length === 1 ? "the VIP" : "the VIPs";
  for (const name of settingNames) {
    const [device, setting] = name.split("/") as [string, string];
    const value = host.settings[name];
    if (suffices(name, value)) continue;
    lacks.push(
      setting === "arp_ignore"
        ? `arp_ignore is ${value} on ${device}: this host answers ARP for ${vip}`
        : `arp_announce is ${value} on ${device}: this host asks by ARP in the name of ${vip}`,
    );
  }
  for (const { device, value } of host.arpIgnore)
    if (value > 0 && !suffices("all/arp_ignore", value))
      lacks.push(`arp_ignore is ${value} on ${device}, which counts there: this host answers ARP for ${vip}`);
  return lacks;
}

/** VIPs that another interface has: this host is a director, or the address is its own. */
export const ownedElsewhere = (vips: readonly string[], host: HostState): readonly HostState["addresses"][number][] =>
  host.addresses.filter(({ address, device }) => device !== "lo" && vips.includes(address));

/** The VIPs that a host seems to be a real server of: single addresses on lo that are not loopback's own. */
export const vipsOnLo = ({ addresses }: HostState): string[] =>
  addresses
    .filter(({ address, prefixLength, device }) => device === "lo" && prefixLength === hostLength(address))
    .map(({ address }) => address)
    .filter((address) => address !== "::1" && !address.startsWith("127."));

const isOnLo = (host: HostState, vip: string): boolean =>
  host.addresses.some(
    ({ address, prefixLength, device }) => device === "lo" && address === vip && prefixLength === hostLength(vip),
  );

/** The kernel makes that of an IPv6 address by itself. */
const hasOwnRoute = (vip: string): boolean => !vip.includes(":");

/** arp_ignore 2 is 1 for askers of the same network, 8 answers nobody; 3 to 7 answer for the VIP. */
const suffices = (name: SettingName, value: number): boolean =>
  name.endsWith("arp_ignore") ? value === 1 || value === 2 || value === 8 : value === 2;
