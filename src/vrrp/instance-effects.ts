import type { AdvertSender } from "./advert-sender.ts";
import type { Instance } from "./instance.ts";
import type { InstanceAddresses } from "./instance-addresses.ts";
import type { InstanceClaims } from "./instance-claims.ts";
import type { InstanceHost } from "./instance-host.ts";
import { type LogEffect, tellOf } from "./instance-log.ts";
import type { LogGate } from "./log-gate.ts";
import type { Effect } from "./machine.ts";
import type { InstanceStateName } from "./model.ts";
import type { SplitBrain } from "./split-brain.ts";

export type EffectParts = {
  readonly sender: Pick<AdvertSender, "send" | "rest" | "forgetDelay">;
  readonly addresses: InstanceAddresses;
  readonly splitBrain: Pick<SplitBrain, "leads" | "over">;
  readonly claims: Pick<InstanceClaims, "met">;
  readonly gate: LogGate;
  /** Lets a first line of a kind pass, and others now and then, with how many were held back. */
  readonly once: (kind: string, write: (held: number) => void) => void;
};

/** Carries out what an instance's state machine decides, and knows since when and why the instance is in its state. */
export class InstanceEffects {
  /** Of its last transition; for a successor that goes on where its predecessor was, of that one's. */
  sinceWallMs: number;
  /** The reason of its last transition. */
  why = "";
  private readonly instance: Instance;
  private readonly host: InstanceHost;
  private readonly parts: EffectParts;
  private entry: InstanceStateName = "init";

  constructor(instance: Instance, host: InstanceHost, parts: EffectParts, sinceWallMs: number) {
    this.instance = instance;
    this.host = host;
    this.parts = parts;
    this.sinceWallMs = sinceWallMs;
  }

  perform(effect: Effect): void {
    const { instance, host } = this;
    const { sender, addresses } = this.parts;
    switch (effect.do) {
      case "send":
        sender.send(effect.priority);
        break;
      case "enter":
        this.entered(effect);
        break;
      case "addAddresses":
        addresses.take();
        break;
      case "removeAddresses":
        addresses.release(instance.keepAddresses);
        break;
      case "announce":
        addresses.afterwards(() => addresses.announce(addresses.placed, effect.repeat));
        break;
      case "notify": {
        const { priority } = instance.state;
        addresses.afterwards(() => host.notify(instance, effect.state, priority));
        break;
      }
      case "ask":
        host.ask?.(instance, effect.witnesses);
        break;
      case "electionForced":
        host.electionForced(instance);
        break;
      case "log":
        this.tell(effect);
        break;
    }
  }

  private entered({ state, why, resumed }: Effect & { do: "enter" }): void {
    const { counters, name, plan } = this.instance;
    const { sender, addresses, splitBrain, gate } = this.parts;
    const { log } = this.host;
    if (state === "master") {
      sender.forgetDelay();
      splitBrain.leads();
      addresses.announceQuiet(plan.garp.masterDelayMs);
    } else {
      sender.rest();
      splitBrain.over();
      addresses.stopQuiet();
    }
    if (state === "master" && !resumed) counters.become_master++;
    if (state !== "master" && this.entry === "master") counters.release_master++;
    if (!resumed) this.sinceWallMs = this.host.wallMs();
    this.entry = state;
    this.why = why;
    gate.reset();
    if (resumed) log.info("vrrp.resumed", { instance: name });
    else if (state === "fault") log.warn("vrrp.fault", { instance: name, why });
    else log.info(`vrrp.${state}`, { instance: name, why });
  }

  private tell(effect: LogEffect): void {
    const { name, state, counters } = this.instance;
    const { claims, once } = this.parts;
    if (effect.what === "obstacle") {
      claims.met(effect);
      return;
    }
    if (effect.what === "frozen") counters.stood_still++;
    tellOf(effect, { log: this.host.log, instance: name, own: state.priority }, once);
  }
}
