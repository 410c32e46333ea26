import type { Logger } from "../core/log.ts";
import type { Announcement } from "./announcer.ts";
import { forwardsIpv6 } from "./forwarding.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { Network } from "./network.ts";
import { openAnnouncer } from "./open-announcer.ts";
import { type Pace, paceOf } from "./pace.ts";
import type { GarpGroupPlan } from "./tracked-model.ts";
import { announcementsFor, type PlacedAddress } from "./vip-plan.ts";

/** Makes addresses of instances known to the neighbours, at the pace that the configuration allows. */
export type Announcements = {
  configure(groups: readonly GarpGroupPlan[]): void;
  announce(instance: Instance, addresses: readonly PlacedAddress[], repeat: number): void;
  /** Forgets what has not been sent yet for an instance. */
  silence(instance: Instance): void;
  /** Makes announcements and sends none. */
  rehearse(instances: Iterable<Instance>): void;
  close(): void;
};

/** Throws DirectorError when this process may not open packet sockets, Error for a failure that may pass. */
export function createAnnouncements(
  network: Pick<Network, "links">,
  log: Logger<typeof vrrpEvents>,
  announcer = openAnnouncer(log),
): Announcements {
  let groups: readonly GarpGroupPlan[] = [];
  const made = ({ plan }: Instance, addresses: readonly PlacedAddress[]): Announcement[] => {
    const pace = (address: string, name: string): Pace => paceOf(address, name, plan.garp, groups);
    return announcementsFor(addresses, network.links(), forwardsIpv6, pace);
  };
  return {
    configure(next) {
      groups = next;
    },
    announce(instance, addresses, repeat) {
      const announcements = made(instance, addresses);
      for (const { interface: name, address } of announcements)
        log.debug("vips.announced", { instance: instance.name, interface: name, address, repeat });
      announcer.announce(instance.id, announcements, repeat);
    },
    silence: (instance) => announcer.cancel(instance.id),
    rehearse(instances) {
      for (const instance of instances) made(instance, instance.placed);
      announcer.rehearse();
    },
    close: () => announcer.close(),
  };
}
