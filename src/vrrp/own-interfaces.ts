import { nowMs } from "../core/clock.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { createBackoff } from "./backoff.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { Link, Network } from "./network.ts";
import type { OwnLink } from "./own-links.ts";
import type { OwnSettings } from "./own-settings.ts";

/** The interfaces that instances have of their own. As with addresses, each call states what is wanted from now on, and one
 *  worker brings the kernel there. */
export type OwnInterfaces = {
  /** These are to be there, and none of those that were before. Cheap when nothing has changed. */
  update(wanted: readonly OwnLink[]): void;
  /** Whether one is being made, or has just been made and does not run yet. */
  isComing(name: string): boolean;
  /** Why one is not there, in words. */
  trouble(name: string): string | undefined;
  /** Resolves when they are gone, and what was set for them is as it was. */
  remove(): Promise<void>;
  /** Leaves them as they are. */
  close(): void;
};

export type OwnInterfacesOptions = {
  readonly network: Pick<
    Network,
    | "link"
    | "links"
    | "addresses"
    | "addAddress"
    | "deleteAddress"
    | "addLink"
    | "changeLink"
    | "setLinkUp"
    | "setLinkGroup"
    | "deleteLink"
  >;
  readonly settings: OwnSettings;
  readonly log: Logger<typeof vrrpEvents>;
  /** Resolves when an interface may be set up. */
  readonly guarded: () => Promise<void>;
  /** isComing() or trouble() may say something else now. */
  readonly onSettled: () => void;
};

/** One that stands as it was wanted: the index that the kernel gave it, and what it was made from. */
type Made = {
  readonly index: number;
  readonly from: string;
  readonly since: number;
  source?: NonNullable<OwnLink["source"]>;
};

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
/** The kernel may take a second until it tells that an interface runs. */
const COMING_MS = 3000;

