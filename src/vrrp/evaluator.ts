import { nowMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { type Conditions, conditionsOf, type Surroundings } from "./conditions.ts";
import { ownFaults } from "./groups.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan } from "./model.ts";
import type { Network } from "./network.ts";
import type { OwnInterfaces } from "./own-interfaces.ts";
import { channelDeviceOf, neededDeviceOf, sourceDeviceOf } from "./own-links.ts";
import { channelOf, type SocketPool } from "./socket-pool.ts";
import type { StaticItems } from "./static-items.ts";
import type { Trackers } from "./trackers.ts";
import { sourceAddress } from "./vip-plan.ts";

export type EvaluatorOptions = {
  readonly network: Pick<Network, "link" | "links" | "addresses">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly sockets: Pick<SocketPool, "get">;
  readonly trackers: Pick<Trackers, "scripts" | "processes" | "files" | "bfds" | "checker" | "services" | "linkDelays">;
  readonly instances: () => Iterable<Instance>;
  readonly staticItems: Pick<StaticItems, "missing">;
  readonly ownInterfaces: Pick<OwnInterfaces, "isComing" | "trouble">;
};

/** Looks at interfaces, addresses, sockets and trackers, and tells an instance by events what they mean for it. */
export class Evaluator {
  private readonly options: EvaluatorOptions;

  constructor(options: EvaluatorOptions) {
    this.options = options;
  }

  /** Brings source address, faults, holds and priority of an instance to what its surroundings say; new faults before
   *  cleared ones, so that one which replaces another does not let the instance run in between, and its priority before
   *  it is let go, so that its scripts are told the one it has. */
  apply(instance: Instance, virtual: ReadonlySet<string> = this.virtualAddresses()): Conditions {
    const conditions = this.conditions(instance, virtual);
    instance.trackers = conditions.trackers;
    const before = ownFaults(instance);
    const now = nowMs();
    for (const reason of conditions.faults.filter((f) => !before.includes(f))) {
      this.tellMissing(instance);
      instance.dispatch({ type: "fault", now, reason });
    }
    instance.dispatch({ type: "priority", now, priority: conditions.priority });
    for (const reason of before.filter((f) => !conditions.faults.includes(f))) {
      this.options.log.info("vrrp.cleared", { instance: instance.name, reason });
      instance.dispatch({ type: "clear", now, reason });
    }
    for (const reason of instance.state.holds.filter((h) => !conditions.holds.includes(h)))
      instance.dispatch({ type: "release", now, reason });
    return conditions;
  }

  /** The addresses that no advert may come from, since they move between hosts. */
  virtualAddresses(): ReadonlySet<string> {
    return new Set([...this.options.instances()].flatMap((i) => i.placed.map((a) => a.address)));
  }

  private conditions(instance: Instance, virtual: ReadonlySet<string>): Conditions {
    const { plan } = instance;
    const { network, sockets, staticItems } = this.options;
    const { scripts, processes, files, bfds, checker, services } = this.options.trackers;
    const speaker = network.link(sourceDeviceOf(plan));
    const found =
      speaker && sourceAddress(speaker.index, network.addresses(), virtual, { ...plan, owns: plan.priority === 255 });
    instance.source = plan.sourceAddress ?? found;
    const { error } = sockets.get(channelOf(plan));
    return conditionsOf(plan, {
      link: this.linkState(neededDeviceOf(plan)),
      ...(plan.vmac && this.ownInterface(plan.vmac.interface)),
      source: instance.source,
      sourceThere: network
        .addresses()
        .some((a) => a.address === instance.source && this.mayHoldSource(plan, a.interfaceIndex)),
      socketError: error && `no VRRP socket on ${channelDeviceOf(plan) || "any interface"}: ${error.message}`,
      missing: staticItems.missing(plan.name),
      ...(instance.handedOverSinceWallMs !== undefined && { handedOverSinceWallMs: instance.handedOverSinceWallMs }),
      scriptUp: (name) => scripts.up(name),
      processUp: (name) => processes.up(name),
      bfdUp: (name) => bfds.up(name),
      balancingUp: (name) => checker.up(name),
      serviceUp: (name) => services.up(name),
      fileValue: (name) => files.value(name),
      linkUp: (name) => this.isUp(name),
    });
  }

  private ownInterface(name: string): Pick<Surroundings, "own" | "ownTrouble"> {
    const { network, ownInterfaces } = this.options;
    const ownTrouble = ownInterfaces.trouble(name);
    if (ownTrouble !== undefined) return { own: "missing", ownTrouble };
    if (network.link(name) && this.isUp(name)) return { own: "up" };
    if (ownInterfaces.isComing(name)) return { own: "coming" };
    return { own: network.link(name) ? "down" : "missing" };
  }

  private linkState(name: string | undefined): Surroundings["link"] {
    if (name === undefined) return "up";
    if (this.options.network.link(name) === undefined) return "missing";
    return this.isUp(name) ? "up" : "down";
  }

  /** Whether the address that adverts come from may be on an interface: on one of the VRF, where there is one. */
  private mayHoldSource(plan: VrrpInstancePlan, interfaceIndex: number): boolean {
    const { network } = this.options;
    if (plan.interface !== "") return interfaceIndex === network.link(sourceDeviceOf(plan))?.index;
    if (plan.vrf === undefined) return true;
    const vrf = network.link(plan.vrf)?.index;
    return network.links().some((l) => l.index === interfaceIndex && (l.index === vrf || l.masterIndex === vrf));
  }

  private isUp(interfaceName: string): boolean {
    const { network, trackers } = this.options;
    return trackers.linkDelays.counts(interfaceName, network.link(interfaceName)?.up ?? false);
  }

  private tellMissing(instance: Instance): void {
    const name = neededDeviceOf(instance.plan);
    if (name === undefined || this.options.network.link(name) !== undefined) return;
    const existing = this.options.network.links().map((link) => link.name);
    this.options.log.error("interface.missing", {
      instance: instance.name,
      interface: name,
      existing: existing.join(", ") || "none",
    });
  }
}
