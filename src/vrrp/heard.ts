import type { UnicastPlan } from "./model.ts";

/** A router of the same VRID: who is to be heard, or was. Times are wall-clock ms. */
export type HeardPeer = {
  readonly address: string;
  /** It is a unicast_peer. */
  readonly configured?: true;
  /** Of its last advert; absent: it was never heard. */
  readonly priority?: number;
  readonly lastAdvertWallMs?: number;
  readonly adverts: number;
};

/** So many senders are remembered: whoever forges senders costs no more memory than this. */
const MOST_SENDERS = 8;

/** Who an instance hears adverts from, in whatever state it is. */
export class HeardPeers {
  readonly #senders = new Map<string, Required<Omit<HeardPeer, "configured">>>();

  heard({ from, priority }: { readonly from: string; readonly priority: number }, wallMs: number, count = 1): void {
    const adverts = (this.#senders.get(from)?.adverts ?? 0) + count;
    this.#senders.delete(from); // the latest one last
    this.#senders.set(from, { address: from, priority, lastAdvertWallMs: wallMs, adverts });
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > MOST_SENDERS && oldest !== undefined) this.#senders.delete(oldest);
  }

  /** The unicast peers, heard or not, and then all others that were heard, the latest first. */
  list(unicast: UnicastPlan | undefined): readonly HeardPeer[] {
    const configured = (unicast?.peers ?? []).map(({ address }) => address);
    return [
      ...configured.map((address) => ({
        address,
        adverts: 0,
        ...this.#senders.get(address),
        configured: true as const,
      })),
      ...[...this.#senders.values()].reverse().filter(({ address }) => !configured.includes(address)),
    ];
  }
}
