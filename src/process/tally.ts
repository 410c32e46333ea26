import { wallMs } from "../core/clock.ts";
import type { InstanceStateName } from "../vrrp/model.ts";

/** What the parent counts over the lives of its children, since the director's start. */
export class Tally {
  readonly #reloads = { done: 0, refused: 0 };
  #reloadedWallMs: number | undefined;
  #events = 0;
  readonly #transitions = new Map<string, Record<InstanceStateName, number>>();

  reload(ok: boolean): void {
    this.#reloads[ok ? "done" : "refused"] += 1;
    if (ok) this.#reloadedWallMs = wallMs();
  }

  event(count: number): void {
    this.#events += count;
  }

  /** An instance is in another state now. */
  transition(instance: string, to: InstanceStateName): void {
    const counts = this.#transitions.get(instance) ?? { init: 0, backup: 0, master: 0, fault: 0 };
    counts[to] += 1;
    this.#transitions.set(instance, counts);
  }

  /** Instances that are configured no more are forgotten. */
  keep(instances: ReadonlySet<string>): void {
    for (const name of this.#transitions.keys()) if (!instances.has(name)) this.#transitions.delete(name);
  }

  read() {
    return {
      reloads: { ...this.#reloads },
      events: this.#events,
      ...(this.#reloadedWallMs !== undefined && { reloadedWallMs: this.#reloadedWallMs }),
      transitions: [...this.#transitions].map(([instance, counts]) => ({ instance, ...counts })),
    };
  }
}
