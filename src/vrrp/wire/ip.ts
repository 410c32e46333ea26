/** VRRP's IP protocol number (RFC 9568 §5.1.1.4). */
export const VRRP_PROTOCOL = 112;
/** The only TTL or hop limit that a multicast advertisement may have (RFC 9568 §5.1.1.3, §5.1.2.3): proof that no router
 *  forwarded it. */
export const VRRP_TTL = 255;
/** Type of service, or traffic class, of adverts: CS6. */
export const INTERNETWORK_CONTROL = 0xc0;

/** An IP packet of either family. `ttl` is the hop limit of IPv6; `payload` a view into the bytes decoded. */
export type IpPacket = {
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** The IPv4 header as it came, for whoever checks an authentication header. */
  readonly header?: Uint8Array;
  /** All of it, a view as well. */
  readonly whole?: Uint8Array;
};

/** What an advert's packet is made of. `protocol` is VRRP's where none is given. */
export type VrrpPacket = Omit<IpPacket, "protocol" | "header" | "whole"> & { readonly protocol?: number };
