import type { LinkDelayPlan } from "./tracked-model.ts";

/** Interfaces whose changes count only after a while (interface_up_down_delays), so that a flapping link moves nothing. */
export type LinkDelays = {
  configure(plans: readonly LinkDelayPlan[]): void;
  /** Whether an interface counts as up, given whether it is up now. */
  counts(interfaceName: string, up: boolean): boolean;
  stop(): void;
};

type Entry = { counted: boolean; timer: NodeJS.Timeout | undefined };

/** `onDue`: an interface counts differently from now on. */
export function createLinkDelays(onDue: () => void): LinkDelays {
  let plans = new Map<string, LinkDelayPlan>();
  const entries = new Map<string, Entry>();

  const forget = (name: string): void => {
    clearTimeout(entries.get(name)?.timer);
    entries.delete(name);
  };

  return {
    configure(next) {
      plans = new Map(next.map((plan) => [plan.interface, plan]));
      for (const name of entries.keys()) if (!plans.has(name)) forget(name);
    },
    counts(name, up) {
      const plan = plans.get(name);
      if (!plan) return up;
      const known = entries.get(name);
      if (!known) {
        entries.set(name, { counted: up, timer: undefined });
        return up;
      }
      if (up === known.counted) {
        clearTimeout(known.timer);
        known.timer = undefined;
        return up;
      }
      const delayMs = up ? plan.upMs : plan.downMs;
      if (delayMs === 0) known.counted = up;
      else
        known.timer ??= setTimeout(() => {
          known.timer = undefined;
          known.counted = up;
          onDue();
        }, delayMs);
      return known.counted;
    },
    stop() {
      for (const name of entries.keys()) forget(name);
    },
  };
}
