import {
  type AdvertEvent,
  type Effect,
  type Event,
  initialState,
  type MachineConfig,
  type State,
  step,
} from "../../../src/vrrp/machine.ts";

export const garp = {
  masterDelayMs: 5000,
  masterRepeat: 5,
  masterRefreshMs: 0,
  masterRefreshRepeat: 1,
  lowerPrioDelayMs: 5000,
  lowerPrioRepeat: 5,
  intervalMs: 0,
};
export const v2: MachineConfig = {
  version: 2,
  priority: 100,
  advertIntervalMs: 1000,
  downTimerAdverts: 3,
  preempt: true,
  preemptDelayMs: 0,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  quickStart: false,
  garp,
};
export const v3: MachineConfig = { ...v2, version: 3 };

export const advert = (priority: number, more: Partial<AdvertEvent> = {}): AdvertEvent => ({
  type: "advert",
  from: "192.0.2.9",
  priority,
  intervalMs: 1000,
  order: 1,
  ...more,
});
export const run = (c: MachineConfig, events: readonly Event[], from: State = initialState(c.priority)) => {
  let state = from;
  const effects: Effect[][] = [];
  for (const event of events) {
    const next = step(state, event, c);
    state = next.state;
    effects.push([...next.effects]);
  }
  return { state, effects, last: effects.at(-1) ?? [] };
};
export const started = (c: MachineConfig, now = 0): State => run(c, [{ type: "start", now }]).state;
/** BACKUP whose timer runs out at 3609.375 (priority 100, 1 s). */
export const backup = started(v2);
/** MASTER since 10 s. */
export const master = run({ ...v2 }, [{ type: "timer", now: 10_000, mayLead: true }], {
  ...started(v2, 0),
  deadline: 10_000,
} as State).state;
export const kinds = (effects: readonly Effect[]): string[] =>
  effects.map((e) =>
    e.do === "send"
      ? `send ${e.priority}`
      : e.do === "enter"
        ? `enter ${e.state}`
        : e.do === "log"
          ? `log ${e.what}`
          : e.do,
  );
