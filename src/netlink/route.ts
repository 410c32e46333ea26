import { MessageType } from "netlink/dist/rt/gen_structs.js";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import { decodeFibEvent, encodeRoute, type FibEvent, fibTypes, type RouteRequest } from "./fib-messages.ts";
import {
  encodeChangeLink,
  encodeDeleteLink,
  encodeLinkGroup,
  encodeLinkUp,
  encodeNewLink,
  type OwnLinkChange,
  type OwnLinkRequest,
} from "./link-messages.ts";
import { flags, splitMessages } from "./message.ts";
import { NetlinkConnection } from "./request.ts";
import {
  type AddressKey,
  type AddressRequest,
  addressDump,
  decodeRouteEvent,
  encodeDeleteAddress,
  encodeNewAddress,
  type HostAddress,
  type Link,
  linkDump,
  type RouteEvent,
} from "./route-messages.ts";
import { HostTables } from "./route-tables.ts";
import { encodeRule, type RuleRequest } from "./rule-messages.ts";
import { kernelSocket, type NetlinkSocket, protocols, type SocketOpener } from "./socket.ts";

/** RTNLGRP_* of linux/rtnetlink.h. */
const groups = { link: 1, ipv4Address: 5, ipv6Address: 9 } as const;
const fibGroups = { ipv4Route: 7, ipv4Rule: 8, ipv6Route: 11, ipv6Rule: 19 } as const;
const REQUEST_BUFFER_BYTES = 256 * 1024;
/** Room for the events of some thousand links at once; beyond it the tables are read again. */
const EVENT_BUFFER_BYTES = 4 * 1024 * 1024;
const RESYNC_RETRY_MS = 1000;

export type RouteOptions = {
  /** Sockets for requests and for events; the defaults are the kernel's. */
  readonly openRequests?: SocketOpener;
  readonly openEvents?: SocketOpener;
  /** Told when reading the tables failed; it is tried again every second, and meanwhile stay as they were. */
  readonly onTrouble?: (error: DirectorError) => void;
};

/** The interfaces and addresses of this network namespace, kept current by the kernel's events, and how to add and
 *  remove addresses. After an overrun of the event socket everything is read again. */
