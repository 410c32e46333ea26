import type { CodeEntry } from "./codes.ts";

/** Routes and policy rules, of instances and static ones. */
export const routeCodes: readonly CodeEntry[] = [
  {
    code: "route/unknown-name",
    means: "A name of a table, protocol, scope, realm or group that neither this program nor iproute2's files have.",
    why: "The kernel knows numbers only: the line cannot be read.",
    remedy: "Add the name to the file of iproute2 that the hint names, on each director, or write the number.",
  },
  {
    code: "route/table",
    means: "Routing table 0.",
    why: "The kernel has none: 0 stands for no table.",
    remedy: "Write a number from 1 on.",
  },
  {
    code: "route/mixed-families",
    means: "Addresses of IPv4 and IPv6 in one route or rule.",
    why: "The kernel keeps both apart. Only the gateway of an IPv4 route may be an IPv6 address.",
    remedy: "Write a line for each.",
  },
  {
    code: "route/family-option",
    means:
      "An option that routes of this family do not have: `from`, `expires` and `pref` are of IPv6, `realms` of IPv4.",
    why: "The kernel would refuse the route, or do without the option.",
    remedy: "Remove the option.",
  },
  {
    code: "route/host-bits",
    means: "A destination with bits behind its prefix length.",
    why: "The kernel refuses such a route when the director becomes MASTER. The network that it is in is taken.",
    remedy: "Write the network, or the prefix length of one address.",
  },
  {
    code: "route/gateways",
    means: "Gateways given in two ways: `via` beside `nexthop`, or `or` without `via`.",
    why: "A route has one gateway, or a list of next hops.",
    remedy: "Write `nexthop via GATEWAY` for each of them.",
  },
  {
    code: "route/place",
    means: "`add` and `append` in one route.",
    why: "`add` fails where there is an equal route, `append` goes behind it: only `add` counts.",
    remedy: "Remove one of both.",
  },
  {
    code: "route/protocol",
    means: "`protocol` without `no_track`.",
    why: "A route or rule that is tracked has keepalived's protocol (18), by which it is known again when somebody removes it.",
    remedy: "Add `no_track`, or remove `protocol`.",
  },
  {
    code: "route/untracked",
    means: "A tracked route without `dev`.",
    why: "Its loss cannot be told from that of another: the instance stays MASTER without it.",
    remedy: "Add `dev IFNAME`, or `no_track` when it is meant so.",
  },
  {
    code: "route/track-group",
    means: "`track_group` at a static route without `dev`.",
    why: "The loss of the route is not noticed, so the instances of the group never hear of it.",
    remedy: "Add `dev IFNAME`.",
  },
  {
    code: "rule/action",
    means: "A rule with no action, or with several.",
    why: "A rule does one thing with the packets it is for; keepalived drops such a rule.",
    remedy: "Leave one of `table`, `l3mdev`, `blackhole`, `unreachable`, `prohibit`, `nop` and `goto`.",
  },
  {
    code: "rule/goto",
    means: "`goto` to a preference that is not above the rule's own.",
    why: "The kernel goes forward only, or packets would run in circles.",
    remedy: "Give the rule a preference below the one it goes to.",
  },
  {
    code: "rule/preference",
    means: "A rule without a preference.",
    why: "It gets the next one below 16384, so that the order of the file decides which rule is tried first, and a new line changes it for others.",
    remedy: "Add `preference N` to each rule.",
  },
  {
    code: "rule/realms",
    means: "`realms` in a rule of IPv6, or in one that looks no table up.",
    why: "The kernel has no use for them there: they are left out.",
    remedy: "Remove `realms`.",
  },
];
