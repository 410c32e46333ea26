import { isLinkLocal } from "../../core/ip.ts";
import type { HostAddress } from "../../netlink/route-messages.ts";
import type { VrrpProcessPlan } from "../../vrrp/model.ts";
import { channelOf, sameChannel } from "../../vrrp/socket-pool.ts";
import { addressText, routeText, ruleText } from "./address.ts";
import { listed } from "./instance.ts";
import { when } from "./text.ts";

/** An interface as the kernel tells it (linux/if_link.h, linux/if.h, linux/if_arp.h). */
export type HostInterface = {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly hardwareType: number;
  readonly hardwareAddress: Uint8Array;
  readonly hardwareBroadcast: Uint8Array;
  /** IFF_* */
  readonly flags: number;
  readonly lowerIndex?: number;
};
/** What the kernel has of interfaces and addresses. */
export type HostNetwork = { readonly interfaces: readonly HostInterface[]; readonly addresses: readonly HostAddress[] };

const AH_PROTOCOL = 51;
const MAC_BYTES = 6;
const HARDWARE_TYPES: Readonly<Record<number, string>> = { 1: "ETHERNET", 32: "INFINIBAND", 772: "LOOPBACK" };
const IFF = {
  up: 0x1,
  broadcast: 0x2,
  loopback: 0x8,
  pointToPoint: 0x10,
  running: 0x40,
  noArp: 0x80,
  multicast: 0x1000,
} as const;

/** The section `VRRP Sockpool`: where adverts are exchanged, and by whom. */
export function socketLines({ instances }: VrrpProcessPlan): string[] {
  const channels = instances.map((plan) => ({ ...channelOf(plan), source: plan.unicast && plan.sourceAddress }));
  const first = channels.filter(
    (channel, i) => channels.findIndex((c) => sameChannel(c, channel) && c.source === channel.source) === i,
  );
  return first.flatMap((channel) => [
    ...[
      `Interface = ${channel.interface}`,
      `Family = IPv${channel.family}`,
      `Protocol = ${channel.protocol === AH_PROTOCOL ? "AH" : "VRRP"}`,
      `Type = ${channel.group === undefined ? "Unicast" : "Multicast"}`,
      ...when(channel.source !== undefined, `Address = ${channel.source}`),
      "Rx buf size = 0",
      "VRRP instances",
      ...instances
        .filter((_, i) => channels[i] && sameChannel(channels[i], channel) && channels[i].source === channel.source)
        .map(({ name, vrid }) => `  ${name} vrid ${vrid}`),
    ].map((line) => `   ${line}`),
  ]);
}

/** The sections of what stands as long as the director runs, each under its name. */
export function staticSections(plan: VrrpProcessPlan): readonly (readonly [string, readonly string[]])[] {
  const place = { interface: "", family: 4 } as const;
  const indented = (line: string): string => `     ${line}`;
  return [
    ["Static Addresses", (plan.staticAddresses ?? []).map((a) => addressText(place, a, true)).map(indented)],
    ["Static Routes", (plan.staticRoutes ?? []).map(routeText).map(indented)],
    ["Static Rules", (plan.staticRules ?? []).map(ruleText).map(indented)],
    [
      "Static Track groups",
      (plan.trackGroups ?? []).flatMap(({ name, members }) => [
        ` Track group = ${name}`,
        "   VRRP member instances :",
        ...members.map((member) => `     ${member}`),
      ]),
    ],
  ];
}

