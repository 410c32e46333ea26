import type { HeardWord } from "./claims.ts";
import type { Counters } from "./counters.ts";
import type { Effect, Event, State } from "./machine.ts";
import type { VrrpStatus } from "./model.ts";
import type { SplitBrain, SplitBrainOptions } from "./split-brain.ts";

export type InstanceClaimsOptions = Pick<SplitBrainOptions, "log" | "name" | "gate" | "now"> & {
  readonly state: () => State;
  readonly counters: Counters;
  readonly dispatch: (event: Event) => void;
  readonly splitBrain: Pick<SplitBrain, "heardClaim">;
};

/** What one instance makes of what others say about its addresses by ARP or neighbour discovery: evidence of a second master
 *  while it is MASTER, an answer while it asks before it takes over. */
export class InstanceClaims {
  private readonly options: InstanceClaimsOptions;

  constructor(options: InstanceClaimsOptions) {
    this.options = options;
  }

  /** `outranks`: the hardware address is higher than ours on that link. */
  heard(word: HeardWord, outranks: boolean): void {
    const { state, counters, dispatch, splitBrain } = this.options;
    const now = this.options.now();
    const before = state();
    const asks = before.name === "backup" && before.check !== undefined;
    if (word.kind === "probe") {
      if (asks) dispatch({ type: "rival", now, outranks });
      return;
    }
    if (!asks && before.name !== "master") return;
    const { address, hardwareAddress } = word;
    dispatch({ type: "claimed", now, address, hardwareAddress, outranks });
    if (state().name !== "master") return;
    counters.address_claimed++;
    splitBrain.heardClaim(word);
  }

  /** Something speaks against taking over. */
  met({ obstacle, held }: Effect & { readonly do: "log"; readonly what: "obstacle" }): void {
    const { log, name, gate, counters } = this.options;
    if (held) counters.takeover_held++;
    gate(`obstacle ${obstacle.kind}`, (left) =>
      log.warn(held ? "vrrp.held" : "vrrp.despite", { instance: name(), obstacle, held: left }),
    );
  }

  /** Since when it asks before it takes over, and what holds it; undefined: it does not ask. */
  takeover(wallMs: number): VrrpStatus["instances"][number]["takeover"] {
    const state = this.options.state();
    if (state.name !== "backup" || !state.check) return undefined;
    const { since, obstacle } = state.check;
    const sinceWallMs = Math.round(wallMs - (this.options.now() - since));
    if (!obstacle) return { sinceWallMs };
    const { kind: heldBy, ...conflict } = obstacle;
    return { sinceWallMs, heldBy, ...conflict };
  }
}
