import { readFileSync } from "node:fs";

/** Whether this host forwards IPv6 packets that come in by an interface (net.ipv6.conf.IFNAME.forwarding): neighbour
 *  advertisements must say so, or neighbours that route through us forget it (RFC 4861 §7.2.5). */
export function forwardsIpv6(interfaceName: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${interfaceName}/forwarding`, "latin1").trim() !== "0";
  } catch {
    return false; // no IPv6 here
  }
}
