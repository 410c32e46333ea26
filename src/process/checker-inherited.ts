import type { Fleet } from "../virtual-server/fleet.ts";
import type { VirtualServerPlan } from "../virtual-server/model.ts";
import { changedServers, unsureDestinations } from "../virtual-server/unproven.ts";

/** The verdicts a restarted process was given by its predecessor, until each is proven or overtaken. */
export class InheritedVerdicts {
  readonly #checkers = new Set<string>();
  readonly #changed = new Set<string>();

  inherit(checkerIds: Iterable<string>): void {
    for (const id of checkerIds) this.#checkers.add(id);
  }

  /** Whether this checker's verdict was still unproven. */
  prove(checkerId: string): boolean {
    return this.#checkers.delete(checkerId);
  }

  get isEmpty(): boolean {
    return this.#checkers.size === 0;
  }

  keepOnly(isUsed: (checkerId: string) => boolean): void {
    for (const id of this.#checkers) if (!isUsed(id)) this.#checkers.delete(id);
  }

  /** What was decided here since the restart is known, whatever verdicts it rests on. */
  noteDecided(before: Fleet, after: Fleet): void {
    if (this.#checkers.size > 0) this.noteChanged(changedServers(before, after));
  }

  /** savedKey()s of real servers, and keys of virtual servers. */
  noteChanged(keys: Iterable<string>): void {
    for (const key of keys) this.#changed.add(key);
  }

  unsure(plans: readonly VirtualServerPlan[]): ReturnType<typeof unsureDestinations> {
    return unsureDestinations(plans, { checkers: this.#checkers, changed: this.#changed });
  }
}
