import type { Logger } from "../core/log.ts";
import { createFirewall, type Firewall } from "./firewall.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan } from "./model.ts";
import type { Network } from "./network.ts";
import { runNft } from "./nft.ts";
import type { FirewallSettings } from "./nft-rules.ts";
import { createOwnInterfaces, type OwnInterfaces } from "./own-interfaces.ts";
import { guardedLinks, type OwnLink, ownLinksOf } from "./own-links.ts";
import { createOwnSettings } from "./own-settings.ts";
import type { SettingsMemory } from "./settings-memory.ts";

/** What instances change on the host beside addresses and routes: interfaces of their own, rules of the firewall. */
export type OwnDevices = {
  readonly interfaces: Pick<OwnInterfaces, "isComing" | "trouble">;
  readonly firewall: Pick<Firewall, "block" | "unblock">;
  /** The plans of all instances have changed. */
  need(plans: readonly VrrpInstancePlan[]): void;
  /** Brings the interfaces to what the instances, and those that leave, need now. */
  update(): void;
  /** Keeps the interfaces of an instance that is removed, until the returned function is called. */
  keep(links: readonly OwnLink[]): () => void;
  /** Takes everything away unless it is to stay. Resolves when done. */
  stop(stays: boolean): Promise<void>;
};

export type OwnDevicesOptions = {
  readonly network: Network;
  readonly log: Logger<typeof vrrpEvents>;
  readonly firewall: FirewallSettings | undefined;
  readonly memory: SettingsMemory;
  /** The interfaces that each instance needs now. */
  readonly links: () => readonly OwnLink[];
  /** Interfaces are there, or cannot be, that were not before. */
  readonly onSettled: () => void;
};

export function createOwnDevices({ network, log, links, onSettled, ...options }: OwnDevicesOptions): OwnDevices {
  const kept = new Set<readonly OwnLink[]>();
  const firewall = createFirewall({ settings: options.firewall, run: runNft, log });
  const interfaces = createOwnInterfaces({
    network,
    log,
    guarded: () => firewall.settled(),
    settings: createOwnSettings(
      (setting, error) => log.warn("own.unset", { setting, error }),
      undefined,
      options.memory,
    ),
    onSettled,
  });
  const update = (): void => {
    const wanted = links();
    const names = new Set(wanted.map(({ name }) => name));
    const leaving = [...kept].flat().filter(({ name }) => !names.has(name));
    const all = [...wanted, ...leaving];
    firewall.guard(guardedLinks(all, (name) => network.link(name)?.index));
    interfaces.update(all);
  };

  return {
    interfaces,
    firewall,
    need(plans) {
      firewall.need({
        blocking: plans.some(({ accept }) => accept === false),
        guarding: plans.some((plan) => ownLinksOf(plan, undefined).some(({ kind }) => kind === "macvlan")),
      });
      update();
    },
    update,
    keep(one) {
      kept.add(one);
      return () => {
        kept.delete(one);
        update();
      };
    },
    async stop(stays) {
      if (!stays) await Promise.all([interfaces.remove(), firewall.remove()]);
      interfaces.close();
      firewall.close();
    },
  };
}
