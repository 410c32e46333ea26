import { nowMs } from "../core/clock.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { Logger } from "../core/log.ts";
import { type ClaimSocket, openClaimSocket } from "./claim-socket.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import type { VirtualAddress, VrrpInstancePlan } from "./model.ts";
import type { Network } from "./network.ts";
import { emitArpProbe, gratuitousArpLength } from "./wire/arp.ts";
import type { AddressWord } from "./wire/claim.ts";
import { emitNeighbourProbe, neighbourProbeLength } from "./wire/neighbour.ts";

/** A word about an address, with the interface that it was heard on. */
export type HeardWord = AddressWord & { readonly interface: string };

type Placed = Pick<VrrpInstancePlan, "interface" | "addresses" | "excludedAddresses">;

/** Listens on each interface with virtual addresses to who else says that he has one of them, and asks. */
export type Claims = {
  /** The instances that there are; cheap when nothing has changed. */
  update(plans: readonly Placed[]): void;
  /** Asks the links who has the addresses of the instance: of the first ones, since an instance moves as a whole. One of IPv6
   *  that duplicate detection is done for (`-nodad`) is not asked for: the question would make it fail elsewhere. */
  ask(plan: Placed): void;
  close(): void;
};

export type ClaimsOptions = {
  readonly network: Pick<Network, "link">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly onWord: (word: HeardWord) => void;
  readonly open?: typeof openClaimSocket;
  readonly now?: () => number;
};

type Slot = {
  readonly interface: string;
  readonly family: Family;
  readonly addresses: readonly string[];
  interfaceIndex?: number;
  socket?: ClaimSocket;
  /** It is not tried before. */
  retryAt: number;
};

/** Addresses of an instance that are asked for. */
const MOST_ASKED = 8;
const RETRY_MS = 10_000;

/** The interface whose link an address is on: that below a macvlan, which sees all that comes. Empty: it is not known. */
export const linkOf = (plan: Pick<Placed, "interface">, address: VirtualAddress): string =>
  address.interface ?? plan.interface;

export const claimKey = (interfaceName: string, address: string): string => `${interfaceName} ${address}`;

export function createClaims(options: ClaimsOptions): Claims {
  const { network, log, onWord, open = openClaimSocket, now = nowMs } = options;
  let slots = new Map<string, Slot>();
  let known: readonly Placed[] = [];
  const gate = createLogGate();
  const arp = new Uint8Array(gratuitousArpLength);
  const neighbour = new Uint8Array(neighbourProbeLength);
  const slotKey = (name: string, family: Family): string => `${name} ${family}`;

  const shut = (slot: Slot): void => {
    slot.socket?.close();
    delete slot.socket;
    delete slot.interfaceIndex;
  };

  /** What is to be listened to by these plans; slots that stay as they are keep their sockets. */
  const plan = (plans: readonly Placed[]): void => {
    const wanted = new Map<string, Set<string>>();
    for (const one of plans)
      for (const address of [...one.addresses, ...one.excludedAddresses]) {
        const key = slotKey(linkOf(one, address), familyOf(address.address));
        const set = wanted.get(key) ?? new Set();
        wanted.set(key, set.add(address.address));
      }
    const next = new Map<string, Slot>();
    for (const [key, set] of wanted) {
      const old = slots.get(key);
      const same = old && old.addresses.length === set.size && old.addresses.every((a) => set.has(a));
      const [name = "", family] = key.split(" ");
      const fresh = { interface: name, family: family === "6" ? 6 : 4, addresses: [...set], retryAt: 0 } as const;
      next.set(key, same ? old : { ...fresh });
    }
    for (const slot of slots.values()) if (next.get(slotKey(slot.interface, slot.family)) !== slot) shut(slot);
    slots = next;
  };

  const openSlot = (slot: Slot, interfaceIndex: number): void => {
    const { interface: name, family, addresses } = slot;
    const opened = open({ interfaceIndex, family, addresses }, (word) => onWord({ ...word, interface: name }));
    if (opened.ok) {
      slot.socket = opened.value;
      slot.interfaceIndex = interfaceIndex;
      return;
    }
    slot.retryAt = now() + RETRY_MS;
    const held = gate.pass(`${name} ${opened.error.code}`, now());
    if (held !== undefined) log.warn("claims.deaf", { interface: name, error: opened.error.message, held });
  };

  const tend = (slot: Slot): void => {
    const link = network.link(slot.interface);
    if (slot.socket && slot.interfaceIndex !== link?.index) shut(slot);
    if (link && !slot.socket && now() >= slot.retryAt) openSlot(slot, link.index);
  };

  const askFor = (name: string, address: string): void => {
    const family = familyOf(address);
    const slot = slots.get(slotKey(name, family));
    if (slot) tend(slot);
    const link = network.link(name);
    if (!slot?.socket || link?.hardwareAddress.length !== 6) return;
    const frame = family === 6 ? neighbour : arp;
    (family === 6 ? emitNeighbourProbe : emitArpProbe)(frame, address, link.hardwareAddress);
    const errno = slot.socket.send(frame);
    const held = errno === undefined ? undefined : gate.pass(`${name} ${errno}`, now());
    if (errno && held !== undefined) log.warn("claims.deaf", { interface: name, error: errno, held });
  };

  return {
    update(plans) {
      if (plans.length !== known.length || plans.some((one, i) => one !== known[i])) plan(plans);
      known = plans;
      for (const slot of slots.values()) tend(slot);
    },
    ask(one) {
      const safe = [...one.addresses, ...one.excludedAddresses].filter((a) => familyOf(a.address) === 4 || a.noDad);
      for (const address of safe.slice(0, MOST_ASKED)) askFor(linkOf(one, address), address.address);
    },
    close() {
      for (const slot of slots.values()) shut(slot);
      slots.clear();
      known = [];
    },
  };
}
