import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { ORIGIN } from "../config/row.ts";
import { endpointText } from "../core/ip.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

/** A lint of one virtual server alone. */
const each = (look: (block: VirtualServer, input: LintInput) => Iterable<Finding>): Lint =>
  function* (input) {
    for (const block of input.root.virtual_server) yield* look(block, input);
  };

const nameOf = ({ argument }: RealServer): string => endpointText(argument.address, argument.port);

/** The sorry server answers when no real server does; one that is both has nothing else to answer with. */
const sorryIsReal = each(function* (block) {
  const { sorry_server: sorry } = block;
  const real =
    sorry &&
    block.real_server.find(
      ({ argument }) => argument.address === sorry.address && (sorry.port === 0 || argument.port === sorry.port),
    );
  if (!real) return;
  yield {
    code: "lint/sorry-is-real",
    message: `the sorry server ${endpointText(sorry.address, sorry.port)} is one of the real servers`,
    at: placeOf(block, "sorry_server"),
    hint: "when the real servers are down, it is too: name another one",
    related: [relatedAt("the real server", blockPlace(real))],
  };
});

/** A packet to a real server that has the virtual address comes back to the director. */
function* realIsVip(input: LintInput): Generator<Finding> {
  const held = new Set(input.plan.vrrp.instances.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  for (const block of input.root.virtual_server) {
    const { argument } = block;
    const own = argument.kind === "address" ? argument.address : undefined;
    for (const real of block.real_server) {
      const { address } = real.argument;
      if (address !== own && !held.has(address)) continue;
      yield {
        code: "lint/real-is-vip",
        message: `the real server has a virtual address, ${address}: packets to it come back to the director`,
        at: blockPlace(real),
        hint: "name the server's own address",
      };
    }
  }
}

/** IP_VS_RR and IP_VS_LC look at a weight only to see whether it is 0. */
const UNWEIGHTED: Readonly<Record<string, string>> = { rr: "wrr", lc: "wlc" };

const weightsIgnored = each(function* (block) {
  const better = UNWEIGHTED[block.lb_algo ?? ""];
  if (better === undefined) return;
  const weightOf = (server: RealServer): number => server.weight ?? block.weight;
  const used = block.real_server.filter((server) => weightOf(server) > 0);
  const [first] = used;
  const other = used.find((server) => first && weightOf(server) !== weightOf(first));
  if (!first || !other) return;
  yield {
    code: "lint/weights-ignored",
    message: `\`lb_algo ${block.lb_algo}\` gives every server the same share, whatever its weight`,
    at: placeOf(block, "lb_algo"),
    hint: `use \`lb_algo ${better}\`, or give all servers one weight`,
    related: [
      relatedAt(`weight ${weightOf(first)}`, placeOf(first, "weight")),
      relatedAt(`weight ${weightOf(other)}`, placeOf(other, "weight")),
    ],
  };
});

/** A weight that rises is the same share from its beginning. */
const slowStartIgnored = each(function* (block) {
  const better = UNWEIGHTED[block.lb_algo ?? ""];
  const real = block.real_server.find((server) => (server.slow_start ?? 0) > 0);
  if (better === undefined || (block.slow_start === 0 && !real)) return;
  yield {
    code: "lint/weights-ignored",
    message: `\`lb_algo ${block.lb_algo}\` looks at no weights: \`slow_start\` does nothing`,
    at: placeOf(real ?? block, "slow_start"),
    hint: `use \`lb_algo ${better}\``,
    related: [relatedAt("the scheduler", placeOf(block, "lb_algo"))],
  };
});

/** The templates of persistent clients outlive a weight of 0 (net.ipv4.vs.expire_quiescent_template is 0 by default). */
const inhibitPersistent = each(function* (block, { global }) {
  if (global.ipvs_sysctl.some(({ expire_quiescent_template: expires }) => expires === 1)) return;
  if (block.persistence_timeout === undefined && block.persistence_granularity === undefined) return;
  const real = block.real_server.find((server) => server.inhibit_on_failure === true);
  if (!block.inhibit_on_failure && !real) return;
  yield {
    code: "lint/inhibit-persistent",
    message: "`inhibit_on_failure` keeps a dead server in the table, and persistent clients keep being sent to it",
    at: placeOf(real ?? block, "inhibit_on_failure"),
    hint: "remove one of both, or write `ipvs_sysctl { expire_quiescent_template 1 }` in global_defs",
  };
});

const CHECK = /_(CHECK|GET)$/;

const hasCheck = (server: RealServer): boolean => {
  if (server.TCP_CHECK.length > 0) return true;
  return server[ORIGIN].statements.some(({ words }) => CHECK.test(words[0].text));
};

/** What nobody asks is taken for alive. */
const noCheck = each(function* (block) {
  const without = block.real_server.filter((server) => !hasCheck(server));
  const [first] = without;
  if (!first) return;
  const all = without.length === block.real_server.length;
  yield {
    code: "lint/no-check",
    message: all
      ? "no real server of this virtual server is checked: a dead one stays in the table"
      : `${quote(nameOf(first))} is not checked: it stays in the table when it is dead`,
    at: all ? blockPlace(block) : blockPlace(first),
    hint: "add e.g. `TCP_CHECK { connect_timeout 3 }`",
    ...(without.length > 1 &&
      !all && { related: [relatedAt("nor is this one", blockPlace(without[1] as RealServer))] }),
  };
});

/** A quorum of 1 or more is lost while no server has a weight. */
const allWeightsZero = each(function* (block) {
  if (block.real_server.some((server) => (server.weight ?? block.weight) > 0)) return;
  if (block.real_server.length === 0 || isGiven(block, "quorum")) return;
  yield {
    code: "lint/no-weight",
    message: "all real servers have weight 0: none is given a connection",
    at: blockPlace(block),
    hint: "give at least one a weight of 1 or more",
  };
});

export const serverLints: readonly Lint[] = [
  sorryIsReal,
  realIsVip,
  weightsIgnored,
  slowStartIgnored,
  inhibitPersistent,
  noCheck,
  allWeightsZero,
];
