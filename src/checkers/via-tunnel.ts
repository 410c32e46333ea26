import { internetChecksum } from "../core/checksum.ts";
import type { ViaTunnel } from "./model.ts";
import { udpMessage } from "./via-datagram-packet.ts";
import { type Between, encodeIp, PROTOCOL } from "./via-ip.ts";

const HOPS = 64;
/** Where IPVS has a hash of the connection, so that its packets take one way: one of the dynamic ports, RFC 6335 §6. */
const GUE_SOURCE_PORT = 49_152;

/** A packet within one from the director to the real server, as IPVS sends it through a tunnel of that type: IP in IP
 *  (RFC 2003, RFC 2473, RFC 4213), GRE (RFC 2784), or GUE over UDP (draft-ietf-intarea-gue, version 0). */
export function encapsulate(tunnel: ViaTunnel, ends: Between, packet: Buffer): Buffer {
  const isIpv6 = packet.readUInt8(0) >> 4 === 6;
  const inner = isIpv6 ? PROTOCOL.ipv6 : PROTOCOL.ipip;
  switch (tunnel.type) {
    case "ipip":
      return encodeIp(ends, inner, packet, HOPS);
    case "gre":
      return encodeIp(ends, PROTOCOL.gre, gre(isIpv6 ? 0x86dd : 0x0800, tunnel.checksum === "csum", packet), HOPS);
    case "gue": {
      const gue = Buffer.concat([Buffer.from([0, inner, 0, 0]), packet]);
      const ports = { fromPort: GUE_SOURCE_PORT, toPort: tunnel.port };
      // Remote checksums are an offer to the receiver: it takes whole ones as well.
      return encodeIp(ends, PROTOCOL.udp, udpMessage({ ...ends, ...ports }, gue, tunnel.checksum !== "none"), HOPS);
    }
  }
}

function gre(etherType: number, withChecksum: boolean, packet: Buffer): Buffer {
  const header = Buffer.alloc(withChecksum ? 8 : 4);
  header.writeUInt16BE(withChecksum ? 0x8000 : 0, 0);
  header.writeUInt16BE(etherType, 2);
  if (withChecksum) header.writeUInt16BE(internetChecksum(header, packet), 4);
  return Buffer.concat([header, packet]);
}
