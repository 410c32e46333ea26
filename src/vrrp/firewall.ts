import { nowMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { createBackoff } from "./backoff.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { NftRunner } from "./nft.ts";
import {
  type BlockedAddress,
  defaultFirewall,
  type FirewallSettings,
  type GuardedLink,
  isTableName,
  ruleset,
} from "./nft-rules.ts";

/** Keeps traffic from addresses that an instance holds without accepting it, and the MAC addresses of macvlans from
 *  switches before their time. Each call states what is wanted from now on; one worker brings nftables there. */
export type Firewall = {
  /** Whether there will be anything to do; what a predecessor left in the tables goes at the first time. */
  need(what: { readonly blocking: boolean; readonly guarding: boolean }): void;
  /** These addresses, and no others of `owner`, take no traffic. Resolves when that is so, or after a while if it cannot be
   *  done: a failover waits no longer. */
  block(owner: string, addresses: readonly BlockedAddress[]): Promise<void>;
  unblock(owner: string): Promise<void>;
  guard(links: readonly GuardedLink[]): void;
  /** As that of block(): resolves when what is wanted stands. */
  settled(): Promise<void>;
  /** Takes the tables away. */
  remove(): Promise<void>;
  /** Leaves them as they are. */
  close(): void;
};

export type FirewallOptions = {
  readonly settings: FirewallSettings | undefined;
  readonly run: NftRunner;
  readonly log: Logger<typeof vrrpEvents>;
};

const PATIENCE_MS = 200;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export function createFirewall({ settings = defaultFirewall, run, log }: FirewallOptions): Firewall {
  const named = isTableName(settings.table) ? settings : { ...settings, table: defaultFirewall.table };
  if (named !== settings) log.error("firewall.table", { table: settings.table, used: named.table });
  const blocked = new Map<string, readonly BlockedAddress[]>();
  const retry = createBackoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  let guarded: readonly GuardedLink[] = [];
  let blocking = false;
  /** What the tables hold; undefined: what a predecessor left. */
  let stands: string | undefined;
  let used = false;
  let missing = false;
  /** The kernel cannot send packets another way (nft_dup): reports of groups leave by the macvlan. */
  let cannotGuard = false;
  let told = "";
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const wanted = (): string =>
    // The number of an interface shows in no rule, and makes it another one all the same.
    `${ruleset(named, { blocked: [...blocked.values()].flat(), guarded: cannotGuard ? [] : guarded })}${guarded.map((g) => `# ${g.below} ${g.belowIndex}\n`).join("")}`;

  const failed = (text: string): void => {
    if (told !== text) log.error("firewall.failed", { error: text });
    told = text;
    const at = retry.failed("", nowMs());
    clearTimeout(timer);
    timer = setTimeout(kick, Math.max(1, Math.ceil(at - nowMs())));
  };

  const once = async (): Promise<boolean> => {
    const script = wanted();
    const done = await run(script);
    if (done.ok) {
      stands = script;
      told = "";
      retry.forget("");
      return true;
    }
    if (done.error.code === "missing") {
      missing = true;
      log.warn(blocking ? "firewall.missing" : "firewall.unguarded", {});
      return false;
    }
    if (guarded.length > 0 && !cannotGuard) {
      cannotGuard = true;
      log.warn("firewall.undup", { error: done.error.message });
      return true;
    }
    failed(done.error.message);
    return false;
  };

  const work = async (): Promise<void> => {
    await Promise.resolve(); // so that all that one event or reload says is done together
    while (!missing && stands !== wanted() && (await once()));
    working = undefined;
  };
  const kick = (): Promise<void> => {
    if (!used || missing || closed) return Promise.resolve();
    working ??= work();
    return working;
  };
  const inTime = (what: Promise<void>): Promise<void> => {
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, PATIENCE_MS);
    });
    return Promise.race([what, late]).finally(() => clearTimeout(patience));
  };

  return {
    need(what) {
      missing = false; // it may have been installed since
      blocking = what.blocking;
      used ||= what.blocking || what.guarding;
      void kick();
    },
    block(owner, addresses) {
      blocked.set(owner, addresses);
      return inTime(kick());
    },
    unblock(owner) {
      return blocked.delete(owner) ? inTime(kick()) : Promise.resolve();
    },
    guard(links) {
      guarded = links;
      void kick();
    },
    settled: () => inTime(kick()),
    async remove() {
      blocked.clear();
      guarded = [];
      await kick();
      closed = true;
      clearTimeout(timer);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
