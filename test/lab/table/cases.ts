import { groupText, server } from "./blocks.ts";
import { ABC, type Case, marked, method, one, service, several, six, TCP_DR, v6 } from "./case-forms.ts";
import { groups, marksOfBoth } from "./group-cases.ts";

const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq"];

/** Each scheduler, changed to the next one by the reload. */
const schedulers = SCHEDULERS.map((name, i) => {
  const next = SCHEDULERS[(i + 1) % SCHEDULERS.length];
  const options = (scheduler: string | undefined) => [`lvs_sched ${scheduler}`, "lvs_method DR", "protocol TCP"];
  return one(`scheduler ${name}`, { options: options(name), servers: ABC }, { options: options(next), servers: ABC });
});

const flags = [
  ["sh", "sh-port", "sh-fallback"],
  ["mh", "mh-port", "mh-fallback"],
].map(([scheduler, port, fallback]) => {
  const base = [`lvs_sched ${scheduler}`, "lvs_method DR", "protocol TCP"];
  return several(
    `flags of ${scheduler}`,
    (at) => [
      service(`${at.vip(1)} 80`, [...base, `${port}`]),
      service(`${at.vip(1)} 81`, [...base, `${fallback}`]),
      service(`${at.vip(1)} 82`, [...base, `${port}`, `${fallback}`]),
    ],
    (at) => [
      service(`${at.vip(1)} 80`, [...base, `${fallback}`]),
      service(`${at.vip(1)} 81`, base),
      service(`${at.vip(1)} 82`, [...base, `${port}`]),
    ],
  );
});

const methods: Case[] = [
  ["DR", "NAT"],
  ["NAT", "TUN"],
  ["TUN", "DR"],
  ["TUN type ipip", "TUN type gue port 6080"],
  ["TUN type gue port 6080", "TUN type gue port 6081"],
  ["TUN type gue port 6080 csum", "TUN type gue port 6080 nocsum"],
  ["TUN type gue port 6080 remcsum", "TUN type gre"],
  ["TUN type gre", "TUN type gre csum"],
  ["TUN type gre csum", "TUN"],
].map(([from = "", to = ""]) => one(`method ${from}`, { options: method(from) }, { options: method(to) }));

const forwarding: Case[] = [
  one(
    "NAT with ports of its own",
    { options: method("NAT"), servers: [server("a", [], { port: 8080 }), server("b", [], { port: 8081 })] },
    { options: method("NAT"), servers: [server("a", [], { port: 8082 }), server("b", [], { port: 8081 })] },
  ),
  one(
    "a method of each server",
    {
      options: method("DR"),
      servers: [server("a", ["lvs_method NAT"]), server("b", ["lvs_method TUN type gre"]), server("c")],
    },
    { options: method("DR"), servers: [server("a"), server("b", ["lvs_method TUN"]), server("c", ["lvs_method NAT"])] },
  ),
  one("DR without a port", { options: TCP_DR, servers: [server("a", [], { port: "none" })] }, { options: TCP_DR }),
];

