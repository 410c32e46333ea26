import { addressBytes, type Family } from "../core/ip.ts";
import { bytes, encodeAttrs, text, u8, u16, u16be, u32 } from "./attrs.ts";
import { writeU16, writeU32 } from "./host-order.ts";
import { AF } from "./message.ts";

/** Routes as rtnetlink's messages (linux/rtnetlink.h, linux/lwtunnel.h), and what is told of routes and rules that go. */

/** Message types. */
export const fibTypes = { newRoute: 24, deleteRoute: 25, newRule: 32, deleteRule: 33 } as const;

export type Prefix = { readonly address: string; readonly prefixLength: number };
type Gateway = { readonly family: Family; readonly address: string };
export type Realms = { readonly from?: number; readonly to: number };

/** The tunnel that packets of a route go into. `id` is 64 bits in decimal. */
export type Encapsulation =
  | {
      readonly type: "ip" | "ip6";
      readonly id?: string;
      readonly source?: string;
      readonly destination?: string;
      readonly tos?: number;
      readonly ttl?: number;
      readonly flags?: number;
    }
  | { readonly type: "mpls"; readonly labels: readonly number[]; readonly ttl?: number }
  | { readonly type: "ila"; readonly locator: string };

/** What several next hops of one route, or the route itself, have. */
type Hop = {
  readonly gateway?: Gateway;
  readonly interfaceIndex?: number;
  readonly onlink: boolean;
  readonly encap?: Encapsulation;
  readonly realms?: Realms;
};

export type NexthopRequest = Hop & {
  /** 1..256 */
  readonly weight: number;
};

/** RTAX_*, in the kernel's units: bytes, packets, `rttVariance` in 1/4 ms, `rtt` in 1/8 ms, `minRto` in ms; of `features` 1 is
 *  ECN. */
const metricNumbers = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttVariance: 5,
  slowStartThreshold: 6,
  congestionWindow: 7,
  advertisedMss: 8,
  reordering: 9,
  hopLimit: 10,
  initialCongestionWindow: 11,
  features: 12,
  minRto: 13,
  initialReceiveWindow: 14,
  quickAck: 15,
  fastOpenNoCookie: 17,
} as const;
const CONGESTION_CONTROL = 16;
const LOCK = 1;

export type RouteMetrics = { readonly [name in keyof typeof metricNumbers]?: number } & {
  readonly congestionControl?: string;
  /** Names of those above that the kernel must not change. */
  readonly locked?: readonly string[];
};

export type RouteRequest = Hop & {
  readonly family: Family;
  /** RTN_* */
  readonly type: number;
  readonly destination: Prefix;
  readonly source?: Prefix;
  readonly preferredSource?: string;
  readonly table: number;
  readonly metric: number;
  /** RT_SCOPE_* */
  readonly scope: number;
  /** RTPROT_* */
  readonly protocol: number;
  readonly tos: number;
  readonly expiresS?: number;
  /** ICMPV6_ROUTER_PREF_* */
  readonly preference?: number;
  readonly ttlPropagate?: boolean;
  readonly metrics?: RouteMetrics;
  readonly nexthops?: readonly NexthopRequest[];
};

const ENCAP_TYPES = { mpls: 1, ip: 2, ila: 3, ip6: 4 } as const;
const RTNH_F_ONLINK = 4;

/** The table in a header's byte; RT_TABLE_UNSPEC where the number does not fit, which is an attribute then. */
export const tableByte = (table: number): number => (table < 256 ? table : 0);

const hopAttrs = {
  gateway: [5, bytes],
  realms: [11, u32],
  via: [18, bytes],
  encapType: [21, u16],
  encap: [22, bytes],
} as const;
const routeAttrs = {
  destination: [1, bytes],
  source: [2, bytes],
  interfaceIndex: [4, u32],
  metric: [6, u32],
  preferredSource: [7, bytes],
  metrics: [8, bytes],
  multipath: [9, bytes],
  table: [15, u32],
  preference: [20, u8],
  expires: [23, u32],
  ttlPropagate: [26, u8],
  ...hopAttrs,
} as const;

/** The payload of RTM_NEWROUTE and RTM_DELROUTE. RangeError for a value that no attribute can hold. */
export function encodeRoute(route: RouteRequest): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(AF[route.family], 0);
  header.writeUInt8(route.destination.prefixLength, 1);
  header.writeUInt8(route.source?.prefixLength ?? 0, 2);
  header.writeUInt8(route.tos, 3);
  header.writeUInt8(tableByte(route.table), 4);
  header.writeUInt8(route.protocol, 5);
  header.writeUInt8(route.scope, 6);
  header.writeUInt8(route.type, 7);
  writeU32(header, route.onlink ? RTNH_F_ONLINK : 0, 8);
  const attrs = encodeAttrs(routeAttrs, {
    ...(route.destination.prefixLength > 0 && { destination: addressBytes(route.destination.address) }),
    ...(route.source && { source: addressBytes(route.source.address) }),
    ...(route.interfaceIndex !== undefined && { interfaceIndex: route.interfaceIndex }),
    ...(route.metric > 0 && { metric: route.metric }),
    ...(route.preferredSource !== undefined && { preferredSource: addressBytes(route.preferredSource) }),
    ...(route.metrics && { metrics: encodeMetrics(route.metrics) }),
    ...(route.nexthops && { multipath: encodeNexthops(route.nexthops, route.family) }),
    table: route.table,
    ...(route.preference !== undefined && { preference: route.preference }),
    ...(route.expiresS !== undefined && { expires: route.expiresS }),
    ...(route.ttlPropagate !== undefined && { ttlPropagate: route.ttlPropagate ? 1 : 0 }),
    ...hopValues(route, route.family),
  });
  return Buffer.concat([header, attrs]);
}

