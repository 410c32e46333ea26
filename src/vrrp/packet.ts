import { familyOf } from "../core/ip.ts";
import type { VrrpInstancePlan } from "./model.ts";
import { type Advert, AUTH_PASS, advertLength, emitAdvert, passwordBytes } from "./wire/advert.ts";
import { VRRP_TTL } from "./wire/ip.ts";
import { emitVrrpIpv4, ipv4PseudoHeader, vrrpIpv4Length } from "./wire/ipv4.ts";
import { emitVrrpIpv6, ipv6PseudoHeader, vrrpIpv6Length } from "./wire/ipv6.ts";

/** The part of a plan that shows in an advert. */
export type AdvertPlan = Pick<
  VrrpInstancePlan,
  "version" | "family" | "vrid" | "advertIntervalMs" | "addresses" | "authPass" | "unicast" | "v3ChecksumAsV2"
>;

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
    advertPacket(plan, { source: any, destination: any }, 0, 1);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** An instance's advert as a whole IP packet. The addresses of `virtual_ipaddress_excluded` are not listed. `id` is that
 *  of the IPv4 header. RangeError when the version cannot carry the interval. */
export function advertPacket(
  plan: AdvertPlan,
  { source, destination }: Route,
  priority: number,
  id: number,
): Uint8Array {
  const auth = plan.version === 2 && plan.authPass !== undefined ? passwordBytes(plan.authPass) : undefined;
  const advert: Advert = {
    version: plan.version,
    vrid: plan.vrid,
    priority,
    intervalMs: plan.advertIntervalMs,
    addresses: listedAddresses(plan),
    ...(auth && { auth: { type: AUTH_PASS, data: auth } }),
  };
  const payload = new Uint8Array(advertLength(advert));
  const ttl = plan.unicast?.ttl ?? VRRP_TTL;
  if (plan.family === 6) {
    emitAdvert(payload, advert, ipv6PseudoHeader(source, destination, payload.length));
    const packet = new Uint8Array(vrrpIpv6Length(payload.length));
    emitVrrpIpv6(packet, { source, destination, ttl, payload });
    return packet;
  }
  const plain = plan.version === 2 || plan.v3ChecksumAsV2;
  emitAdvert(payload, advert, plain ? new Uint8Array() : ipv4PseudoHeader(source, destination, payload.length));
  const packet = new Uint8Array(vrrpIpv4Length(payload.length));
  emitVrrpIpv4(packet, { source, destination, ttl, id, payload });
  return packet;
}