export function createOwnInterfaces(options: OwnInterfacesOptions): OwnInterfaces {
  const { network, settings, log, guarded, onSettled } = options;
  let wanted: readonly OwnLink[] = [];
  const made = new Map<string, Made>();
  const troubles = new Map<string, string>();
  const coming = new Set<string>();
  const retry = createBackoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  let queue: Promise<void> = Promise.resolve();
  let waiting = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const isRight = (one: OwnLink): boolean => {
    const link = network.link(one.name);
    const known = made.get(one.name);
    return link !== undefined && known?.index === link.index && known.from === definition(one) && fits(one, link);
  };

  /** Whether a link is this one as far as can be seen. */
  const fits = (one: OwnLink, link: Link): boolean =>
    link.kind === one.kind &&
    link.lowerIndex === network.link(one.below)?.index &&
    (one.kind !== "macvlan" || Buffer.compare(link.hardwareAddress, one.hardwareAddress) === 0);

  /** What of a link can be changed while it stands. */
  const changes = (one: OwnLink, below: Link) => {
    const vrf = network.links().find(({ index, kind }) => index === below.masterIndex && kind === "vrf");
    return {
      ...(one.kind === "macvlan"
        ? { kind: one.kind, hardwareAddress: one.hardwareAddress }
        : { kind: one.kind, mode: one.mode }),
      group: one.group ?? below.group,
      ...(vrf && { vrfIndex: vrf.index }),
    };
  };

  const make = async (one: OwnLink, below: Link): Promise<void> => {
    const { name } = one;
    let link = network.link(name);
    if (link && link.kind !== one.kind) throw new Error(`it exists, and is no ${one.kind}`);
    if (link && link.lowerIndex !== below.index) {
      await network.deleteLink(link.index);
      link = undefined;
    }
    const fresh = link === undefined;
    if (link) await network.changeLink(link.index, changes(one, below));
    else await network.addLink({ name, lowerIndex: below.index, ...changes(one, below) });
    const index = network.link(name)?.index;
    if (index === undefined) throw new Error(`the kernel does not tell of ${name}`);
    settings.prepare(one);
    await guarded();
    await network.setLinkUp(index);
    if (one.netlinkNotify) await network.setLinkGroup(below.index, below.group);
    made.set(name, { index, from: definition(one), since: nowMs() });
    log.info(fresh ? "own.made" : "own.adopted", { interface: name, below: one.below, kind: one.kind });
  };

  /** What is borrowed from the interface below is a source for nothing else. */
  const placeSource = async (one: OwnLink): Promise<void> => {
    const known = made.get(one.name);
    if (!known || one.source === undefined || sameSource(known.source, one.source)) return;
    const at = ({ address, prefixLength }: NonNullable<OwnLink["source"]>) => ({
      ...{ interfaceIndex: known.index, address, prefixLength },
    });
    if (known.source !== undefined) await network.deleteAddress(at(known.source)).catch(() => undefined);
    await network
      .addAddress({ ...at(one.source), ...(one.source.borrowed && { noDad: true, preferredLifetimeS: 0 }) })
      .catch((error: unknown) => (errnoCode(error) === "EEXIST" ? undefined : Promise.reject(error)));
    known.source = one.source;
  };

  const ensure = async (one: OwnLink): Promise<void> => {
    const below = network.link(one.below);
    if (!below || retry.notBefore(one.name) > nowMs()) return;
    try {
      if (!isRight(one)) await make(one, below);
      await placeSource(one);
      troubles.delete(one.name);
      retry.forget(one.name);
    } catch (error) {
      made.delete(one.name);
      const text = messageOf(error);
      if (troubles.get(one.name) !== text) log.error("own.failed", { interface: one.name, error: text });
      troubles.set(one.name, text);
      retry.failed(one.name, nowMs());
    }
  };

  const drop = async (name: string): Promise<void> => {
    const known = made.get(name);
    made.delete(name);
    if (!known || network.link(name)?.index !== known.index) return;
    try {
      await network.deleteLink(known.index);
      log.info("own.removed", { interface: name });
    } catch (error) {
      if (errnoCode(error) !== "ENODEV") log.error("own.failed", { interface: name, error: messageOf(error) });
    }
  };

  const dropSurplus = async (): Promise<void> => {
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of [...made.keys()].filter((n) => !names.has(n))) await drop(name);
    for (const name of troubles.keys()) if (!names.has(name)) troubles.delete(name);
  };

  const surround = (): void => {
    const names = network.links().map(({ name }) => name);
    settings.surround(
      wanted.filter((one) => made.has(one.name)),
      names,
    );
  };

  const pass = async (): Promise<void> => {
    waiting = false;
    clearTimeout(timer);
    await dropSurplus();
    for (const one of wanted) if (!closed) await ensure(one);
    surround();
    coming.clear();
    onSettled();
    const due = Math.min(...wanted.map(({ name }) => (troubles.has(name) ? retry.notBefore(name) : comingUntil(name))));
    if (due < Infinity && !closed) timer = setTimeout(wake, Math.max(1, Math.ceil(due - nowMs())));
  };
  const wake = (): void => {
    if (waiting || closed) return;
    waiting = true;
    queue = queue.then(pass);
  };

  /** Until when an interface that does not run yet is waited for. */
  const comingUntil = (name: string): number => {
    const known = made.get(name);
    if (!known || network.link(name)?.up) return Infinity;
    const until = known.since + COMING_MS;
    return until > nowMs() ? until : Infinity;
  };

  let isFirst = true;
  const isDue = (one: OwnLink): boolean =>
    network.link(one.below) !== undefined &&
    (!isRight(one) || (one.source !== undefined && !sameSource(made.get(one.name)?.source, one.source)));

  return {
    update(next) {
      wanted = next;
      const names = new Set(next.map(({ name }) => name));
      if (isFirst && next.length === 0) surround(); // a predecessor may have had some, and have been killed
      isFirst = false;
      const due = next.filter(isDue);
      for (const { name } of due) if (!troubles.has(name)) coming.add(name);
      const ready = due.some(({ name }) => retry.notBefore(name) <= nowMs());
      if (ready || [...made.keys()].some((name) => !names.has(name))) wake();
    },
    isComing: (name) => coming.has(name) || comingUntil(name) < Infinity,
    trouble: (name) => troubles.get(name),
    async remove() {
      wanted = [];
      wake();
      await queue;
      closed = true;
      clearTimeout(timer);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

const sameSource = (a: OwnLink["source"], b: OwnLink["source"]): boolean =>
  a?.address === b?.address && a?.prefixLength === b?.prefixLength;

/** What makes two wishes the same interface; its source may change while it stands. */
const definition = (one: OwnLink): string => {
  const { source: _, ...rest } = one;
  return JSON.stringify({ ...rest, ...(one.kind === "macvlan" && { hardwareAddress: [...one.hardwareAddress] }) });
};
