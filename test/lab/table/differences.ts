const DEAD = "Dead servers at a reload";
const THRESHOLDS = "Thresholds at a reload";
const LOWER = "A lower threshold above the upper one";
const GRANULARITY = "Granularity of a group";
const GROUPS = "Groups changed by a reload";
const GROUPS_AT_STOP = "Groups at a stop";
const INHIBITED = "Inhibited servers at a reload";
const SORRY = "Sorry servers at a reload";

const RETURNED = "all are there again";
const FAILED = "all fail again";
const STOPPED = "stop";

/** Tables that differ from keepalived's on purpose: by the section of docs/compatibility.md that has the reason, the cases
 *  with the steps at which they do. */
const byReason: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  [DEAD]: {
    "method DR": ["reload"],
    "method NAT": ["reload"],
    "method TUN": ["reload"],
    "method TUN type ipip": ["reload"],
    "method TUN type gue port 6080": ["reload"],
    "method TUN type gue port 6080 csum": ["reload"],
    "method TUN type gue port 6080 remcsum": ["reload"],
    "method TUN type gre": ["reload"],
    "method TUN type gre csum": ["reload"],
    "a method of each server": ["reload"],
    UDP: ["reload"],
    SCTP: ["reload"],
    IPv6: ["reload"],
    "IPv6 in tunnels": ["reload"],
  },
  [THRESHOLDS]: {
    "changed thresholds": ["reload", RETURNED],
    "generated 20 (address, IPv4)": ["reload"],
    "generated 24 (udp, IPv6)": ["reload"],
  },
  [LOWER]: {
    "a lower threshold alone": ["start without b", "all return", "b and c fail", "reload", RETURNED],
  },
  [GRANULARITY]: {
    "persistence by networks, of a group": [
      "start without b",
      "a fails",
      "all fail",
      "c returns",
      "all return",
      "b and c fail",
    ],
  },
  [GROUPS]: {
    "group of addresses": ["reload", RETURNED, FAILED, STOPPED],
    "group with a range": ["reload", RETURNED, FAILED, STOPPED],
    "group of marks": ["reload", RETURNED, FAILED, STOPPED],
    "group of both, of IPv6": [STOPPED],
    "group of two protocols": ["reload", RETURNED, FAILED, STOPPED],
  },
  [GROUPS_AT_STOP]: {
    "generated 3 (group, IPv4)": [STOPPED],
    "generated 21 (group, IPv6)": [STOPPED],
  },
  [INHIBITED]: {
    "quorum, sorry server and inhibited servers": ["reload", RETURNED],
    "generated 3 (group, IPv4)": ["reload"],
    "generated 14 (group, IPv4)": ["reload", RETURNED, FAILED],
    "generated 15 (group, IPv4)": ["reload", RETURNED, FAILED],
  },
  [SORRY]: {
    "sorry server, inhibited": ["reload", RETURNED, FAILED],
  },
};

/** "case, step" → section. */
export const differences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(byReason).flatMap(([section, cases]) =>
    Object.entries(cases).flatMap(([name, steps]) => steps.map((step) => [`${name}, ${step}`, section])),
  ),
);
