import { nextSequence } from "./hmac.ts";
import type { VrrpInstancePlan } from "./model.ts";
import { type AdvertPlan, advertPacket, destinationsOf, type PacketNumbers } from "./packet.ts";
import { withIpv4Id } from "./wire/ipv4.ts";

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

/** Makes the adverts of one sender. What does not change from one to the next is made once: without an authentication header
 *  and trailer, that is all but the number of each IPv4 header. */
export class AdvertMaker {
  private first:
    | {
        readonly plan: SeriesPlan;
        readonly source: string;
        readonly priority: number;
        readonly packets: MadeAdvert["packets"];
      }
    | undefined;

  /** As makeAdvert(). The packets are not to be written to. */
  make(plan: SeriesPlan, source: string, priority: number, numbers: SeriesNumbers, wallMs: number): MadeAdvert {
    const { first } = this;
    if (
      plan.hmac ||
      plan.ahKey !== undefined ||
      first?.plan !== plan ||
      first.source !== source ||
      first.priority !== priority
    ) {
      const made = makeAdvert(plan, source, priority, numbers, wallMs);
      this.first = { plan, source, priority, packets: made.packets };
      return made;
    }
    let { id, sequence } = numbers;
    const packets = first.packets.map((packet) => {
      const next = plan.family === 4 ? withIpv4Id(packet, id) : packet;
      id = (id % 0xffff) + 1;
      sequence = following(sequence);
      return next;
    });
    return { packets, next: { id, sequence, signature: numbers.signature } };
  }
}

/** The sequence number behind this one; there is no 0. RFC 4302 §2.5 */
export const following = (sequence: number): number => (sequence % 0xffffffff) + 1;
