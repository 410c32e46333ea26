import type { Logger } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { Effect } from "./machine.ts";

export type LogEffect = Effect & { readonly do: "log" };

export type LogSubject = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly instance: string;
  /** Its priority. */
  readonly own: number;
};

/** Writes what a step of the state machine has to say. `once` lets a first line of a kind pass, and others now and then, with
 *  how many were held back. */
export function tellOf(
  effect: Exclude<LogEffect, { readonly what: "obstacle" }>,
  { log, instance, own }: LogSubject,
  once: (kind: string, write: (held: number) => void) => void,
): void {
  switch (effect.what) {
    case "timeout":
      log.info("vrrp.timeout", { instance });
      break;
    case "frozen":
      log.warn("vrrp.frozen", { instance, silentMs: effect.silentMs });
      break;
    case "priority":
      log.info("vrrp.priority", { instance, from: effect.from, to: effect.to });
      break;
    default: {
      const { what } = effect;
      const { from, priority } = effect.advert;
      once(what, (held) => {
        const seen = { instance, from, priority, own, held };
        if (what === "higher") log.info(priority === own ? "vrrp.same" : "vrrp.higher", seen);
        else log.info(`vrrp.${what}`, seen);
      });
    }
  }
}
