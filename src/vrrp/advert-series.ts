import { nextSequence } from "./hmac.ts";
import type { VrrpInstancePlan } from "./model.ts";
import { type AdvertPlan, advertPacket, destinationsOf, type PacketNumbers } from "./packet.ts";

/** The numbers that the next packet has: of IPv4 headers, of authentication headers; and the sequence of the last trailer. */
export type SeriesNumbers = Required<PacketNumbers>;

/** An advert as one packet for each destination, and the numbers behind it. */
export type MadeAdvert = { readonly packets: readonly Uint8Array[]; readonly next: SeriesNumbers };

type SeriesPlan = AdvertPlan & Pick<VrrpInstancePlan, "multicastGroup">;

/** `wallMs`: when it is to leave, since 1970, which trailers carry. */
export function makeAdvert(
  plan: SeriesPlan,
  source: string,
  priority: number,
  numbers: SeriesNumbers,
  wallMs: number,
): MadeAdvert {
  const signature = plan.hmac ? nextSequence(numbers.signature, wallMs, plan.hmac) : numbers.signature;
  let { id, sequence } = numbers;
  const packets = destinationsOf(plan).map((destination) => {
    const packet = advertPacket(plan, { source, destination }, priority, { id, sequence, signature });
    id = (id % 0xffff) + 1;
    sequence = following(sequence);
    return packet;
  });
  return { packets, next: { id, sequence, signature } };
}

/** Those behind `packets` more packets without authentication header or trailer. */
export const numbersAfter = (numbers: SeriesNumbers, packets: number): SeriesNumbers => ({
  ...numbers,
  id: ((numbers.id - 1 + packets) % 0xffff) + 1,
});

/** The sequence number behind this one; there is no 0. RFC 4302 §2.5 */
export const following = (sequence: number): number => (sequence % 0xffffffff) + 1;
