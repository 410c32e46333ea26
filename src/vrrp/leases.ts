/** What leaves by itself for as long as this process says in time that it lives. */
export type Lease = {
  /** Says so; false when that came too late. */
  readonly renew: () => boolean;
  readonly onLapsed: () => void;
};

/** Runs something again and again, at least so often that the shortest lease does not end, until the returned function is
 *  called. */
export type Renewing = (run: () => void) => () => void;

/** An eighth of the shortest lease there is: however late its turn comes, most of that time is left. */
export const RENEWAL_MS = 125;

const byTimer: Renewing = (run) => {
  const timer = setInterval(run, RENEWAL_MS);
  return () => clearInterval(timer);
};

/** Renews the leases of all masters in one go: none of them has to be looked at for that. */
export class Leases {
  private readonly leases = new Set<Lease>();
  private readonly renewing: Renewing;
  private stop: (() => void) | undefined;

  constructor(renewing = byTimer) {
    this.renewing = renewing;
  }

  add(lease: Lease): void {
    this.leases.add(lease);
    this.stop ??= this.renewing(() => this.renew());
  }

  delete(lease: Lease): void {
    this.leases.delete(lease);
    if (this.leases.size > 0) return;
    this.stop?.();
    this.stop = undefined;
  }

  private renew(): void {
    for (const lease of this.leases) if (!lease.renew()) lease.onLapsed();
  }
}
