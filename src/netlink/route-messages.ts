import { formatAddress, formatLink, MessageType, parseAddress, parseLink } from "netlink/dist/rt/gen_structs.js";
import { addressBytes, addressFromBytes, familyOf } from "../core/ip.ts";
import { bytes, decodeAttrs, encodeAttrs, nested, text, u8, u32 } from "./attrs.ts";
import { writeU32 } from "./host-order.ts";
import { AF } from "./message.ts";

/** rtnetlink's links and addresses as values (linux/rtnetlink.h, if_link.h, if_addr.h). */

/** A network interface. `up`: administratively up and running, that is IFF_UP and IFF_RUNNING: with a carrier.
 *  `hardwareAddress` is empty where the interface has none. */
export type Link = {
  readonly index: number;
  readonly name: string;
  readonly hardwareAddress: Uint8Array;
  readonly mtu: number;
  readonly up: boolean;
  /** "macvlan", "vrf" and so on; absent for hardware. */
  readonly kind?: string;
  /** The interface below it, and the one that it is a part of (a VRF, a bridge). */
  readonly lowerIndex?: number;
  readonly masterIndex?: number;
  /** The routing table of a VRF. */
  readonly vrfTable?: number;
  /** Its group of interfaces; 0 where it was put into none. */
  readonly group: number;
};

/** An address on an interface, in canonical text. `usable` is false while duplicate detection runs or after it failed. */
export type HostAddress = {
  readonly interfaceIndex: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly secondary: boolean;
  readonly usable: boolean;
};

/** What names an address to the kernel. */
export type AddressKey = Pick<HostAddress, "interfaceIndex" | "address" | "prefixLength">;

/** `scope` is an rt_scope value (0 global, 253 link, 254 host). `broadcast` "+": all host bits set; "-": all clear. */
export type AddressRequest = AddressKey & {
  readonly scope?: number;
  readonly label?: string;
  readonly broadcast?: string | "+" | "-";
  readonly peer?: string;
  /** How long it may be the source of new connections; 0: never. Absent: for ever. */
  readonly preferredLifetimeS?: number;
} & { readonly [name in keyof typeof requestFlags]?: true };

export type RouteEvent =
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "linkGone"; readonly index: number }
  | { readonly type: "address"; readonly address: HostAddress }
  | { readonly type: "addressGone"; readonly address: HostAddress };

const LINK_HEADER_BYTES = 16;
const ADDRESS_HEADER_BYTES = 8;
/** IFA_PROTO value that keepalived marks its addresses with; kernels before 5.18 ignore the attribute. */
const IFAPROT_KEEPALIVED = 18;

/** IFLA_VRF_TABLE; what other kinds keep under the same number is not looked at. */
const kindAttrs = { vrfTable: [1, u32] } as const;
const linkAttrs = {
  address: [1, bytes],
  name: [3, text(16)],
  mtu: [4, u32],
  lowerIndex: [5, u32],
  masterIndex: [10, u32],
  linkInfo: [18, nested({ kind: [1, text(16)], data: [2, nested(kindAttrs)] } as const)],
  group: [27, u32],
} as const;
const addressAttrs = {
  address: [1, bytes],
  local: [2, bytes],
  label: [3, text(16)],
  broadcast: [4, bytes],
  cacheInfo: [6, bytes],
  flags: [8, u32],
  protocol: [11, u8],
} as const;
/** IFA_F_* of linux/if_addr.h. */
const addressFlags = { secondary: 0x01, dadFailed: 0x08, tentative: 0x40 } as const;
/** Those that a request may set: no duplicate detection, home address of Mobile IPv6, temporary addresses made from it, no
 *  route of its prefix, its multicast groups joined. */
const requestFlags = {
  noDad: 0x02,
  home: 0x10,
  manageTemporary: 0x100,
  noPrefixRoute: 0x200,
  autojoin: 0x400,
} as const;
const FOREVER = 0xffffffff;

/** What one rtnetlink message says; undefined for what does not concern us and for a message cut short.
 *  Messages of other families about a link (AF_BRIDGE: a port joined or left) are not about its existence. */
export function decodeRouteEvent(type: number, payload: Buffer): RouteEvent | undefined {
  switch (type) {
    case MessageType.NEWLINK:
    case MessageType.DELLINK:
      return decodeLink(payload, type === MessageType.DELLINK);
    case MessageType.NEWADDR:
    case MessageType.DELADDR:
      return decodeAddress(payload, type === MessageType.DELADDR);
    default:
      return undefined;
  }
}

