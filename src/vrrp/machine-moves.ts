import type { Backup, Common, Effect, Fault, MachineConfig, Master, MasterSeen, State, Step } from "./machine-model.ts";
import { type Ms, masterDownMs } from "./timing.ts";

// What the steps of all states are made of.

export const keep = (state: State, ...effects: Effect[]): Step => ({ state, effects });
export const withItem = (list: readonly string[], item: string): readonly string[] =>
  [...new Set([...list, item])].sort();
export const without = (list: readonly string[], item: string): readonly string[] =>
  list.filter((other) => other !== item);
export const common = ({ priority, faults, holds }: State): Common => ({ priority, faults, holds });
export const timing = (s: Backup, c: MachineConfig) => ({
  version: c.version,
  priority: s.priority,
  intervalMs: c.version === 2 ? c.advertIntervalMs : s.masterIntervalMs,
});

/** BACKUP with a full Master_Down_Interval ahead. */
export function toBackup(
  now: Ms,
  s: State,
  c: MachineConfig,
  masterIntervalMs = c.advertIntervalMs,
  master?: MasterSeen,
): Backup {
  const backup = { ...common(s), name: "backup" as const, masterIntervalMs, wantsMaster: false, deadline: now };
  const down = masterDownMs(timing(backup, c), c.downTimerAdverts);
  return { ...backup, deadline: now + down, ...(master && { master }) };
}

/** MASTER from anywhere: the advert leaves before the addresses come, since it is what keeps other backups quiet. */
export function takeOver(now: Ms, s: State, c: MachineConfig, why: string, quiet = false): Step {
  const { garp } = c;
  const state: Master = {
    ...common(s),
    name: "master",
    advertAt: now + c.advertIntervalMs,
    sentAt: now,
    announcedAt: now,
    perhapsSecond: !(s.name === "backup" && s.dismissed),
    ...(garp.masterDelayMs > 0 && { again: { at: now + garp.masterDelayMs, repeat: garp.masterRepeat } }),
    ...(garp.masterRefreshMs > 0 && { refreshAt: now + garp.masterRefreshMs }),
  };
  return keep(
    state,
    { do: "send", priority: s.priority },
    { do: "enter", state: "master", why, ...(quiet && { resumed: true as const }) },
    { do: "addAddresses" },
    { do: "announce", repeat: garp.masterRepeat },
    ...(quiet ? [] : [{ do: "notify", state: "MASTER" } as const]),
  );
}

export function leave(state: Backup | Fault, first: readonly Effect[], why: string): Step {
  const again = state.name === "fault" ? first : [];
  const effects: Effect[] = [...first, { do: "enter", state: state.name, why }, { do: "removeAddresses" }, ...again];
  return { state, effects: [...effects, notify(state.name)] };
}

export const notify = (state: "backup" | "fault"): Effect => ({
  do: "notify",
  state: state === "fault" ? "FAULT" : "BACKUP",
});
