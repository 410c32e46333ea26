import { nowMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { type Claims, type ClaimsOptions, claimKey, createClaims, type HeardWord, linkOf } from "./claims.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { Network } from "./network.ts";
import { macText } from "./wire/mac.ts";
import { askWitnesses, type Cancel } from "./witnesses.ts";

/** Who else has the addresses of our instances: it hears, and asks. */
export type Contention = {
  /** Instances or interfaces are others; cheap when they are not. */
  update(): void;
  /** Asks the links who has the addresses, and with `witnesses` those of the instance whether they are there. */
  ask(instance: Instance, witnesses: boolean): void;
  close(): void;
};

export type ContentionOptions = {
  readonly network: Pick<Network, "link" | "links">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly instances: () => readonly Instance[];
  /** Hands over the adverts that have been received: they come before what is concluded from a claim. */
  readonly drain: (instance: Instance) => void;
  readonly open?: ClaimsOptions["open"];
  readonly witnesses?: typeof askWitnesses;
};

/** The hardware addresses of virtual routers, RFC 9568 §7.3, which a backup with use_vmac has as well as its master. */
const ROUTER_MAC = /^00:00:5e:00:0[12]:/;

export function createContention(options: ContentionOptions): Contention {
  const { network, log, instances, drain, open, witnesses = askWitnesses } = options;
  const asked = new Map<string, Cancel>();
  /** Instances by link and address; made anew when the plans change. */
  let owners = new Map<string, Instance[]>();
  let plans: readonly Instance["plan"][] = [];

  const isOurs = (mac: string, { state }: Instance): boolean =>
    !(state.name !== "master" && ROUTER_MAC.test(mac)) &&
    network.links().some(({ hardwareAddress }) => macText(hardwareAddress) === mac);

  const onWord = (word: HeardWord): void => {
    for (const instance of owners.get(claimKey(word.interface, word.address)) ?? []) {
      if (isOurs(word.hardwareAddress, instance)) continue;
      if (instance.state.name === "master") drain(instance);
      const own = network.link(word.interface)?.hardwareAddress ?? new Uint8Array();
      instance.hearWord(word, word.hardwareAddress > macText(own));
    }
  };
  const claims: Claims = createClaims({ network, log, onWord, ...(open && { open }) });

  const index = (): void => {
    owners = new Map();
    for (const instance of instances()) {
      const { plan } = instance;
      for (const address of [...plan.addresses, ...plan.excludedAddresses]) {
        const key = claimKey(linkOf(plan, address), address.address);
        const others = owners.get(key);
        if (others) others.push(instance);
        else owners.set(key, [instance]);
      }
    }
  };

  return {
    update() {
      const next = instances().map(({ plan }) => plan);
      if (next.length !== plans.length || next.some((plan, i) => plan !== plans[i])) index();
      plans = next;
      claims.update(next);
    },
    ask(instance, withWitnesses) {
      const { plan, id } = instance;
      claims.ask(plan);
      if (!withWitnesses || !plan.takeoverCheck) return;
      asked.get(id)?.();
      const { witnesses: all, timeoutMs } = plan.takeoverCheck;
      asked.set(
        id,
        witnesses(all, timeoutMs, () => instance.dispatch({ type: "witness", now: nowMs() })),
      );
    },
    close() {
      claims.close();
      for (const cancel of asked.values()) cancel();
      asked.clear();
    },
  };
}
