import { type AdvertPlan, advertPacket } from "./packet.ts";

/** What the receive buffer of an instance's socket is to have room for, SO_RCVBUF of socket(7). */
export type ReceiveBuffer = { readonly bytes: number } | { readonly packets: number; readonly of: "mtu" };

/** Room for hundreds of adverts: what a process that stands still for a while misses nothing with. */
const LEAST_BYTES = 256 * 1024;
/** The kernel doubles what it is asked for, in an int. */
const MOST_BYTES = 1024 * 1024 * 1024;
/** The MTU where there is no one interface to have it. */
export const ETHERNET_MTU = 1500;

/** The size of a socket that instances with these wishes share. Never less than what those have that wish nothing: a
 *  smaller one would only lose adverts. */
export function receiveBufferBytes(wishes: readonly (ReceiveBuffer | undefined)[], mtu: number): number {
  let sum = 0;
  for (const wish of wishes) if (wish) sum += "bytes" in wish ? wish.bytes : wish.packets * mtu;
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, sum));
}

/** Bytes of an advert with its IP header, over all of its addresses. */
export function advertBytes(plan: AdvertPlan): number {
  const any = plan.family === 6 ? "::" : "0.0.0.0";
  return advertPacket(plan, { source: any, destination: any }, 0, { id: 1, sequence: 1 }).length;
}
