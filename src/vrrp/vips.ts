import { nowMs } from "../core/clock.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { createBackoff } from "./backoff.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import type { Network } from "./network.ts";
import { keyOf, type PlacedAddress, planVips, type VipPlan } from "./vip-plan.ts";

/** The virtual addresses of all instances on this host. Each call states what its owner wants from now on; the kernel is
 *  brought there by one worker, so that an address which moves between instances is never removed under its new owner. */
export type Vips = {
  /** The addresses of `owner` (any key that stays its own) are to be there. Resolves when they are, or when a try has failed (and another will follow). */
  hold(owner: string, addresses: readonly PlacedAddress[]): Promise<void>;
  /** They are not to be there, whoever added them, unless another owner holds them. */
  release(owner: string, addresses: readonly PlacedAddress[]): Promise<void>;
  /** Goes the way of an addition without changing anything: the first run of any code is its slowest, and a take-over
   *  shall not be the first. The kernel is asked for the loopback address that is there, and refuses it. */
  rehearse(): Promise<void>;
  /** The host's addresses or interfaces have changed: looks for held ones that somebody removed. */
  changed(): void;
  close(): void;
};

type PlacedKey = Pick<PlacedAddress, "address" | "interface">;

export type VipsOptions = {
  readonly network: Pick<Network, "links" | "addresses" | "addAddress" | "deleteAddress">;
  readonly log: Logger<typeof vrrpEvents>;
  /** An address of `owner` that somebody else had removed is back. */
  readonly onRestored: (owner: string, address: PlacedAddress) => void;
};

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const FIRST_RESTORE_WAIT_MS = 1000;
const LONGEST_RESTORE_WAIT_MS = 60_000;

type Pass = { readonly promise: Promise<void>; readonly done: () => void };

function newPass(): Pass {
  let done = (): void => {};
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done };
}

const turnOver = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

export function createVips({ network, log, onRestored }: VipsOptions): Vips {
  const held = new Map<string, readonly PlacedAddress[]>();
  const surplus = new Map<string, PlacedAddress>();
  /** Keys that were there while held: if they are gone, somebody removed them. */
  const placed = new Set<string>();
  const retry = createBackoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  const restore = createBackoff(FIRST_RESTORE_WAIT_MS, LONGEST_RESTORE_WAIT_MS);
  const gate = createLogGate();
  let pass: Pass | undefined;
  let working = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const ownerOf = (key: string): string =>
    [...held].find(([, addresses]) => addresses.some((a) => keyOf(a) === key))?.[0] ?? "";

  const wakeAt = (at: number): void => {
    clearTimeout(timer);
    timer = setTimeout(kick, Math.max(0, Math.ceil(at - nowMs())));
  };

  /** Carries out one change. What is there already, or gone already, is as it was wanted. */
  const attempt = async (
    action: "add" | "delete",
    key: string,
    at: PlacedKey,
    change: Promise<void>,
  ): Promise<boolean> => {
    try {
      await change;
    } catch (error) {
      if (errnoCode(error) !== (action === "add" ? "EEXIST" : "EADDRNOTAVAIL")) {
        const now = nowMs();
        retry.failed(key, now);
        if (gate.pass(`${action} ${key}`, now) !== undefined)
          log.error("vips.failed", { action, address: at.address, interface: at.interface, error: messageOf(error) });
        return false;
      }
    }
    retry.forget(key);
    return true;
  };

  const add = async ({ key, wanted, request }: VipPlan["add"][number], restored: boolean): Promise<void> => {
    if (!(await attempt("add", key, wanted, network.addAddress(request)))) return;
    placed.add(key);
    if (restored) onRestored(ownerOf(key), wanted);
  };

  const remove = async ({ key, address, interface: name }: VipPlan["remove"][number]): Promise<void> => {
    const at = { address: address.address, interface: name };
    if (await attempt("delete", key, at, network.deleteAddress(address))) surplus.delete(key);
  };

  /** When an absent address may be added: a first time at once, one that somebody removed with growing patience. */
  const dueAt = (key: string): number =>
    placed.has(key) ? Math.max(restore.notBefore(key), retry.notBefore(key)) : retry.notBefore(key);

  const tellNowhere = (nowhere: readonly PlacedAddress[]): void => {
    for (const one of nowhere) {
      placed.delete(keyOf(one));
      if (gate.pass(`nowhere ${keyOf(one)}`, nowMs()) === undefined) continue;
      const existing = network
        .links()
        .map((link) => link.name)
        .join(", ");
      log.error("vips.nowhere", { address: one.address, interface: one.interface, existing });
    }
  };

  const once = async (): Promise<void> => {
    const plan = planVips([...held.values()].flat(), [...surplus.values()], {
      links: network.links(),
      addresses: network.addresses(),
    });
    const now = nowMs();
    for (const key of plan.present) placed.add(key);
    tellNowhere(plan.nowhere);
    const removing = new Set(plan.remove.map(({ key }) => key));
    for (const key of surplus.keys()) if (!removing.has(key)) surplus.delete(key);
    const work: Promise<void>[] = [];
    let next = Infinity;
    for (const one of plan.add) {
      const due = dueAt(one.key);
      const restoring = placed.has(one.key);
      if (restoring && one.wanted.noTrack) continue; // whoever removed it may do so
      if (due > now) next = Math.min(next, due);
      else work.push(add(one, restoring));
      if (due <= now && restoring) restore.failed(one.key, now);
    }
    for (const one of plan.remove) {
      const due = retry.notBefore(one.key);
      if (due > now) next = Math.min(next, due);
      else work.push(remove(one));
    }
    await Promise.all(work);
    for (const { key } of [...plan.add, ...plan.remove]) {
      const due = retry.notBefore(key);
      if (due > now) next = Math.min(next, due);
    }
    if (next < Infinity && !closed) wakeAt(next);
  };

  const work = async (): Promise<void> => {
    // The adverts of all that take over at one time leave first, and all that one event or reload says is looked at together.
    await turnOver();
    while (pass && !closed) {
      const current = pass;
      pass = undefined;
      await once();
      current.done();
    }
    working = false;
  };
  /** The pass that has not begun yet: whoever asks now is served by it, and need not wait for later ones. */
  const kick = (): Promise<void> => {
    pass ??= newPass();
    if (!working) {
      working = true;
      void work();
    }
    return pass.promise;
  };

  return {
    hold(owner, addresses) {
      held.set(owner, addresses);
      for (const a of addresses) surplus.delete(keyOf(a));
      return kick();
    },
    release(owner, addresses) {
      const rest = (held.get(owner) ?? []).filter((a) => !addresses.some((gone) => keyOf(gone) === keyOf(a)));
      if (rest.length > 0) held.set(owner, rest);
      else held.delete(owner);
      for (const a of addresses) {
        surplus.set(keyOf(a), a);
        placed.delete(keyOf(a));
        retry.forget(keyOf(a));
      }
      return kick();
    },
    async rehearse() {
      const loopback = network.addresses().find((a) => a.address === "127.0.0.1");
      if (!loopback) return;
      const { interfaceIndex, address, prefixLength } = loopback;
      await network.addAddress({ interfaceIndex, address, prefixLength }).catch(() => undefined);
      planVips([], [], { links: network.links(), addresses: network.addresses() });
    },
    changed() {
      if (held.size > 0 || surplus.size > 0) void kick();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
