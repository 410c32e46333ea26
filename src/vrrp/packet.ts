import { familyOf } from "../core/ip.ts";
import { signingKey } from "./hmac.ts";
import type { VrrpInstancePlan } from "./model.ts";
import {
  type Advert,
  type AdvertAuth,
  AUTH_AH,
  AUTH_PASS,
  advertLength,
  emitAdvert,
  passwordBytes,
  resumIpv6,
} from "./wire/advert.ts";
import { AH_PROTOCOL, sealAh, withAh } from "./wire/ah.ts";
import { withTrailer } from "./wire/hmac-trailer.ts";
import { VRRP_TTL } from "./wire/ip.ts";
import { emitVrrpIpv4, ipv4PseudoHeader, vrrpIpv4Length } from "./wire/ipv4.ts";
import { emitVrrpIpv6, ipv6PseudoHeader, vrrpIpv6Length } from "./wire/ipv6.ts";

/** The part of a plan that shows in an advert. */
export type AdvertPlan = Pick<
  VrrpInstancePlan,
  | "version"
  | "family"
  | "vrid"
  | "advertIntervalMs"
  | "addresses"
  | "authPass"
  | "ahKey"
  | "hmac"
  | "unicast"
  | "v3ChecksumAsV2"
  | "oldUnicastChecksum"
> &
  Partial<Pick<VrrpInstancePlan, "multicastGroup">>;

/** From where to where an advert goes. */
export type Route = { readonly source: string; readonly destination: string };

/** Most addresses that an advert counts; those behind them are held, but not listed. */
const MOST_LISTED = 255;

/** The addresses that an instance's adverts list, in the order of the configuration: those of its family, at most 255. */
export const listedAddresses = (plan: Pick<VrrpInstancePlan, "addresses" | "family">): string[] =>
  plan.addresses
    .map((a) => a.address)
    .filter((address) => familyOf(address) === plan.family)
    .slice(0, MOST_LISTED);

/** Where an instance's adverts go: to its group, or one to each peer. */
export const destinationsOf = (plan: Pick<VrrpInstancePlan, "multicastGroup" | "unicast">): readonly string[] =>
  plan.unicast ? plan.unicast.peers.map(({ address }) => address) : [plan.multicastGroup];

/** Why no advert can be made from a plan, in words; undefined when one can. */
export function whyUnsendable(plan: AdvertPlan): string | undefined {
  const any = plan.family === 6 ? "::" : "0.0.0.0";
  try {
    advertPacket(plan, { source: any, destination: any }, 0, { id: 1, sequence: 1 });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** The numbers of an IPv4 header and of an authentication header, each one more than in the packet before; and that of the
 *  trailer of auth_hmac, which all copies of an advert share. */
export type PacketNumbers = { readonly id: number; readonly sequence: number; readonly signature?: bigint };

function authOf({ version, authPass, ahKey }: AdvertPlan): AdvertAuth | undefined {
  if (version === 3) return undefined;
  if (ahKey !== undefined) return { type: AUTH_AH, data: new Uint8Array() };
  return authPass === undefined ? undefined : { type: AUTH_PASS, data: passwordBytes(authPass) };
}

/** An instance's advert as a whole IP packet. The addresses of `virtual_ipaddress_excluded` are not listed. RangeError
 *  when the version cannot carry the interval. */
export function advertPacket(
  plan: AdvertPlan,
  { source, destination }: Route,
  priority: number,
  { id, sequence, signature = 0n }: PacketNumbers,
): Uint8Array {
  const auth = authOf(plan);
  const advert: Advert = {
    version: plan.version,
    vrid: plan.vrid,
    priority,
    intervalMs: plan.advertIntervalMs,
    addresses: listedAddresses(plan),
    ...(auth && { auth }),
  };
  const payload = new Uint8Array(advertLength(advert));
  const ttl = plan.unicast?.ttl ?? VRRP_TTL;
  const key = signingKey(plan.hmac);
  const sign = (pdu: Uint8Array): Uint8Array => (key ? withTrailer(pdu, { ...plan, source }, key, signature) : pdu);
  if (plan.family === 6) {
    emitAdvert(payload, advert, new Uint8Array());
    const signed = sign(payload);
    resumIpv6(signed, ipv6PseudoHeader(source, destination, signed.length));
    const packet = new Uint8Array(vrrpIpv6Length(signed.length));
    emitVrrpIpv6(packet, { source, destination, ttl, payload: signed });
    return packet;
  }
  const plain = plan.version === 2 || plan.v3ChecksumAsV2;
  const summed = plan.unicast && plan.oldUnicastChecksum === "use" ? (plan.multicastGroup ?? destination) : destination;
  emitAdvert(payload, advert, plain ? new Uint8Array() : ipv4PseudoHeader(source, summed, payload.length));
  if (auth?.type !== AUTH_AH) return ipv4Packet({ source, destination, ttl, id, payload: sign(payload) });
  const sealed = withAh(payload, source, sequence);
  const packet = ipv4Packet({ source, destination, ttl, id, payload: sealed, protocol: AH_PROTOCOL });
  sealAh(packet, packet.length - sealed.length, plan.ahKey ?? "");
  return packet;
}

function ipv4Packet(packet: Parameters<typeof emitVrrpIpv4>[1]): Uint8Array {
  const bytes = new Uint8Array(vrrpIpv4Length(packet.payload.length));
  emitVrrpIpv4(bytes, packet);
  return bytes;
}
