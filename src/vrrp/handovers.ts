import { DirectorError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { handedOverFault } from "./conditions.ts";
import { ownFaults } from "./groups.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { AdvertEvent } from "./machine.ts";
import type { Deadline } from "./timers.ts";
import { masterDownMs, skewMs } from "./timing.ts";
import type { VrrpAnswer } from "./vrrp-command.ts";

export type HandoversOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  now(): number;
  wallMs(): number;
  createDeadline(instance: Instance, due: (now: number) => void): Deadline;
  /** Brings the faults of the instance to what holds now, and its sync group and its successor's knowledge with them. */
  changed(instance: Instance): void;
};

type Watch = {
  readonly deadline: Deadline;
  /** Who waits for the first advert of the one that takes over. */
  waiting?: {
    readonly wasMasterAt: number;
    readonly taken: (address: string, priority: number, afterMs: number) => void;
    readonly failed: (error: DirectorError) => void;
  };
};

/** Instances that an administrator has handed over: each has a fault of its own until it is resumed, or until nobody has
 *  been heard for as long as a backup would wait. An address that nobody has serves nobody's maintenance. */
export class Handovers {
  private readonly options: HandoversOptions;
  private readonly watches = new Map<Instance, Watch>();

  constructor(options: HandoversOptions) {
    this.options = options;
  }

  /** Resolves with the first advert of the one that takes over; at once when the instance was not MASTER. Rejects with
   *  DirectorError "handover/no-peer" when nobody took over, "handover/resumed" when it was taken back meanwhile. */
  async failOver(instance: Instance): Promise<VrrpAnswer> {
    const was = instance.state.name;
    const sinceWallMs = instance.handedOverSinceWallMs ?? this.options.wallMs();
    const answer = { did: "failover", instance: instance.name, was, sinceWallMs } as const;
    if (instance.handedOverSinceWallMs !== undefined) return answer;
    instance.handedOverSinceWallMs = sinceWallMs;
    const watch = this.watch(instance);
    const wasMasterAt = this.options.now();
    this.options.changed(instance);
    if (was !== "master") return answer;
    return new Promise((resolve, reject) => {
      const taken = (address: string, priority: number, afterMs: number): void =>
        resolve({ ...answer, takenBy: { address, priority, afterMs } });
      watch.waiting = { wasMasterAt, taken, failed: reject };
    });
  }

  /** The instance takes part again. Throws DirectorError "handover/none". */
  resume(instance: Instance): VrrpAnswer {
    const { handedOverSinceWallMs: sinceWallMs, name } = instance;
    if (sinceWallMs === undefined)
      throw new DirectorError("handover/none", `${name} is not handed over; it is ${instance.state.name}`);
    this.end(instance, new DirectorError("handover/resumed", `${name} was taken back before anybody took it over`));
    this.options.changed(instance);
    return { did: "resume", instance: name, downMs: Math.max(0, this.options.wallMs() - sinceWallMs) };
  }

  /** Begins to listen for the peer of an instance that is handed over. */
  watch(instance: Instance): Watch {
    const watch = { deadline: this.options.createDeadline(instance, (now) => this.silent(instance, now)) };
    this.watches.set(instance, watch);
    watch.deadline.set(this.options.now() + waitMs(instance, instance.plan.advertIntervalMs));
    return watch;
  }

  /** An advert that the instance accepted. Priority 0 says that its sender stops: then only the skew is waited for. */
  heard(instance: Instance, advert: AdvertEvent): void {
    const watch = this.watches.get(instance);
    if (!watch || advert.order === 0) return;
    const now = this.options.now();
    if (advert.priority === 0) {
      watch.deadline.set(now + skewMs(timingOf(instance, advert.intervalMs)));
      return;
    }
    watch.deadline.set(now + waitMs(instance, advert.intervalMs));
    const { waiting } = watch;
    delete watch.waiting;
    waiting?.taken(advert.from, advert.priority, now - waiting.wasMasterAt);
  }

  /** For an instance that is removed or stopped. */
  forget(instance: Instance): void {
    const watch = this.watches.get(instance);
    watch?.deadline.set(undefined);
    this.watches.delete(instance);
    watch?.waiting?.failed(new DirectorError("handover/no-peer", `${instance.name} has been stopped`));
  }

  /** One that could not hear anybody, or could not serve, stays as it is. */
  private silent(instance: Instance, now: number): void {
    const { handedOverSinceWallMs: sinceWallMs, name } = instance;
    if (sinceWallMs === undefined) return;
    const reason = handedOverFault(sinceWallMs);
    const others = ownFaults(instance).filter((fault) => fault !== reason);
    const waitedMs = waitMs(instance, instance.plan.advertIntervalMs);
    if (others.length > 0) {
      const watch = this.watches.get(instance);
      watch?.deadline.set(now + waitedMs);
      const why = `${name} is handed over, but nobody took it, and it cannot run here: ${others.join(", ")}`;
      watch?.waiting?.failed(new DirectorError("handover/no-peer", why));
      delete watch?.waiting;
      return;
    }
    const waited = `${(waitedMs / 1000).toFixed(2)} s`;
    this.end(
      instance,
      new DirectorError("handover/no-peer", `nobody took ${name} over within ${waited}: it takes part here again`),
    );
    this.options.log.warn("vrrp.peerLost", { instance: name });
    instance.dispatch({ type: "clear", now, reason, overdue: true });
    this.options.changed(instance);
  }

  private end(instance: Instance, error: DirectorError): void {
    const watch = this.watches.get(instance);
    watch?.deadline.set(undefined);
    this.watches.delete(instance);
    instance.handedOverSinceWallMs = undefined;
    watch?.waiting?.failed(error);
  }
}

const timingOf = ({ plan, state }: Instance, intervalMs: number) => ({
  version: plan.version,
  priority: state.priority,
  intervalMs: plan.version === 2 ? plan.advertIntervalMs : intervalMs,
});

const waitMs = (instance: Instance, intervalMs: number): number =>
  masterDownMs(timingOf(instance, intervalMs), instance.plan.downTimerAdverts);
