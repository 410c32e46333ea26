import type { VrrpInstancePlan } from "./model.ts";
import { type Advert, AUTH_PASS, advertLength, emitAdvert, passwordBytes } from "./wire/advert.ts";
import { emitVrrpIpv4, ipv4PseudoHeader, vrrpIpv4Length } from "./wire/ipv4.ts";

/** The part of a plan that shows in an advert. */
export type AdvertPlan = Pick<
  VrrpInstancePlan,
  "version" | "vrid" | "advertIntervalMs" | "addresses" | "authPass" | "multicastGroup" | "v3ChecksumAsV2"
>;

/** An instance's advert as a whole IPv4 packet. The addresses are listed in the order of the configuration; those of
 *  `virtual_ipaddress_excluded` are not. RangeError when the version cannot carry the interval. */
export function advertPacket(plan: AdvertPlan, source: string, priority: number, id: number): Uint8Array {
  const auth = plan.version === 2 && plan.authPass !== undefined ? passwordBytes(plan.authPass) : undefined;
  const advert: Advert = {
    version: plan.version,
    vrid: plan.vrid,
    priority,
    intervalMs: plan.advertIntervalMs,
    addresses: plan.addresses.map((a) => a.address),
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
