import type { VrrpInstancePlan } from "./model.ts";
import { type Advert, AUTH_PASS, advertLength, emitAdvert, passwordBytes } from "./wire/advert.ts";
import { emitVrrpIpv4, ipv4PseudoHeader, vrrpIpv4Length } from "./wire/ipv4.ts";

/** The part of a plan that shows in an advert. */
export type AdvertPlan = Pick<
  VrrpInstancePlan,
  "version" | "vrid" | "advertIntervalMs" | "addresses" | "authPass" | "multicastGroup" | "v3ChecksumAsV2"
>;

/** Most addresses that an advert counts; those behind them are held, but not listed. */
const MOST_LISTED = 255;

/** The addresses that an instance's adverts list, in the order of the configuration: those of IPv4, at most 255. */
export const listedAddresses = (plan: Pick<VrrpInstancePlan, "addresses">): string[] =>
  plan.addresses
    .map((a) => a.address)
    .filter((address) => !address.includes(":"))
    .slice(0, MOST_LISTED);

/** Why no advert can be made from a plan, in words; undefined when one can. */
export function whyUnsendable(plan: AdvertPlan): string | undefined {
  try {
    advertPacket(plan, "0.0.0.0", 0, 1);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** An instance's advert as a whole IPv4 packet. The addresses of `virtual_ipaddress_excluded` are not listed. RangeError when the version cannot carry the interval. */
export function advertPacket(plan: AdvertPlan, source: string, priority: number, id: number): Uint8Array {
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
  const pseudo =
    plan.version === 3 && !plan.v3ChecksumAsV2
      ? ipv4PseudoHeader(source, plan.multicastGroup, payload.length)
      : new Uint8Array();
  emitAdvert(payload, advert, pseudo);
  const packet = new Uint8Array(vrrpIpv4Length(payload.length));
  emitVrrpIpv4(packet, { source, destination: plan.multicastGroup, id, payload });
  return packet;
}