function decodeLink(payload: Buffer, gone: boolean): RouteEvent | undefined {
  if (payload.length < LINK_HEADER_BYTES) return undefined;
  const { family, index, flags } = parseLink(payload.subarray(0, LINK_HEADER_BYTES));
  if (family !== 0 || index === undefined) return undefined;
  if (gone) return { type: "linkGone", index };
  const attrs = decodeAttrs(linkAttrs, payload.subarray(LINK_HEADER_BYTES));
  if (attrs.name === undefined) return undefined;
  const vrfTable = attrs.linkInfo?.kind === "vrf" ? attrs.linkInfo.data?.vrfTable : undefined;
  const link = {
    index,
    name: attrs.name,
    hardwareAddress: Uint8Array.from(attrs.address ?? []),
    mtu: attrs.mtu ?? 0,
    up: flags?.up === true && flags.running === true,
    ...(attrs.linkInfo?.kind !== undefined && { kind: attrs.linkInfo.kind }),
    ...(attrs.lowerIndex !== undefined && { lowerIndex: attrs.lowerIndex }),
    ...(attrs.masterIndex !== undefined && { masterIndex: attrs.masterIndex }),
    ...(vrfTable !== undefined && { vrfTable }),
    group: attrs.group ?? 0,
  };
  return { type: "link", link };
}

function decodeAddress(payload: Buffer, gone: boolean): RouteEvent | undefined {
  if (payload.length < ADDRESS_HEADER_BYTES) return undefined;
  const header = parseAddress(payload.subarray(0, ADDRESS_HEADER_BYTES));
  const attrs = decodeAttrs(addressAttrs, payload.subarray(ADDRESS_HEADER_BYTES));
  // IFA_ADDRESS is the peer's on a point-to-point link; IFA_LOCAL is ours, and IPv6 gives it only with a peer.
  const own = attrs.local ?? attrs.address;
  const size = header.family === AF[4] ? 4 : header.family === AF[6] ? 16 : 0;
  if (own?.length !== size || header.index === undefined || header.prefixlen === undefined) return undefined;
  const flags = attrs.flags ?? payload.readUInt8(2);
  const address = {
    interfaceIndex: header.index,
    address: addressFromBytes(own),
    prefixLength: header.prefixlen,
    secondary: size === 4 && (flags & addressFlags.secondary) !== 0,
    usable: (flags & (addressFlags.tentative | addressFlags.dadFailed)) === 0,
  };
  return { type: gone ? "addressGone" : "address", address };
}

/** The payload of a dump request for all links, or for the addresses of all families. */
export const linkDump = (): Buffer => formatLink({});
export const addressDump = (): Buffer => formatAddress({});

/** RTM_NEWADDR. RangeError for a label that is too long or an address of another family. */
export function encodeNewAddress(request: AddressRequest): Buffer {
  const six = familyOf(request.address) === 6;
  let flags = 0;
  for (const [name, bit] of Object.entries(requestFlags)) if (request[name as keyof typeof requestFlags]) flags |= bit;
  const header = addressHeader(request, request.scope ?? 0, flags & 0xff);
  const broadcast = six ? undefined : broadcastBytes(request);
  const attrs = encodeAttrs(addressAttrs, {
    ...(request.peer !== undefined && { address: addressBytes(request.peer) }),
    ...(request.peer === undefined && { address: addressBytes(request.address) }),
    local: addressBytes(request.address),
    ...(request.label !== undefined && { label: request.label }),
    ...(broadcast && { broadcast }),
    ...(request.preferredLifetimeS !== undefined && { cacheInfo: lifetimes(request.preferredLifetimeS) }),
    ...(flags > 0xff && { flags }),
    protocol: IFAPROT_KEEPALIVED,
  });
  return Buffer.concat([header, attrs]);
}

/** struct ifa_cacheinfo: preferred, valid, and two times that only the kernel fills in. */
function lifetimes(preferredS: number): Buffer {
  const info = Buffer.alloc(16);
  writeU32(info, preferredS, 0);
  writeU32(info, FOREVER, 4);
  return info;
}

/** RTM_DELADDR. */
export function encodeDeleteAddress(key: AddressKey): Buffer {
  return Buffer.concat([addressHeader(key, 0, 0), encodeAttrs(addressAttrs, { local: addressBytes(key.address) })]);
}

function addressHeader(key: AddressKey, scope: number, flags: number): Buffer {
  const header = formatAddress({
    family: AF[familyOf(key.address)],
    prefixlen: key.prefixLength,
    scope,
    index: key.interfaceIndex,
  });
  header.writeUInt8(flags, 2);
  return header;
}

function broadcastBytes({ address, prefixLength, broadcast }: AddressRequest): Uint8Array | undefined {
  if (broadcast === undefined) return undefined;
  if (broadcast !== "+" && broadcast !== "-") return addressBytes(broadcast);
  const own = Buffer.from(addressBytes(address)).readUInt32BE(0);
  const hostBits = prefixLength >= 32 ? 0 : 0xffffffff >>> prefixLength;
  const result = Buffer.alloc(4);
  result.writeUInt32BE((broadcast === "+" ? own | hostBits : own & ~hostBits) >>> 0);
  return result;
}