export class RouteMonitor {
  readonly #requests: NetlinkConnection;
  readonly #events: NetlinkSocket;
  readonly #onTrouble: (error: DirectorError) => void;
  readonly #listeners: (() => void)[] = [];
  #tables = new HostTables();
  /** Events that came while the tables were being read: newer than what the reading found, so applied after it. */
  #held: RouteEvent[] | undefined;
  #lossy = false;
  readonly #fibWatchers: { readonly concerns: (event: FibEvent) => boolean; readonly listener: () => void }[] = [];
  #again = false;
  #announced = false;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(options: RouteOptions) {
    this.#onTrouble = options.onTrouble ?? (() => undefined);
    this.#requests = new NetlinkConnection(options.openRequests ?? kernelSocket(protocols.route, REQUEST_BUFFER_BYTES));
    try {
      const open = options.openEvents ?? kernelSocket(protocols.route, EVENT_BUFFER_BYTES);
      this.#events = open({
        datagram: (bytes) => this.#receive(bytes),
        overrun: () => {
          this.#lossy = true;
        },
        drained: () => this.#drained(),
        failed: (errno) => this.#onTrouble(new DirectorError(errno, `the event socket failed: ${errno}`)),
      });
    } catch (error) {
      this.#requests.close();
      throw error;
    }
  }

  /** Opens and reads the tables; rejects with DirectorError or what node:net throws. */
  static async open(options: RouteOptions = {}): Promise<RouteMonitor> {
    const monitor = new RouteMonitor(options);
    try {
      for (const group of Object.values(groups)) monitor.#events.join(group);
      await monitor.#read();
      return monitor;
    } catch (error) {
      monitor.close();
      throw error;
    }
  }

  link(name: string): Link | undefined {
    return this.#tables.link(name);
  }

  links(): readonly Link[] {
    return this.#tables.links();
  }

  /** In the kernel's order: primary addresses of an interface before secondary ones. */
  addresses(): readonly HostAddress[] {
    return this.#tables.addresses();
  }

  /** `listener` runs after a change of the tables, once for any number of changes that came together. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Rejects with DirectorError: "EEXIST" where it is there, "ENODEV", "EPERM", "EINVAL". */
  async addAddress(request: AddressRequest): Promise<void> {
    const payload = encodeNewAddress(request);
    await this.#change(MessageType.NEWADDR, flags.create | flags.exclusive, payload, `add ${describe(request)}`);
  }

  /** Rejects with DirectorError: "EADDRNOTAVAIL" where it is not there. */
  async deleteAddress(key: AddressKey): Promise<void> {
    await this.#change(MessageType.DELADDR, 0, encodeDeleteAddress(key), `remove ${describe(key)}`);
  }

  /** Makes an interface on top of another; it is down. Rejects with DirectorError: "EEXIST" where one has the name, "EBUSY"
   *  where the one below can have none, "EOPNOTSUPP" where the kernel has none of the kind. */
  async addLink(request: OwnLinkRequest): Promise<void> {
    const set = flags.create | flags.exclusive;
    await this.#change(MessageType.NEWLINK, set, encodeNewLink(request), `make interface ${request.name}`);
  }

  async changeLink(index: number, change: OwnLinkChange): Promise<void> {
    await this.#change(MessageType.NEWLINK, 0, encodeChangeLink(index, change), `change interface ${index}`);
  }

  async setLinkUp(index: number): Promise<void> {
    await this.#change(MessageType.NEWLINK, 0, encodeLinkUp(index), `set interface ${index} up`);
  }

  async setLinkGroup(index: number, group: number): Promise<void> {
    await this.#change(MessageType.NEWLINK, 0, encodeLinkGroup(index, group), `set the group of interface ${index}`);
  }

  /** Rejects with DirectorError: "ENODEV" where it is not there. */
  async deleteLink(index: number): Promise<void> {
    await this.#change(MessageType.DELLINK, 0, encodeDeleteLink(index), `remove interface ${index}`);
  }

  /** `place`: before or after equal routes; `add`, and a route that is there exactly so, reject with "EEXIST". */
  async addRoute(route: RouteRequest, place: "prepend" | "append" | "add"): Promise<void> {
    const how = { prepend: 0, append: flags.append, add: flags.exclusive }[place];
    await this.#change(fibTypes.newRoute, flags.create | how, encodeRoute(route), "add a route");
  }

  /** Rejects with DirectorError: "ESRCH" where it is not there. */
  async deleteRoute(route: RouteRequest): Promise<void> {
    await this.#change(fibTypes.deleteRoute, 0, encodeRoute(route), "remove a route");
  }

  /** Rejects with DirectorError: "EEXIST" where it is there. */
  async addRule(rule: RuleRequest): Promise<void> {
    await this.#change(fibTypes.newRule, flags.create | flags.exclusive, encodeRule(rule), "add a rule");
  }

  /** Rejects with DirectorError: "ENOENT" where it is not there. */
  async deleteRule(rule: RuleRequest): Promise<void> {
    await this.#change(fibTypes.deleteRule, 0, encodeRule(rule), "remove a rule");
  }

  /** From now on `listener` runs after routes or rules that `concerns` says have been removed, by whomever; and after an
   *  overrun. */
  watchFib(concerns: (event: FibEvent) => boolean, listener: () => void): void {
    if (this.#fibWatchers.length === 0) for (const group of Object.values(fibGroups)) this.#events.join(group);
    this.#fibWatchers.push({ concerns, listener });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#events.close();
    this.#requests.close();
  }

  async #change(type: number, set: number, payload: Buffer, what: string): Promise<void> {
    try {
      await this.#requests.call({ type, flags: set, payload }, () => undefined);
      this.#events.drain(); // the kernel has sent the event already: the tables show the change when this resolves
    } catch (error) {
      const code = errnoCode(error) ?? "EIO";
      const hint = code === "EPERM" ? "run as root, or with CAP_NET_ADMIN" : undefined;
      throw new DirectorError(code, `cannot ${what}: ${messageOf(error)}`, { cause: error, ...(hint && { hint }) });
    }
  }

  #receive(datagram: Buffer): boolean {
    for (const message of splitMessages(datagram)) {
      const event = decodeRouteEvent(message.type, message.payload);
      if (event) this.#apply(event);
      const gone = decodeFibEvent(message.type, message.payload);
      if (gone) for (const { concerns, listener } of this.#fibWatchers) if (concerns(gone)) listener();
    }
    return true;
  }

  #drained(): void {
    if (!this.#lossy) return;
    this.#lossy = false;
    void this.#resync();
    for (const { listener } of this.#fibWatchers) listener();
  }

  #apply(event: RouteEvent): void {
    if (this.#held) this.#held.push(event);
    else if (this.#tables.apply(event)) this.#announce();
  }

  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      if (!this.#closed) for (const listener of this.#listeners) listener();
    });
  }

  async #resync(): Promise<void> {
    if (this.#held) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#retry);
    try {
      do {
        this.#again = false;
        await this.#read();
      } while (this.#again);
      this.#announce();
    } catch (error) {
      if (this.#closed) return;
      this.#onTrouble(new DirectorError(errnoCode(error) ?? "EIO", `cannot read the interfaces: ${messageOf(error)}`));
      this.#retry = setTimeout(() => void this.#resync(), RESYNC_RETRY_MS);
    }
  }

  async #read(): Promise<void> {
    const held: RouteEvent[] = [];
    this.#held = held;
    try {
      const fresh = new HostTables();
      for (const event of await this.#dump(MessageType.GETLINK, linkDump())) fresh.apply(event);
      for (const event of await this.#dump(MessageType.GETADDR, addressDump())) fresh.apply(event);
      this.#tables = fresh;
    } finally {
      this.#held = undefined;
      for (const event of held) this.#apply(event);
    }
  }

  #dump(type: number, payload: Buffer): Promise<RouteEvent[]> {
    return this.#requests.call({ type, flags: flags.dump, payload }, (answer, answerType) =>
      decodeRouteEvent(answerType, answer),
    );
  }
}

const describe = (key: AddressKey): string => `${key.address}/${key.prefixLength} on interface ${key.interfaceIndex}`;
