import { wallMs } from "../core/clock.ts";
import type { Wanted } from "../virtual-server/apply.ts";
import type { Effects } from "../virtual-server/effects.ts";
import { nextEntries, noEntries } from "../virtual-server/entries.ts";
import { type Fleet, settleFleet } from "../virtual-server/fleet.ts";
import { type CheckerView, isRamping } from "../virtual-server/state.ts";
import type { CurrentPlan } from "./checker-current-plan.ts";
import type { InheritedVerdicts } from "./checker-inherited.ts";
import type { CheckerReporter } from "./checker-saved.ts";
import type { Later } from "./later.ts";

/** How often the weights of servers that came back are raised (slow_start). */
const rampMs = 1000;

/** How all virtual servers stand, decided from verdicts: first the kernel's table is written, then the world is told. */
export type Decisions = {
  fleet(): Fleet;
  /** Something is known anew, of the virtual servers of these keys if any: decided as soon as who says so has said all that
   *  it knows. What is said later in the same turn of the event loop is decided at its end, all at once: so a server that
   *  died waits for no other, and of many that answer one by one the table is not derived each time. */
  wake(keys?: Iterable<string>): void;
  /** Decides at once what is pending, and these; what was left to tell is told by the end of this call. */
  settle(keys?: Iterable<string>): void;
  /** Makes these the states, and derives the table entries of those that changed. Neither writes nor tells. */
  become(fleet: Fleet): void;
  /** Gives the kernel the table of these states. Resolves when that was tried once. */
  write(): Promise<void>;
  /** Until now what is known anew has waited: what a start decides is told before any verdict. */
  open(): void;
  stop(): void;
};

export type DecisionParts = {
  readonly current: () => CurrentPlan;
  readonly view: CheckerView;
  readonly want: (wanted: Wanted) => Promise<void>;
  readonly inherited: InheritedVerdicts;
  readonly reporter: Pick<CheckerReporter, "report">;
  readonly carryOut: (effects: Effects) => void;
  /** Told whenever the states may be others. */
  readonly onStates: () => void;
  /** Clients wait for the kernel's table: whoever is told of a verdict is told after that. */
  readonly later: Later;
};

export function createDecisions(parts: DecisionParts): Decisions {
  const { current, view, inherited, reporter, later } = parts;
  /** Keys of the virtual servers of which something is known anew. */
  const pending = new Set<string>();
  let fleet: Fleet = new Map();
  let entries = noEntries;
  let isOpen = false;
  let isDue = false;
  let turn: NodeJS.Immediate | undefined;
  let rampTimer: NodeJS.Timeout | undefined;

  const note = (keys: Iterable<string>): void => {
    for (const key of keys) pending.add(key);
  };

  const wake = (keys: Iterable<string> = []): void => {
    note(keys);
    if (!isOpen) return;
    isDue = true;
    if (turn) return;
    turn = setImmediate(endTurn);
    queueMicrotask(decideDue);
  };

  const endTurn = (): void => {
    turn = undefined;
    decideDue();
  };

  const decideDue = (): void => {
    if (isDue) decide();
  };

  const decide = (): void => {
    isDue = false;
    const effects = decidePending();
    const decided = fleet;
    void write();
    later(() => {
      reporter.report(decided);
      parts.carryOut(effects);
    });
  };

  const decidePending = (): Effects => {
    const changed = [...pending].flatMap((key) => current().virtualServers.get(key) ?? []);
    pending.clear();
    if (changed.length === 0) return [];
    const before = fleet;
    const outcome = settleFleet(before, changed, view, wallMs());
    inherited.noteDecided(before, outcome.fleet);
    become(outcome.fleet);
    return outcome.effects;
  };

  const become = (next: Fleet): void => {
    entries = nextEntries(current().virtualServers, next, entries);
    fleet = next;
    parts.onStates();
    followRamps();
  };

  const followRamps = (): void => {
    const ramping = rampingKeys(fleet);
    clearTimeout(rampTimer);
    if (ramping.length > 0) rampTimer = setTimeout(() => wake(ramping), rampMs);
  };

  const write = (): Promise<void> => {
    const isUnsure = inherited.unsure(current().plan.virtualServers);
    return parts.want({ table: entries.table, ...(isUnsure && { isUnsure }) });
  };

  return {
    fleet: () => fleet,
    wake,
    settle(keys = []) {
      note(keys);
      decide();
      later.flush();
    },
    become,
    write,
    open() {
      isOpen = true;
      if (pending.size > 0) wake();
    },
    stop() {
      isDue = false;
      clearImmediate(turn);
      clearTimeout(rampTimer);
    },
  };
}

/** Keys of the virtual servers with weights that rise. */
const rampingKeys = (fleet: Fleet): string[] => [...fleet].flatMap(([key, state]) => (isRamping(state) ? [key] : []));
