import type { BfdVerdicts } from "../bfd/model.ts";
import type { Logger } from "../core/log.ts";
import { serviceName } from "../core/service-name.ts";
import type { Fleet } from "../virtual-server/fleet.ts";
import type { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { virtualServerKey } from "../virtual-server/names.ts";
import { type Feed, openFeed } from "./bfd-feed.ts";

// What VRRP instances track of this process: that it is there, and the quorums of virtual servers. docs/decisions/0024.

const nameOf = ({ id, group }: VirtualServerPlan): string =>
  serviceName(group ? { kind: "group", group: group.name } : id.kind === "fwmark" ? id : { ...id, kind: "address" });

/** Whether the virtual servers of these names have their quorum; where several have one name, whether all have. */
export function quorumsOf({ virtualServers, told = [] }: CheckerProcessPlan, fleet: Fleet): BfdVerdicts {
  const wanted = new Set(told);
  const verdicts: Record<string, "up" | "down"> = {};
  for (const plan of virtualServers) {
    const name = nameOf(plan);
    const state = wanted.has(name) ? fleet.get(virtualServerKey(plan)) : undefined;
    if (state) verdicts[name] = state.quorumUp && verdicts[name] !== "down" ? "up" : "down";
  }
  return verdicts;
}

/** Tells of quorums for as long as somebody tracks them. */
export class QuorumFeed {
  readonly #file: string | undefined;
  readonly #log: Logger<typeof virtualServerEvents>;
  readonly #current: () => BfdVerdicts;
  #feed: Feed | undefined;
  #told = "";

  /** No `file`: nobody can follow. */
  constructor(file: string | undefined, log: Logger<typeof virtualServerEvents>, current: () => BfdVerdicts) {
    this.#file = file;
    this.#log = log;
    this.#current = current;
  }

  /** As the plan has it, and with what is so now. */
  follow({ told }: CheckerProcessPlan): void {
    if (told === undefined || this.#file === undefined) this.close();
    else this.#feed ??= openFeed(this.#file, this.#current, (error) => this.#log.error("quorums.untold", { error }));
    this.tell();
  }

  /** Something may be another way. */
  tell(): void {
    if (!this.#feed) return;
    const now = JSON.stringify(this.#current());
    if (now === this.#told) return;
    this.#told = now;
    this.#feed.tell();
  }

  close(): void {
    this.#feed?.close();
    this.#feed = undefined;
  }
}
