import { familyOf } from "../core/ip.ts";

/** The tables of nftables that a director has, one of IPv4 and one of IPv6, and how their rules are written. */
export type FirewallSettings = {
  readonly table: string;
  /** Of the base chains. */
  readonly priority: number;
  readonly counters: boolean;
  /** Link-local addresses are matched together with the number of their interface, not with its name. */
  readonly byInterfaceIndex: boolean;
};

export const defaultFirewall: FirewallSettings = {
  table: "keepalived",
  priority: -1,
  counters: false,
  byInterfaceIndex: false,
};

/** An address that takes no traffic, on its interface. */
export type BlockedAddress = { readonly address: string; readonly interface: string };

/** A macvlan whose MAC address the switches must see where the addresses are, and nowhere else. */
export type GuardedLink = {
  readonly name: string;
  readonly below: string;
  /** Rules hold the number of the interface below: one that has come back has another. */
  readonly belowIndex: number;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
};

export type Wanted = { readonly blocked: readonly BlockedAddress[]; readonly guarded: readonly GuardedLink[] };

/** What nft(8) takes as the name of a table without quotes, which it does not know there. */
export const isTableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_/.-]*$/.test(name);

/** What nft(8) takes for the name of one interface, and no pattern. */
const isPlain = (name: string): boolean => /^[^"*\\]+$/.test(name);

const NEIGHBOUR_DISCOVERY = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept";

/** Input of nft(8) that leaves exactly these rules in the tables, in one step, whatever was in them. */
export function ruleset(settings: FirewallSettings, wanted: Wanted): string {
  const blocked = wanted.blocked.filter((one) => isPlain(one.interface));
  const guarded = wanted.guarded.filter((one) => isPlain(one.name) && isPlain(one.below));
  return [
    ...tableOf(settings, "ip", rules4(settings, blocked, guarded)),
    ...tableOf(settings, "ip6", rules6(settings, blocked, guarded)),
    "",
  ].join("\n");
}

type Rules = {
  readonly sets: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
};

/** A table is named before it is deleted: it may not be there. */
function tableOf({ table, priority }: FirewallSettings, family: "ip" | "ip6", rules: Rules): string[] {
  const { sets, input, output } = rules;
  const chain = (name: "in" | "out", list: readonly string[]): string[] => {
    if (list.length === 0) return [];
    const hook = name === "in" ? "input" : "output";
    return [`chain ${name} {`, `type filter hook ${hook} priority ${priority}; policy accept;`, ...list, "}"];
  };
  const clean = [`table ${family} ${table} {}`, `delete table ${family} ${table}`];
  if (input.length + output.length === 0) return clean;
  return [...clean, `table ${family} ${table} {`, ...sets, ...chain("in", input), ...chain("out", output), "}"];
}

function rules4(
  settings: FirewallSettings,
  blocked: readonly BlockedAddress[],
  guarded: readonly GuardedLink[],
): Rules {
  const vips = unique(blocked.filter(({ address }) => familyOf(address) === 4).map(({ address }) => address));
  const drop = dropOf(settings);
  const igmp = guarded
    .filter(({ ipv4 }) => ipv4)
    .map((one) => `oifname "${one.name}" ip protocol igmp dup to ip daddr device ${below(one)} ${drop}`);
  return {
    sets: set("vips", "ipv4_addr", vips),
    input: vips.length > 0 ? [`ip daddr @vips ${drop}`] : [],
    output: [...igmp, ...(vips.length > 0 ? [`ip saddr @vips ${drop}`] : [])],
  };
}

function rules6(
  settings: FirewallSettings,
  blocked: readonly BlockedAddress[],
  guarded: readonly GuardedLink[],
): Rules {
  const six = blocked.filter(({ address }) => familyOf(address) === 6);
  const isLocal = ({ address }: BlockedAddress): boolean => /^fe[89ab]/.test(address);
  const vips = unique(six.filter((one) => !isLocal(one)).map(({ address }) => address));
  const local = unique(six.filter(isLocal).map((one) => `${one.address} . "${one.interface}"`));
  const drop = dropOf(settings);
  const suffix = settings.byInterfaceIndex ? "" : "name";
  const rules = (end: "saddr" | "daddr", word: "iif" | "oif"): string[] => [
    ...(six.length > 0 ? [NEIGHBOUR_DISCOVERY] : []),
    ...(local.length > 0 ? [`ip6 ${end} . ${word}${suffix} @vips_link_local ${drop}`] : []),
    ...(vips.length > 0 ? [`ip6 ${end} @vips ${drop}`] : []),
  ];
  const mld = guarded
    .filter(({ ipv6 }) => ipv6)
    .flatMap((one) => [
      `oifname "${one.name}" icmpv6 type mld2-listener-report dup to ip6 daddr device ${below(one)} ${drop}`,
      `oifname "${one.name}" icmpv6 type nd-router-solicit ${drop}`,
    ]);
  return {
    sets: [
      ...set("vips", "ipv6_addr", vips),
      ...set("vips_link_local", `ipv6_addr . ${settings.byInterfaceIndex ? "iface_index" : "ifname"}`, local),
    ],
    input: rules("daddr", "iif"),
    output: [...mld, ...rules("saddr", "oif")],
  };
}

const dropOf = ({ counters }: FirewallSettings): string => (counters ? "counter drop" : "drop");
const below = (one: GuardedLink): string => `"${one.below}"`;
const unique = (list: readonly string[]): string[] => [...new Set(list)];
const set = (name: string, type: string, elements: readonly string[]): string[] =>
  elements.length === 0 ? [] : [`set ${name} { type ${type}; elements = { ${elements.join(", ")} }; }`];