function hopValues({ gateway, encap, realms }: Hop, family: Family) {
  return {
    ...(gateway && gateway.family === family && { gateway: addressBytes(gateway.address) }),
    ...(gateway && gateway.family !== family && { via: viaOf(gateway) }),
    ...(realms && { realms: realmsValue(realms) }),
    ...(encap && { encapType: ENCAP_TYPES[encap.type], encap: encodeEncap(encap) }),
  };
}

export const realmsValue = ({ from = 0, to }: Realms): number => from * 0x10000 + to;

/** struct rtvia: a gateway of another family than the route's. */
function viaOf({ family, address }: Gateway): Uint8Array {
  const head = Buffer.alloc(2);
  writeU16(head, AF[family], 0);
  return Buffer.concat([head, addressBytes(address)]);
}

function encodeNexthops(nexthops: readonly NexthopRequest[], family: Family): Buffer {
  const parts = nexthops.map((hop) => {
    const attrs = encodeAttrs(hopAttrs, hopValues(hop, family));
    const head = Buffer.alloc(8);
    writeU16(head, head.length + attrs.length, 0);
    head.writeUInt8(hop.onlink ? RTNH_F_ONLINK : 0, 2);
    head.writeUInt8(hop.weight - 1, 3);
    writeU32(head, hop.interfaceIndex ?? 0, 4);
    return Buffer.concat([head, attrs]);
  });
  return Buffer.concat(parts);
}

function encodeMetrics({ locked = [], congestionControl, ...values }: RouteMetrics): Buffer {
  const table: Record<string, [number, typeof u32 | ReturnType<typeof text>]> = { lock: [LOCK, u32] };
  const given: Record<string, number | string> = {};
  let lock = 0;
  for (const [name, number] of Object.entries(metricNumbers)) {
    const value = values[name as keyof typeof metricNumbers];
    if (value === undefined) continue;
    table[name] = [number, u32];
    given[name] = value;
    if (locked.includes(name)) lock |= 1 << number;
  }
  if (congestionControl !== undefined) {
    table.congestionControl = [CONGESTION_CONTROL, text(16)];
    given.congestionControl = congestionControl;
    if (locked.includes("congestionControl")) lock |= 1 << CONGESTION_CONTROL;
  }
  return encodeAttrs(table, { ...(lock !== 0 && { lock }), ...given });
}

export const u64be = {
  write: (value: bigint, into: Buffer, at: number) => into.writeBigUInt64BE(value, at),
  read: () => undefined,
} as const;
const ipEncap = {
  id: [1, u64be],
  destination: [2, bytes],
  source: [3, bytes],
  ttl: [4, u8],
  tos: [5, u8],
  flags: [6, u16be],
} as const;
const mplsEncap = { labels: [1, bytes], ttl: [2, u8] } as const;
const ilaEncap = { locator: [1, bytes] } as const;

function encodeEncap(encap: Encapsulation): Buffer {
  if (encap.type === "mpls") {
    const ttl = encap.ttl !== undefined && { ttl: encap.ttl };
    return encodeAttrs(mplsEncap, { labels: labelStack(encap.labels), ...ttl });
  }
  // An ILA locator is the upper half of an IPv6 address, in the order of the network.
  if (encap.type === "ila")
    return encodeAttrs(ilaEncap, { locator: addressBytes(`${encap.locator}::`).subarray(0, 8) });
  const { id, source, destination, ttl, tos, flags } = encap;
  return encodeAttrs(ipEncap, {
    ...(id !== undefined && { id: BigInt(id) }),
    ...(destination !== undefined && { destination: addressBytes(destination) }),
    ...(source !== undefined && { source: addressBytes(source) }),
    ...(ttl !== undefined && { ttl }),
    ...(tos !== undefined && { tos }),
    ...(flags !== undefined && { flags }),
  });
}

/** RFC 3032 §2.1: 20 bits of label, and the bottom-of-stack bit in the last. */
function labelStack(labels: readonly number[]): Buffer {
  const stack = Buffer.alloc(labels.length * 4);
  labels.forEach((label, i) => {
    stack.writeUInt32BE(((label << 12) | (i === labels.length - 1 ? 0x100 : 0)) >>> 0, i * 4);
  });
  return stack;
}

/** What a message about a route or rule is about: enough to tell whether it may concern one of ours. */
export type FibEvent = { readonly type: "routeGone" | "ruleGone"; readonly family: Family; readonly protocol: number };

/** RTM_DELROUTE and RTM_DELRULE; undefined for everything else and for a message cut short. */
export function decodeFibEvent(type: number, payload: Buffer): FibEvent | undefined {
  if (type !== fibTypes.deleteRoute && type !== fibTypes.deleteRule) return undefined;
  if (payload.length < 12) return undefined;
  const family = payload.readUInt8(0) === AF[6] ? 6 : payload.readUInt8(0) === AF[4] ? 4 : undefined;
  if (family === undefined) return undefined;
  return { type: type === fibTypes.deleteRoute ? "routeGone" : "ruleGone", family, protocol: payload.readUInt8(5) };
}
