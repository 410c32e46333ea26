import fc from "fast-check";
import { groupText, type Place, type RealServer, serviceText } from "./blocks.ts";
import type { Case } from "./case-forms.ts";

/** Configurations with all keywords mixed, each seed's others; the reload may change everything, the method too. Left out is
 *  what docs/compatibility.md has a section for. */

type Kind = "address" | "udp" | "sctp" | "mark" | "group" | "two protocols";
/** `tunnelled`: servers of both families, all behind tunnels. */
type Shape = { readonly kind: Kind; readonly family: 4 | 6; readonly tunnelled: boolean; readonly method: string };
type Lines = readonly string[];
type Side = {
  readonly method: string;
  readonly members: readonly number[];
  /** The second of each is for the other protocol. */
  readonly options: readonly [Lines, Lines];
  readonly servers: readonly [readonly RealServer[], readonly RealServer[]];
};

/** One of these lines, or none. */
const maybe = (...lines: readonly string[]): fc.Arbitrary<Lines> =>
  fc.constantFrom([], [], ...lines.map((line) => [line]));

const TUNNELS = ["TUN", "TUN type gre", "TUN type gre csum", "TUN type gue port 6080 csum", "TUN type gue port 6081"];
const anyMethod = fc.constantFrom("DR", "NAT", ...TUNNELS);

const flagsOf = (scheduler: string): Lines =>
  ["sh", "mh"].includes(scheduler)
    ? [`${scheduler}-port`, `${scheduler}-fallback`]
    : scheduler === "wrr"
      ? ["flag-1", "flag-2", "flag-3"]
      : [];
const scheduling = fc
  .constantFrom("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq")
  .chain((name) => fc.subarray([...flagsOf(name)]).map((flags): Lines => [`lvs_sched ${name}`, ...flags]));

const persistenceOf = ({ kind, family, tunnelled }: Shape): fc.Arbitrary<Lines> => {
  const granularity = family === 4 ? "255.255.255.0" : "64";
  const several = tunnelled || kind === "group" || kind === "two protocols";
  return maybe(
    "persistence_timeout 50",
    "persistence_timeout",
    ...(several ? [] : [`persistence_timeout 60\npersistence_granularity ${granularity}`]),
    ...(kind === "udp" ? ["persistence_timeout 60\npersistence_engine sip"] : []),
  );
};

const sorryOf = ({ family, tunnelled }: Shape): fc.Arbitrary<Lines> => {
  const prefix = family === 6 ? "2001:db8::" : "192.168.122.";
  const own = ["TUN", ...(tunnelled ? [] : ["NAT", "TUN type gre"])];
  const server = fc
    .tuple(
      fc.constantFrom("80", "80", "8080"),
      maybe("sorry_server_inhibit"),
      maybe(...own.map((words) => `sorry_server_lvs_method ${words}`)),
    )
    .map(([port, ...lines]): Lines => [`sorry_server ${prefix}99 ${port}`, ...lines.flat()]);
  return fc.oneof(fc.constant([]), server);
};

const optionsOf = (shape: Shape): fc.Arbitrary<Lines> =>
  fc
    .tuple(
      scheduling,
      persistenceOf(shape),
      maybe(shape.kind === "udp" ? "ops" : "hashed"),
      maybe("inhibit_on_failure"),
      maybe("alpha"),
      maybe("omega"),
      maybe("quorum 2", "quorum 3", "quorum 3\nhysteresis 1", "quorum 4\nhysteresis 2", "quorum 9\nhysteresis 3"),
      sorryOf(shape),
      maybe("weight 4"),
      maybe("retry 2\ndelay_before_retry 0.1"),
    )
    .map((parts) => parts.flat());

