import type { Logger } from "../core/log.ts";
import type { HeardWord } from "./claims.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { AdvertEvent } from "./machine.ts";
import { Sightings } from "./sightings.ts";
import { CLAIM_KEPT_MS, HANDOVER_MS } from "./timing.ts";

/** Another master beside us: the one heard last, and how often since when. Times are wall-clock ms. */
export type SecondMaster = {
  readonly address: string;
  readonly priority: number;
  readonly sinceWallMs: number;
  readonly lastWallMs: number;
  readonly adverts: number;
};

/** Another hardware address that claims one of our addresses while we are MASTER: the last one, and how often since when.
 *  Times are wall-clock ms. */
export type AddressClaim = {
  readonly address: string;
  readonly hardwareAddress: string;
  readonly interface: string;
  readonly sinceWallMs: number;
  readonly lastWallMs: number;
  readonly claims: number;
};

export type SplitBrainOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly name: () => string;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly wallMs: () => number;
  /** Writes unless too much of this kind has been written; `held` is how many were left out. */
  readonly gate: (kind: string, write: (held: number) => void) => void;
  /** Another one than before claims an address: it may be told sooner. */
  readonly onOther: () => void;
  /** Nobody has claimed an address for a while. */
  readonly onQuiet: () => void;
};

/** `lasts`: it does not give way. */
type Advertiser = Pick<SecondMaster, "address" | "priority"> & { readonly lasts: boolean };
type Claimant = Pick<AddressClaim, "address" | "hardwareAddress" | "interface">;

/** Silence of so many of its intervals, and there is no second master any more. */
const GONE_AFTER_INTERVALS = 3;

/** What an instance that is MASTER knows of others that are it too: by their adverts, or by ARP and neighbour discovery. */
export class SplitBrain {
  private readonly options: SplitBrainOptions;
  private readonly adverts: Sightings<Advertiser>;
  private readonly claims: Sightings<Claimant>;
  private ledSince = Number.NEGATIVE_INFINITY;

  constructor(options: SplitBrainOptions) {
    this.options = options;
    const { log, name, gate, onQuiet } = options;
    this.adverts = new Sightings({
      ...options,
      onOver: ({ fact: { address: from, lasts }, lastedMs, times: adverts }) => {
        if (!lasts) return;
        const facts = { instance: name(), from, adverts, lastedMs };
        gate("second over", (held) => log.info("vrrp.alone", { ...facts, held }));
      },
    });
    this.claims = new Sightings({
      ...options,
      onOver: ({ fact: { address, hardwareAddress }, lastedMs, times: claims }, lapsed) => {
        const facts = { instance: name(), address, hardwareAddress, claims, lastedMs };
        gate("claimed over", (held) => log.info("vrrp.unclaimed", { ...facts, held }));
        if (lapsed) onQuiet();
      },
    });
  }

  /** One that does not give way. */
  get secondMaster(): SecondMaster | undefined {
    const seen = this.adverts.current;
    if (!seen?.fact.lasts) return undefined;
    const { fact, sinceWallMs, lastWallMs, times: adverts } = seen;
    return { address: fact.address, priority: fact.priority, sinceWallMs, lastWallMs, adverts };
  }

  get addressClaim(): AddressClaim | undefined {
    const seen = this.claims.current;
    return seen && { ...seen.fact, sinceWallMs: seen.sinceWallMs, lastWallMs: seen.lastWallMs, claims: seen.times };
  }

  /** We are MASTER from now on. */
  leads(): void {
    this.ledSince = this.options.now();
  }

  /** An advert of another came while we were MASTER, and we stay so. The master before us may send some until it has come to
   *  read our first one; whoever sends when he must have heard it does not give way. A single one may have crossed ours. */
  heardAdvert({ from, priority, intervalMs }: AdvertEvent): void {
    const { log, name, gate, now } = this.options;
    const lasts = this.adverts.current !== undefined && now() - this.ledSince >= HANDOVER_MS;
    const keptMs = GONE_AFTER_INTERVALS * intervalMs + HANDOVER_MS;
    const { times: adverts } = this.adverts.see({ address: from, priority, lasts }, keptMs);
    if (!lasts) return;
    gate("second", (held) => log.warn("vrrp.second", { instance: name(), from, priority, adverts, held }));
  }

  heardClaim({ address, hardwareAddress, interface: on }: HeardWord): void {
    const { log, name, gate, onOther } = this.options;
    const before = this.claims.current?.fact.hardwareAddress;
    if (before !== undefined && before !== hardwareAddress) onOther();
    const claim = { address, hardwareAddress, interface: on };
    this.claims.see(claim, CLAIM_KEPT_MS);
    gate("claimed", (held) => log.warn("vrrp.claimed", { instance: name(), ...claim, held }));
  }

  /** We are not MASTER any more. */
  over(): void {
    this.adverts.over();
    this.claims.over();
  }
}
