import type { HostAddress, Link, RouteEvent } from "./route-messages.ts";

/** Interfaces and addresses as the kernel's events leave them. Applying an event twice changes nothing, so events that
 *  are older than a reading of the kernel's tables may be applied over it: later ones mend what they disturb. */
export class HostTables {
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<string, HostAddress>();
  /** The lists that were made since the last change. */
  #linkList: readonly Link[] | undefined;
  #addressList: readonly HostAddress[] | undefined;

  /** True when this changed anything. */
  apply(event: RouteEvent): boolean {
    this.#linkList = undefined;
    this.#addressList = undefined;
    switch (event.type) {
      case "link": {
        const before = this.#links.get(event.link.index);
        this.#links.set(event.link.index, event.link);
        return !before || !sameLink(before, event.link);
      }
      case "linkGone":
        for (const [key, address] of this.#addresses)
          if (address.interfaceIndex === event.index) this.#addresses.delete(key);
        return this.#links.delete(event.index);
      case "address": {
        const before = this.#addresses.get(keyOf(event.address));
        this.#addresses.set(keyOf(event.address), event.address);
        return !before || before.secondary !== event.address.secondary || before.usable !== event.address.usable;
      }
      case "addressGone":
        return this.#addresses.delete(keyOf(event.address));
    }
  }

  link(name: string): Link | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  links(): readonly Link[] {
    this.#linkList ??= [...this.#links.values()];
    return this.#linkList;
  }

  /** In order of appearance, primary addresses first. */
  addresses(): readonly HostAddress[] {
    this.#addressList ??= primaryFirst([...this.#addresses.values()]);
    return this.#addressList;
  }
}

const primaryFirst = (all: readonly HostAddress[]): readonly HostAddress[] => [
  ...all.filter((a) => !a.secondary),
  ...all.filter((a) => a.secondary),
];

const keyOf = (a: HostAddress): string => `${a.interfaceIndex} ${a.address}/${a.prefixLength}`;

const sameLink = (a: Link, b: Link): boolean =>
  a.name === b.name &&
  a.up === b.up &&
  a.mtu === b.mtu &&
  a.kind === b.kind &&
  a.lowerIndex === b.lowerIndex &&
  a.masterIndex === b.masterIndex &&
  a.group === b.group &&
  Buffer.compare(a.hardwareAddress, b.hardwareAddress) === 0;
