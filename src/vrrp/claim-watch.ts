import type { HeardWord } from "./claims.ts";
import type { SecondMasterOptions } from "./second-master.ts";
import { CLAIM_KEPT_MS } from "./timing.ts";

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

export type ClaimWatchOptions = SecondMasterOptions & {
  /** Another one than before claims an address: it may be told sooner. */
  readonly onOther: () => void;
  /** Nobody has claimed an address for a while. */
  readonly onQuiet: () => void;
};

/** What an instance that is MASTER knows of others that claim its addresses by ARP or neighbour discovery. */
export class ClaimWatch {
  private readonly options: ClaimWatchOptions;
  private seen: AddressClaim | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ClaimWatchOptions) {
    this.options = options;
  }

  get current(): AddressClaim | undefined {
    return this.seen;
  }

  heard({ address, hardwareAddress, interface: name }: HeardWord): void {
    const now = this.options.wallMs();
    const { sinceWallMs = now, claims = 0 } = this.seen ?? {};
    if (this.seen && this.seen.hardwareAddress !== hardwareAddress) this.options.onOther();
    const claim = { address, hardwareAddress, interface: name };
    this.seen = { ...claim, sinceWallMs, lastWallMs: now, claims: claims + 1 };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.over();
      this.options.onQuiet();
    }, CLAIM_KEPT_MS);
    this.timer.unref();
    const instance = this.options.name();
    this.options.gate("claimed", (held) => this.options.log.warn("vrrp.claimed", { instance, ...claim, held }));
  }

  /** Nobody claims them any more, or we are not MASTER any more. */
  over(): void {
    clearTimeout(this.timer);
    const { seen } = this;
    this.seen = undefined;
    if (!seen) return;
    const { address, hardwareAddress, claims } = seen;
    const lastedMs = Math.max(0, seen.lastWallMs - seen.sinceWallMs);
    const instance = this.options.name();
    this.options.gate("claimed over", (held) =>
      this.options.log.info("vrrp.unclaimed", { instance, address, hardwareAddress, claims, lastedMs, held }),
    );
  }
}
