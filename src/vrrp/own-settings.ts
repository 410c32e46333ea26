import { createHeldSettings, writeSetting } from "./held-settings.ts";
import type { OwnLink } from "./own-links.ts";
import { noMemory } from "./settings-memory.ts";

/** The kernel's settings that interfaces of an instance's own need. */
export type OwnSettings = {
  /** Sets those of one that was just made. */
  prepare(link: OwnLink): void;
  /** Sets what has to hold around these, and puts back what others of before needed. `all`: every interface there is. */
  surround(links: readonly OwnLink[], all: readonly string[]): void;
};

const PROC = "/proc/sys/net";
const ADDR_GEN_NONE = "1";

/** `onFailure` is told what could not be set. */
export function createOwnSettings(
  onFailure: (file: string, error: string) => void,
  folder = PROC,
  memory = noMemory,
): OwnSettings {
  const around = createHeldSettings(onFailure, folder, memory);
  return {
    prepare(link) {
      // Written even where they hold: what has been written no longer follows `default`. They go with the interface.
      for (const [file, value] of settingsOf(link)) writeSetting(folder, file, value, onFailure);
    },
    surround(links, all) {
      around.update(surroundings(links, all, (file) => around.original(file)));
    },
  };
}

/** The interface answers ARP for its own addresses alone, and takes packets whose senders are reached by the one below.
 *  Of IPv6 it has what is needed, and no address made of its MAC address (RFC 9568 §7.4). An ipvlan needs none of it: it has
 *  the MAC address of the interface below. */
export function settingsOf({ kind, name, family, ipv6 }: OwnLink): readonly (readonly [string, string])[] {
  const four = `ipv4/conf/${name}`;
  const six = `ipv6/conf/${name}`;
  if (kind === "ipvlan") return [[`${six}/disable_ipv6`, ipv6 ? "0" : "1"]];
  return [
    [`${four}/arp_ignore`, "1"],
    ...(family === 4
      ? ([
          [`${four}/accept_local`, "1"],
          [`${four}/rp_filter`, "0"],
          [`${four}/promote_secondaries`, "1"],
        ] as const)
      : []),
    [`${six}/disable_ipv6`, ipv6 ? "0" : "1"],
    [`${six}/addr_gen_mode`, ADDR_GEN_NONE],
  ];
}

const ALL = "ipv4/conf/all/rp_filter";

/** The interface below must not answer ARP for addresses above it. The kernel takes the stricter of an interface's
 *  rp_filter and that of `all`, so the latter goes to 0, and all others get what it was. */
export function surroundings(
  links: readonly OwnLink[],
  all: readonly string[],
  original: (file: string) => string | undefined,
): readonly (readonly [string, string])[] {
  const over4 = links.filter(({ kind, family }) => kind === "macvlan" && family === 4);
  const below = [...new Set(over4.map((link) => link.below))].filter((name) => all.includes(name));
  const settings = below.flatMap((name) => [
    [`ipv4/conf/${name}/arp_ignore`, "1"] as const,
    [`ipv4/conf/${name}/arp_filter`, "1"] as const,
  ]);
  const strictness = Number(original(ALL) ?? "0");
  if (over4.length === 0 || !(strictness > 0)) return settings;
  const own = new Set(over4.map(({ name }) => name));
  const others = ["default", ...all.filter((name) => !own.has(name))].map((name) => `ipv4/conf/${name}/rp_filter`);
  const weaker = others.filter((file) => Number(original(file) ?? strictness) < strictness);
  return [...settings, ...weaker.map((file) => [file, String(strictness)] as const), [ALL, "0"]];
}