const serversOf = ({ family, tunnelled }: Shape): fc.Arbitrary<readonly RealServer[]> =>
  fc.uniqueArray(
    fc.record<RealServer>({
      who: fc.constantFrom("a", "b", "c", "d"),
      family: tunnelled ? fc.constantFrom(4, 6) : fc.constant(family),
      port: fc.constantFrom<number | "none">(80, 80, 80, 8080, "none"),
      options: fc
        .tuple(
          maybe("weight 0", "weight 2", "weight 3", "weight 100000"),
          maybe("inhibit_on_failure", "alpha", "alpha no", "inhibit_on_failure no"),
          maybe("uthreshold 90", "uthreshold 90\nlthreshold 30"),
          maybe("delay_loop 0.5", "retry 1"),
          tunnelled ? fc.constant([]) : maybe("lvs_method NAT", "lvs_method TUN type gre"),
        )
        .map((parts) => parts.flat()),
      // The last two have a second check beside the first.
      check: fc.constantFrom<Lines | null>(
        [],
        [],
        ["retry 0"],
        ["alpha"],
        ["warmup 0.3"],
        null,
        ["}\nTCP_CHECK {\nconnect_port 7001"],
        ["}\nTCP_CHECK {\nconnect_port 7003\nalpha no"],
      ),
    }),
    { minLength: 1, maxLength: 4, selector: ({ who }) => who },
  );

const sideOf = (shape: Shape): fc.Arbitrary<Side> => {
  const same = { weight: 4, arbitrary: fc.constant(shape.method) };
  return fc.record({
    method: shape.tunnelled ? fc.constantFrom(...TUNNELS) : fc.oneof(same, { weight: 1, arbitrary: anyMethod }),
    members: fc.subarray([0, 1, 2, 3], { minLength: 1 }),
    options: fc.tuple(optionsOf(shape), optionsOf(shape)),
    servers: fc.tuple(serversOf(shape), serversOf(shape)),
  });
};

const anyChange = fc
  .record<Shape>({
    kind: fc.constantFrom("address", "udp", "sctp", "mark", "group", "two protocols"),
    family: fc.constantFrom(4, 4, 6),
    tunnelled: fc.constantFrom(false, false, false, true),
    method: anyMethod,
  })
  .chain((shape) => fc.record({ shape: fc.constant(shape), before: sideOf(shape), after: sideOf(shape) }));

function textOf({ kind, family }: Shape, { method, members, options, servers }: Side, at: Place): string {
  const vip = family === 6 ? at.vip6 : at.vip;
  const isGroup = kind === "group" || kind === "two protocols";
  const where = kind === "mark" ? `fwmark ${at.mark(1)}` : isGroup ? `group ${at.group(1)}` : `${vip(1)} 80`;
  const service = (n: 0 | 1, protocol: string): string =>
    serviceText({
      at: where,
      options: [`lvs_method ${method}`, ...options[n], ...(kind === "mark" ? [] : [`protocol ${protocol}`])],
      servers: servers[n],
    });
  if (!isGroup) return service(0, kind === "udp" ? "UDP" : kind === "sctp" ? "SCTP" : "TCP");
  const lines = [`${vip(1)} 80`, `${vip(2)}-4 81`];
  if (kind === "group") lines.push(`fwmark ${at.mark(1)}`, `fwmark ${at.mark(2)}`);
  const group = groupText(
    at.group(1),
    members.map((n) => lines[n % lines.length] as string).filter((line, i, all) => all.indexOf(line) === i),
  );
  return [group, service(0, "TCP"), ...(kind === "two protocols" ? [service(1, "UDP")] : [])].join("\n");
}

/** Without what depends on more than who answers: whether a quorum with hysteresis was there before. */
const withoutHistory = (side: Side): Side => {
  const strip = (lines: Lines): Lines => lines.map((line) => line.replace(/\nhysteresis \d+/, ""));
  return { ...side, options: [strip(side.options[0]), strip(side.options[1])] };
};

export const mixedCases = (seed: number, count: number): readonly Case[] =>
  fc.sample(anyChange, { seed, numRuns: count }).map(({ shape, before, after }, i) => ({
    name: `${i + 1} (${shape.kind}, IPv${shape.family}${shape.tunnelled ? ", tunnelled" : ""})`,
    before: (at) => textOf(shape, before, at),
    after: (at) => textOf(shape, withoutHistory(after), at),
  }));
