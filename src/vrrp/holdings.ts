import type { Logger } from "../core/log.ts";
import { createFib, type Fib } from "./fib.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan, VrrpProcessPlan } from "./model.ts";
import type { Network } from "./network.ts";
import type { FirewallSettings } from "./nft-rules.ts";
import { createOwnDevices, type OwnDevices } from "./own-devices.ts";
import { createPromoteSecondaries } from "./promote-secondaries.ts";
import { createSettingsMemory, noMemory, type SettingsMemory } from "./settings-memory.ts";
import { createStaticItems, type StaticItems } from "./static-items.ts";
import { createVips, type Vips } from "./vips.ts";

/** What instances change on this host: addresses, routes, rules, interfaces of their own, rules of the firewall, settings
 *  of the kernel. */
export type Holdings = {
  readonly vips: Pick<Vips, "hold" | "release">;
  readonly fib: Pick<Fib, "hold" | "release">;
  readonly firewall: OwnDevices["firewall"];
  readonly interfaces: OwnDevices["interfaces"];
  readonly staticItems: Pick<StaticItems, "missing">;
  /** The items that stand whether or not anybody is MASTER. */
  configure(plan: VrrpProcessPlan): void;
  /** The plans of all instances have changed. */
  need(plans: readonly VrrpInstancePlan[]): void;
  /** Keeps the interfaces of an instance that is removed, until the returned function is called. */
  keep(instance: Instance): () => void;
  /** Interfaces have changed: one that has come back has the kernel's defaults. */
  promote(): void;
  /** Puts back what others have changed. */
  update(): void;
  /** The way of a take-over, without its effects. */
  rehearse(): void;
  /** Lets go of all that no instance holds any more. Resolves when done. */
  release(stays: boolean): Promise<void>;
  close(): void;
};

export type HoldingsOptions = {
  readonly network: Network;
  readonly log: Logger<typeof vrrpEvents>;
  readonly firewall: FirewallSettings | undefined;
  /** Where a successor finds what settings of the kernel had before; absent: nowhere. */
  readonly settingsFile: string | undefined;
  readonly instances: () => readonly Instance[];
  /** The instance of an owner's name; the items that stand by themselves have none. */
  readonly ownerOf: (owner: string) => Instance | undefined;
  /** What instances depend on is there, or cannot be, that was not before. */
  readonly onSettled: () => void;
};

export function createHoldings({ network, log, instances, ownerOf, onSettled, ...rest }: HoldingsOptions): Holdings {
  const memory = (part: string): SettingsMemory =>
    rest.settingsFile === undefined ? noMemory : createSettingsMemory(rest.settingsFile, part);
  const vips = createVips({ network, log, onRestored: (owner, address) => ownerOf(owner)?.restored(address) });
  const fib = createFib({
    network,
    log,
    onRestored: (owner) => {
      const instance = ownerOf(owner);
      if (instance) instance.counters.route_restored++;
    },
  });
  const staticItems = createStaticItems({ network, vips, fib, onSettled });
  const devices = createOwnDevices({
    network,
    log,
    firewall: rest.firewall,
    memory: memory("interfaces"),
    links: () => instances().flatMap((instance) => instance.ownLinks),
    onSettled,
  });
  const promoted = createPromoteSecondaries(
    (name, error) => log.warn("vrrp.unpromoted", { interface: name, error }),
    undefined,
    memory("promote_secondaries"),
  );
  return {
    vips,
    fib,
    staticItems,
    firewall: devices.firewall,
    interfaces: devices.interfaces,
    configure: (plan) => staticItems.configure(plan),
    need: (plans) => devices.need(plans),
    keep: (instance) => devices.keep(instance.ownLinks),
    promote() {
      const names = instances()
        .filter(({ plan }) => plan.promoteSecondaries)
        .flatMap(({ placed }) => placed.map((a) => a.interface));
      promoted.update(names.filter((name) => network.link(name)));
    },
    update() {
      devices.update();
      vips.changed();
      fib.changed();
    },
    rehearse: () => void vips.rehearse(),
    async release(stays) {
      await staticItems.remove();
      await devices.stop(stays);
    },
    close() {
      promoted.update([]);
      vips.close();
      fib.close();
    },
  };
}
