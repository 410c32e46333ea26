/** A real server of LVS-DR: it takes packets for the VIPs, and leaves ARP for them to the director. */

/** Settings of net.ipv4.conf, with what a real server needs (Documentation/networking/ip-sysctl.rst). The kernel takes the
 *  larger one of `all` and of the interface that it is about. */
export const WANTED = {
  "all/arp_ignore": 1,
  "all/arp_announce": 2,
  "lo/arp_ignore": 1,
  "lo/arp_announce": 2,
} as const;
export type SettingName = keyof typeof WANTED;
export const settingNames = Object.keys(WANTED) as readonly SettingName[];

/** What a host has of it. */
export type HostState = {
  readonly loIsUp: boolean;
  /** All addresses, in canonical text. */
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number; readonly device: string }[];
  /** IPv4 addresses with a route of their own to lo. */
  readonly hostRoutes: readonly string[];
  readonly settings: Readonly<Record<SettingName, number>>;
  /** arp_ignore of the other interfaces. */
  readonly arpIgnore: readonly { readonly device: string; readonly value: number }[];
};

/** What `up` changed, so that `down` can put it back. It lives as long as the kernel's own state does. */
export type Changes = {
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly settings: Partial<Readonly<Record<SettingName, { readonly before: number; readonly set: number }>>>;
};
export const NO_CHANGES: Changes = { addresses: [], routes: [], settings: {} };

export type Step =
  | { readonly do: "set"; readonly name: SettingName; readonly value: number }
  | { readonly do: "addAddress" | "deleteAddress" | "addRoute" | "deleteRoute"; readonly address: string };

export const hostLength = (address: string): 32 | 128 => (address.includes(":") ? 128 : 32);
