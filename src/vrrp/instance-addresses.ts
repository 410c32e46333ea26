import type { FibItems } from "./fib.ts";
import type { Instance } from "./instance.ts";
import type { InstanceHost } from "./instance-host.ts";
import { isLeading } from "./machine.ts";
import type { VirtualAddress, VrrpInstancePlan } from "./model.ts";
import { addressDevice, quietAddresses } from "./own-links.ts";
import { keyOf, type PlacedAddress } from "./vip-plan.ts";

/** What one instance holds on the host while it is MASTER: addresses, routes, rules, and that neighbours know of them.
 *  Changes are made one after the other, and what waits for them comes in its turn. */
export class InstanceAddresses {
  private readonly instance: Instance;
  private readonly host: InstanceHost;
  private settled: Promise<void> = Promise.resolve();
  private quiet: NodeJS.Timeout | undefined;

  constructor(instance: Instance, host: InstanceHost) {
    this.instance = instance;
    this.host = host;
  }

  /** All of the instance's addresses, each on its interface. */
  get placed(): readonly PlacedAddress[] {
    const { plan } = this.instance;
    return placedAs(plan, [...plan.addresses, ...plan.excludedAddresses]);
  }

  /** Takes everything, for an instance that has become MASTER. */
  take(): void {
    const { host, instance } = this;
    host.log.info("vips.set", { instance: instance.name });
    this.hold();
    const items = itemsOf(instance.plan);
    if (!isEmpty(items)) this.afterwards(() => host.fib.hold(instance.id, items));
  }

  /** Lets go of everything: routes and rules first, which may lean on the addresses. */
  release(keep: boolean): void {
    const { host, instance, placed } = this;
    host.silence(instance);
    if (keep) return;
    const { id, plan } = instance;
    const items = itemsOf(plan);
    const unblock = async (): Promise<void> => {
      if (instance.state.name !== "master") await host.firewall.unblock(id);
    };
    host.log.info("vips.removing", { instance: instance.name });
    this.afterSettled(
      isEmpty(items)
        ? host.vips.release(id, placed)
        : host.fib.release(id, items).then(() => host.vips.release(id, placed)),
    );
    if (plan.accept === false) this.afterwards(unblock);
  }

  /** Goes from what a plan had to what the present one has, for an instance that is and stays MASTER. */
  change(before: VrrpInstancePlan): void {
    const { host, instance } = this;
    const { id, plan } = instance;
    const old = placedAs(before, [...before.addresses, ...before.excludedAddresses]);
    const added = difference(this.placed, old);
    const removed = difference(old, this.placed);
    const items = itemsOf(plan);
    if (plan.accept !== false) this.afterwards(() => host.firewall.unblock(id));
    if (plan.accept === false || added.length + removed.length > 0) this.hold();
    if (!isEmpty(itemsOf(before)) || !isEmpty(items)) this.afterwards(() => host.fib.hold(id, items));
    if (removed.length > 0) this.afterSettled(host.vips.release(id, removed));
    if (added.length > 0) this.afterwards(() => this.announce(added, plan.garp.masterRepeat));
    this.announceQuiet(0);
  }

  /** Gratuitous ARP and neighbour advertisements, unless the instance is not MASTER, or listens. */
  announce(addresses: readonly PlacedAddress[], repeat: number): void {
    if (isLeading(this.instance.state) && repeat > 0) this.host.announce(this.instance, addresses, repeat);
  }

  /** Now and then, so that switches do not forget where interfaces without adverts are (garp_extra_if). */
  announceQuiet(delayMs: number): void {
    this.stopQuiet();
    const { plan } = this.instance;
    const { extra } = plan.garp;
    if (!extra) return;
    this.quiet = setTimeout(() => {
      this.announce(placedAs(plan, quietAddresses(plan, extra.all)), 1);
      this.announceQuiet(0);
    }, delayMs + extra.intervalMs);
  }

  stopQuiet(): void {
    clearTimeout(this.quiet);
  }

  /** Runs behind every change begun so far. */
  afterwards(action: () => void | Promise<void>): void {
    this.settled = this.settled.then(action);
  }

  /** Resolves when every change begun so far is done, and what waited for it. */
  idle(): Promise<void> {
    return this.settled;
  }

  /** What must take no traffic takes none from its first moment on. */
  private hold(): void {
    const { instance, placed } = this;
    const { vips, firewall } = this.host;
    const hold = async (): Promise<void> => {
      if (instance.state.name === "master") await vips.hold(instance.id, this.placed);
    };
    this.afterSettled(instance.plan.accept === false ? firewall.block(instance.id, placed).then(hold) : hold());
  }

  private afterSettled(change: Promise<void>): void {
    this.settled = this.settled.then(() => change);
  }
}

const placedAs = (plan: VrrpInstancePlan, addresses: readonly VirtualAddress[]): readonly PlacedAddress[] =>
  addresses.map((address) => ({ ...address, interface: addressDevice(plan, address) }));

const itemsOf = ({ routes = [], rules = [] }: VrrpInstancePlan): FibItems => ({ routes, rules });
const isEmpty = ({ routes, rules }: FibItems): boolean => routes.length + rules.length === 0;

const difference = (list: readonly PlacedAddress[], other: readonly PlacedAddress[]): PlacedAddress[] => {
  const keys = new Set(other.map(keyOf));
  return list.filter((a) => !keys.has(keyOf(a)));
};