const persistence: Case[] = [
  one(
    "persistence",
    { options: [...TCP_DR, "persistence_timeout 50"] },
    { options: [...TCP_DR, "persistence_timeout 90"] },
  ),
  one(
    "persistence without a time",
    { options: [...TCP_DR, "persistence_timeout"] },
    { options: [...TCP_DR, "persistence_timeout 360"] },
  ),
  one(
    "persistence by networks",
    { options: [...TCP_DR, "persistence_timeout 50", "persistence_granularity 255.255.255.0"] },
    { options: [...TCP_DR, "persistence_timeout 50", "persistence_granularity 255.255.0.0"] },
  ),
  one("a granularity alone", { options: [...TCP_DR, "persistence_granularity 255.255.255.0"] }, { options: TCP_DR }),
  one(
    "persistence by prefixes of IPv6",
    { options: [...TCP_DR, "persistence_timeout 50", "persistence_granularity 64"], servers: v6("a", "b") },
    { options: [...TCP_DR, "persistence_timeout 50"], servers: v6("a", "b") },
    six,
  ),
  several(
    "persistence by networks, of a group",
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 80`, `fwmark ${at.mark(1)}`]),
      service(`group ${at.group(1)}`, [...TCP_DR, "persistence_timeout 50", "persistence_granularity 255.255.255.0"]),
    ],
    (at) => [
      groupText(at.group(1), [`${at.vip(1)} 80`, `fwmark ${at.mark(1)}`]),
      service(`group ${at.group(1)}`, [...TCP_DR, "persistence_timeout 50"]),
    ],
  ),
  one(
    "all ports, which takes persistence",
    { options: TCP_DR, servers: [server("a", [], { port: "none" }), server("b", [], { port: "none" })] },
    {
      options: [...TCP_DR, "persistence_timeout 50"],
      servers: [server("a", [], { port: "none" }), server("b", [], { port: "none" })],
    },
    (at) => at.vip(1),
  ),
  one(
    "persistence engine without persistence",
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP", "persistence_engine sip"] },
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP", "persistence_engine sip", "persistence_timeout 60"] },
  ),
  one(
    "persistence engine",
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP", "persistence_timeout 60", "persistence_engine sip"] },
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP", "persistence_timeout 60"] },
  ),
  one(
    "persistence for a mark",
    { options: [...TCP_DR.slice(0, 2), "persistence_timeout 50"] },
    { options: TCP_DR.slice(0, 2) },
    marked,
  ),
];

const protocols: Case[] = [
  one(
    "UDP",
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP"] },
    { options: ["lvs_sched wlc", "lvs_method NAT", "protocol UDP"] },
  ),
  one(
    "one packet",
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP", "ops"] },
    { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP"] },
  ),
  one(
    "SCTP",
    { options: ["lvs_sched rr", "lvs_method DR", "protocol SCTP"] },
    { options: ["lvs_sched rr", "lvs_method NAT", "protocol SCTP"] },
  ),
  one("another protocol", { options: TCP_DR }, { options: ["lvs_sched rr", "lvs_method DR", "protocol UDP"] }),
  one(
    "IPv6",
    { options: TCP_DR, servers: v6("a", "b", "c") },
    { options: ["lvs_sched wlc", "lvs_method NAT", "protocol TCP"], servers: v6("a", "c") },
    six,
  ),
  one(
    "IPv6 in tunnels",
    { options: method("TUN"), servers: v6("a", "b") },
    { options: method("TUN type gre"), servers: v6("a", "b") },
    six,
  ),
  one(
    "IPv4 through tunnels of IPv6",
    { options: method("TUN"), servers: [...v6("a"), server("b")] },
    { options: method("TUN"), servers: [...v6("a", "c"), server("b")] },
  ),
  one(
    "IPv6 through tunnels of IPv4",
    { options: method("TUN"), servers: [server("a"), ...v6("b")] },
    { options: method("TUN"), servers: [server("a"), server("c")] },
    six,
  ),
  one("mark", { options: ["lvs_sched rr", "lvs_method DR"] }, { options: ["lvs_sched wlc", "lvs_method NAT"] }, marked),
  one(
    "mark for IPv6",
    { options: ["lvs_sched rr", "lvs_method DR"], servers: v6("a", "b") },
    { options: ["lvs_sched rr", "lvs_method DR"], servers: v6("b", "c") },
    marked,
  ),
  one(
    "mark with NAT and no ports",
    {
      options: ["lvs_sched rr", "lvs_method NAT"],
      servers: [server("a", [], { port: "none" }), server("b", [], { port: "none" })],
    },
    { options: ["lvs_sched rr", "lvs_method NAT"] },
    marked,
  ),
];

const SORRY = "sorry_server 192.168.122.99 80";
const states: Case[] = [
  one(
    "weights",
    { options: [...TCP_DR, "weight 5"], servers: [server("a"), server("b", ["weight 0"]), server("c", ["weight 7"])] },
    { options: [...TCP_DR, "weight 6"], servers: [server("a"), server("b", ["weight 2"]), server("c", ["weight 0"])] },
  ),
  one(
    "thresholds",
    { options: TCP_DR, servers: [server("a", ["uthreshold 100", "lthreshold 50"]), server("b", ["uthreshold 10"])] },
    {
      options: TCP_DR,
      servers: [
        server("a", ["uthreshold 100", "lthreshold 50"]),
        server("b", ["uthreshold 10"]),
        server("c", ["uthreshold 7"]),
      ],
    },
  ),
  one(
    "changed thresholds",
    { options: TCP_DR, servers: [server("a", ["uthreshold 100", "lthreshold 50"])] },
    { options: TCP_DR, servers: [server("a", ["uthreshold 200", "lthreshold 60"])] },
  ),
  one(
    "a lower threshold alone",
    { options: TCP_DR, servers: [server("a", ["lthreshold 50"]), server("b")] },
    { options: TCP_DR, servers: [server("a", ["uthreshold 10", "lthreshold 50"]), server("b")] },
  ),
  one("inhibited", { options: [...TCP_DR, "inhibit_on_failure"], servers: ABC }, { options: TCP_DR, servers: ABC }),
  one(
    "one inhibited",
    { options: TCP_DR, servers: [server("a", ["inhibit_on_failure"]), server("b"), server("c")] },
    { options: TCP_DR, servers: [server("a"), server("b", ["inhibit_on_failure"]), server("c")] },
  ),
  one(
    "alpha",
    { options: [...TCP_DR, "alpha"], servers: ABC },
    { options: [...TCP_DR, "alpha"], servers: [...ABC, server("d")] },
  ),
  one(
    "alpha, inhibited",
    { options: [...TCP_DR, "alpha", "inhibit_on_failure"], servers: ABC },
    { options: TCP_DR, servers: ABC },
  ),
  one("sorry server", { options: [...TCP_DR, SORRY] }, { options: [...TCP_DR, "sorry_server 192.168.122.98 80"] }),
  one("sorry server, added and removed", { options: TCP_DR }, { options: [...TCP_DR, SORRY] }),
  one(
    "sorry server, inhibited",
    { options: [...TCP_DR, SORRY, "sorry_server_inhibit"] },
    { options: [...TCP_DR, SORRY] },
  ),
  one(
    "sorry server of a method of its own",
    { options: [...TCP_DR, SORRY, "sorry_server_lvs_method NAT"] },
    { options: [...TCP_DR, SORRY, "sorry_server_lvs_method TUN"] },
  ),
  one(
    "sorry server beside inhibited servers",
    { options: [...TCP_DR, SORRY, "inhibit_on_failure"] },
    { options: [...TCP_DR, SORRY, "inhibit_on_failure"], servers: ABC },
  ),
  one(
    "sorry server that is a real server, inhibited as sorry server",
    { options: [...TCP_DR, "sorry_server 192.168.122.20 80", "sorry_server_inhibit"], servers: ABC },
    { options: [...TCP_DR, "sorry_server 192.168.122.20 80", "sorry_server_inhibit"], servers: ABC },
  ),
  one(
    "sorry server that is a real server, inhibited as real server",
    {
      options: [...TCP_DR, "sorry_server 192.168.122.20 80"],
      servers: [server("a"), server("b", ["inhibit_on_failure"])],
    },
    {
      options: [...TCP_DR, "sorry_server 192.168.122.20 80"],
      servers: [server("a"), server("b", ["inhibit_on_failure"])],
    },
  ),
  one(
    "quorum",
    { options: [...TCP_DR, "quorum 3", SORRY], servers: ABC },
    { options: [...TCP_DR, "quorum 4", SORRY], servers: ABC },
  ),
  one(
    "quorum with hysteresis",
    { options: [...TCP_DR, "quorum 3", "hysteresis 2", SORRY], servers: ABC },
    { options: [...TCP_DR, "quorum 2", "hysteresis 1", SORRY], servers: ABC },
  ),
  one(
    "quorum, sorry server and inhibited servers",
    { options: [...TCP_DR, "quorum 4", SORRY, "inhibit_on_failure"], servers: ABC },
    { options: [...TCP_DR, "quorum 4", SORRY], servers: ABC },
  ),
  one(
    "not checked",
    { options: TCP_DR, servers: [server("a", [], { check: null }), server("b")] },
    { options: TCP_DR, servers: [server("a"), server("b", [], { check: null })] },
  ),
  one(
    "settings inherited and overruled",
    {
      options: [...TCP_DR, "retry 2", "alpha"],
      servers: [
        server("a", ["retry 1", "alpha no"]),
        server("b", ["delay_loop 0.5"]),
        server("c", [], { check: ["retry 0"] }),
      ],
    },
    { options: TCP_DR },
  ),
  several(
    "services come and go",
    (at) => [service(`${at.vip(1)} 80`, TCP_DR), service(`${at.vip(2)} 80`, TCP_DR)],
    (at) => [service(`${at.vip(2)} 80`, TCP_DR, ABC), service(`${at.vip(3)} 80`, TCP_DR, ABC)],
  ),
  one(
    "the real servers are others",
    { options: TCP_DR, servers: [server("a"), server("b")] },
    { options: TCP_DR, servers: [server("c"), server("d")] },
  ),
  one("nothing changes", { options: TCP_DR, servers: ABC }, { options: TCP_DR, servers: ABC }),
];

export const handWritten: readonly Case[] = [
  ...schedulers,
  ...flags,
  ...methods,
  ...forwarding,
  ...persistence,
  ...protocols,
  ...marksOfBoth,
  ...groups,
  ...states,
];

/** What `npm test` holds: one case of each kind. */
export const shortNames: readonly string[] = [
  "scheduler wrr",
  "flags of mh",
  "method TUN type gue port 6080 csum",
  "a method of each server",
  "persistence by networks",
  "IPv6",
  "mark with NAT and no ports",
  "group of two protocols",
  "inhibited",
  "sorry server",
  "quorum with hysteresis",
  "services come and go",
];
