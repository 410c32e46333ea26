import { nowMs } from "../core/clock.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { createBackoff } from "./backoff.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import type { Network } from "./network.ts";
import type { RoutePlan, RulePlan } from "./route-model.ts";
import { routeRequest, routeText, ruleText } from "./route-requests.ts";

/** Routes and rules that belong to somebody. */
export type FibItems = { readonly routes: readonly RoutePlan[]; readonly rules: readonly RulePlan[] };

/** The routes and policy rules of all instances. As with addresses, each call states what its owner wants from now on, and
 *  one worker brings the kernel there. */
export type Fib = {
  /** These, and no others of `owner`, are to be there: routes first. Resolves when they are, or when a try has failed (and
   *  another will follow). Never rejects. */
  hold(owner: string, items: FibItems): Promise<void>;
  /** They are not to be there, whoever added them, unless another owner holds them: rules first. Never rejects. */
  release(owner: string, items: FibItems): Promise<void>;
  /** The host's interfaces, addresses or routes have changed: puts back what is missing. */
  changed(): void;
  /** Whether an item of an owner is known to be there. */
  has(item: RoutePlan | RulePlan): boolean;
  close(): void;
};

export type FibOptions = {
  readonly network: Pick<Network, "link" | "addRoute" | "deleteRoute" | "addRule" | "deleteRule" | "watchFib">;
  readonly log: Logger<typeof vrrpEvents>;
  /** Something of `owner` that somebody else had removed is back. */
  readonly onRestored: (owner: string) => void;
};

type Entry = { readonly key: string; readonly text: string; add(): Promise<void>; remove(): Promise<void> };

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const FIRST_RESTORE_WAIT_MS = 1000;
const LONGEST_RESTORE_WAIT_MS = 60_000;

export function createFib({ network, log, onRestored }: FibOptions): Fib {
  const held = new Map<string, readonly Entry[]>();
  const placed = new Set<string>();
  const retry = createBackoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  const restore = createBackoff(FIRST_RESTORE_WAIT_MS, LONGEST_RESTORE_WAIT_MS);
  const gate = createLogGate();
  const protocols = new Set<number>();
  let watching = false;
  let queue: Promise<void> = Promise.resolve();
  let waiting = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const entriesOf = ({ routes, rules }: FibItems): Entry[] => [
    ...routes.map((route): Entry => {
      const text = routeText(route);
      const request = () => routeRequest(route, (name) => network.link(name));
      return {
        key: JSON.stringify(route),
        text,
        add: async () => network.addRoute(request(), route.place),
        remove: async () => network.deleteRoute(request()),
      };
    }),
    ...rules.map(
      (rule): Entry => ({
        key: JSON.stringify(rule),
        text: ruleText(rule),
        add: async () => network.addRule(rule),
        remove: async () => network.deleteRule(rule),
      }),
    ),
  ];

  const isHeld = (key: string): boolean => [...held.values()].some((entries) => entries.some((e) => e.key === key));

  const failed = (action: "add" | "delete", { key, text }: Entry, error: unknown): void => {
    retry.failed(key, nowMs());
    if (gate.pass(`${action} ${key}`, nowMs()) !== undefined)
      log.error("fib.failed", { action, what: text, error: messageOf(error) });
  };

  /** One try; how long until the next is due. */
  const ensure = async (owner: string, entry: Entry): Promise<number> => {
    const { key } = entry;
    const due = Math.max(retry.notBefore(key), placed.has(key) ? restore.notBefore(key) : 0);
    if (due > nowMs()) return due;
    try {
      await entry.add();
    } catch (error) {
      if (errnoCode(error) === "EEXIST") {
        placed.add(key);
        return Infinity;
      }
      failed("add", entry, error);
      return retry.notBefore(key);
    }
    retry.forget(key);
    if (placed.has(key)) {
      restore.failed(key, nowMs());
      log.warn("fib.restored", { what: entry.text });
      onRestored(owner);
    }
    placed.add(key);
    return Infinity;
  };

  const drop = async (entries: readonly Entry[]): Promise<void> => {
    for (const entry of [...entries].reverse()) {
      placed.delete(entry.key);
      retry.forget(entry.key);
      if (isHeld(entry.key)) continue;
      try {
        await entry.remove();
      } catch (error) {
        if (!GONE.has(errnoCode(error) ?? "")) failed("delete", entry, error);
      }
    }
  };

  const ensureAll = async (): Promise<void> => {
    waiting = false;
    clearTimeout(timer);
    let next = Infinity;
    for (const [owner, entries] of held)
      for (const entry of entries) if (!closed) next = Math.min(next, await ensure(owner, entry));
    if (next < Infinity && !closed) timer = setTimeout(wake, Math.max(1, Math.ceil(next - nowMs())));
  };

  const enqueue = (work: () => Promise<void>): Promise<void> => {
    queue = queue.then(work);
    return queue;
  };
  const wake = (): void => {
    if (waiting || closed) return;
    waiting = true;
    void enqueue(ensureAll);
  };

  /** Removals by others are looked for from the first item on; of routes only those of a protocol that ours have. */
  const watch = ({ routes, rules }: FibItems): void => {
    for (const { protocol } of routes) protocols.add(protocol);
    if (watching || routes.length + rules.length === 0) return;
    watching = true;
    network.watchFib((event) => event.type === "ruleGone" || protocols.has(event.protocol), changed);
  };
  const changed = (): void => {
    if (held.size > 0) wake();
  };

  return {
    hold(owner, items) {
      watch(items);
      const entries = entriesOf(items);
      const keys = new Set(entries.map(({ key }) => key));
      const surplus = (held.get(owner) ?? []).filter(({ key }) => !keys.has(key));
      if (entries.length > 0) held.set(owner, entries);
      else held.delete(owner);
      return enqueue(async () => {
        await drop(surplus);
        await ensureAll();
      });
    },
    release(owner, items) {
      const entries = entriesOf(items);
      const gone = new Set(entries.map(({ key }) => key));
      const rest = (held.get(owner) ?? []).filter(({ key }) => !gone.has(key));
      if (rest.length > 0) held.set(owner, rest);
      else held.delete(owner);
      return enqueue(() => drop(entries));
    },
    changed,
    has: (item) => placed.has(JSON.stringify(item)),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** What the kernel says of a route or rule that is not there, or that went with its interface or table. */
const GONE: ReadonlySet<string> = new Set(["ESRCH", "ENOENT", "ENODEV", "EAFNOSUPPORT"]);
