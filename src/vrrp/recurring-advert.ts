import type { Instance } from "./instance.ts";
import type { InstanceHost } from "./instance-host.ts";
import type { AdvertEvent, State } from "./machine.ts";
import type { VrrpInstancePlan } from "./model.ts";

/** An advert that the socket has counted, instead of handing it over each time. */
export type Recurred = { readonly advert: AdvertEvent; readonly adverts: number; readonly lastAt: number };

/** The advert that a backup hears from its master again and again: the socket of its interface counts it, until anything
 *  happens to the instance. */
export class RecurringAdvert {
  private readonly instance: Instance;
  private readonly ear: InstanceHost["ear"];
  private advert: AdvertEvent | undefined;

  constructor(instance: Instance, ear: InstanceHost["ear"]) {
    this.instance = instance;
    this.ear = ear;
  }

  /** A packet that was handed over: the next ones that are equal to it are counted. */
  learn(packet: Uint8Array, advert: AdvertEvent): void {
    this.ear?.know(this.instance, packet);
    this.advert = advert;
  }

  forget(): void {
    if (this.advert) this.ear?.forget(this.instance);
    this.advert = undefined;
  }

  /** What has been counted since the last time. */
  take(): Recurred | undefined {
    const heard = this.advert && this.ear?.heard(this.instance);
    return heard && this.advert && { advert: this.advert, ...heard };
  }
}

/** Whether all that an advert does is to set the timer of a backup afresh. */
export const onlyRestartsTimer = (s: State, { priority }: AdvertEvent, plan: VrrpInstancePlan): boolean =>
  s.name === "backup" &&
  !plan.takeoverCheck &&
  s.preemptAt === undefined &&
  priority > 0 &&
  (priority >= s.priority || !plan.preempt);