/** The section `Interfaces`: with what adverts may be sent from, which are no addresses of instances. */
export function interfaceSection(plan: VrrpProcessPlan, { interfaces, addresses }: HostNetwork): string[] {
  const virtual = new Set(
    plan.instances.flatMap((instance) =>
      [...instance.addresses, ...instance.excludedAddresses].map(({ address }) => address),
    ),
  );
  return interfaces.flatMap((one) => {
    const mine = addresses
      .filter(({ interfaceIndex, address }) => interfaceIndex === one.index && !virtual.has(address))
      .map(({ address }) => address);
    const lower = interfaces.find(({ index }) => index === one.lowerIndex && index !== one.index);
    const vmac = plan.instances.find((instance) => instance.vmac?.interface === one.name)?.vmac;
    const delay = plan.linkDelays?.find((each) => each.interface === one.name);
    return [
      ` Name = ${one.name}`,
      ...[
        `index = ${one.index}`,
        ...addressLines(
          "IPv4",
          mine.filter((address) => !address.includes(":")),
        ),
        ...addressLines(
          "IPv6",
          mine.filter((address) => address.includes(":") && isLinkLocal(address)),
        ),
        ...when(
          one.hardwareType !== 772 && one.hardwareAddress.length === MAC_BYTES,
          `MAC = ${macText(one.hardwareAddress)}`,
          `MAC broadcast = ${macText(one.hardwareBroadcast)}`,
        ),
        `State = ${flagsText(one.flags)}`,
        `Up debounce timer = ${(delay?.upMs ?? 0) * 1000}us`,
        `Down debounce timer = ${(delay?.downMs ?? 0) * 1000}us`,
        ...when(
          vmac !== undefined && lower !== undefined,
          `${vmac?.kind === "ipvlan" ? "IPVLAN" : "VMAC type private"}, underlying interface = ${lower?.name}, state = ${flagsText(lower?.flags ?? 0)}`,
          "I/f created by keepalived",
        ),
        `MTU = ${one.mtu}`,
        `HW Type = ${HARDWARE_TYPES[one.hardwareType] ?? `UNKNOWN (${one.hardwareType})`}`,
        "NIC netlink status update",
        ...garpLines(plan, one.name),
        ...listed("Tracking VRRP instances :", trackersOf(plan, one.name)),
      ].map((line) => `   ${line}`),
    ];
  });
}

/** Of the group that has the interface, or of its instances. */
function garpLines(plan: VrrpProcessPlan, name: string): readonly string[] {
  const group = (plan.garpGroups ?? []).findIndex(({ interfaces }) => interfaces.includes(name));
  const delays = plan.garpGroups?.[group] ?? ownGarpDelays(plan).find(({ interfaces }) => interfaces.includes(name));
  if (!delays) return [];
  return [
    ...when(delays.garpIntervalMs > 0, `Gratuitous ARP interval ${delays.garpIntervalMs}ms`),
    ...when(delays.gnaIntervalMs > 0, `Gratuitous NA interval ${delays.gnaIntervalMs}ms`),
    ...when(group >= 0, `Gratuitous ARP aggregation group ${group + 1}`),
  ];
}

/** The intervals of `vrrp_garp_interval` and `vrrp_gna_interval`, which each interface that is in no group has to itself. */
export function ownGarpDelays({ instances, garpGroups = [] }: VrrpProcessPlan): readonly GarpGroup[] {
  const grouped = new Set(garpGroups.flatMap(({ interfaces }) => interfaces));
  const own = new Map<string, GarpGroup>();
  for (const { interface: name, garp } of instances) {
    const delays = { garpIntervalMs: garp.intervalMs, gnaIntervalMs: garp.neighbourIntervalMs ?? 0 };
    if (delays.garpIntervalMs + delays.gnaIntervalMs > 0 && !grouped.has(name) && !own.has(name))
      own.set(name, { interfaces: [name], ...delays });
  }
  return [...own.values()];
}

type GarpGroup = NonNullable<VrrpProcessPlan["garpGroups"]>[number];

/** The first address, and the others in a list of their own. */
function addressLines(family: string, addresses: readonly string[]): readonly string[] {
  const [first, ...others] = addresses;
  return [`${family} address = ${first ?? "(none)"}`, ...listed(`Additional ${family} addresses :`, others)];
}

const macText = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");

function flagsText(flags: number): string {
  const has = (name: keyof typeof IFF): boolean => (flags & IFF[name]) !== 0;
  return [
    has("up") ? "UP" : "not UP",
    has("running") ? "RUNNING" : "not RUNNING",
    ...when(!has("broadcast"), "no broadcast"),
    ...when(has("loopback"), "loopback"),
    ...when(has("pointToPoint"), "point to point"),
    ...when(has("noArp") && !has("loopback"), "no arp"),
    ...when(!has("multicast"), "no multicast"),
  ].join(", ");
}

/** The instances that go with an interface: those that work on it or above it, and those that track it. */
const trackersOf = ({ instances }: VrrpProcessPlan, name: string): string[] =>
  instances.flatMap((plan) => {
    const tracked = plan.trackInterfaces.find((track) => track.name === name);
    const isOwn = plan.trackPrimary && (plan.interface === name || plan.vmac?.interface === name);
    if (!tracked && !isOwn) return [];
    return [
      `${plan.name}, weight ${isOwn ? 0 : (tracked?.weight ?? 0)}${tracked?.reverse && !isOwn ? " reverse" : ""}`,
    ];
  });
