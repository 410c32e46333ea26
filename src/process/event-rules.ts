import type { Facts } from "./events.ts";

/** How one kind of log record becomes an event. */
export type EventRule = {
  /** The keys that later records find it by, as their cause. */
  readonly as?: (facts: Facts) => readonly string[];
  /** Where its cause is looked for: the first of these keys that is recent. */
  readonly after?: (facts: Facts) => readonly string[];
  /** How recent, where a second is not right. */
  readonly withinMs?: number;
  /** The reason in words, where no record is its cause. */
  readonly why?: (facts: Facts) => string | undefined;
  /** Only ever a cause of others: too frequent to be an event of its own. */
  readonly silent?: true;
};

const text = (value: Facts[string] | undefined): string => (value === undefined ? "" : String(value));
const why = (facts: Facts): string | undefined => (facts.why === undefined ? undefined : text(facts.why));

const ofCheck = ({ realServer }: Facts): string => `check ${realServer}`;
const ofRealServer = ({ realServer, virtualServer }: Facts): string => `rs ${realServer} of ${virtualServer}`;
const ofServers = ({ virtualServer }: Facts): string => `servers of ${virtualServer}`;
const ofQuorum = ({ virtualServer }: Facts): string => `quorum ${virtualServer}`;
const ofInstance = ({ instance }: Facts): string => `instance ${instance}`;
const ofAdvert = ({ instance }: Facts): string => `advert ${instance}`;
const tracker = (name: Facts[string] | undefined): string => `tracker ${name}`;
const ANY_TRACKER = "tracker";

const check: EventRule = { as: (f) => [ofCheck(f)] };
const realServer: EventRule = {
  as: (f) => [ofRealServer(f), ofServers(f)],
  after: (f) => [`override ${ofRealServer(f)}`, ofCheck(f), ANY_TRACKER],
  why,
};
const quorum: EventRule = { as: (f) => [ofQuorum(f)], after: (f) => [ofServers(f)] };
const afterQuorum: EventRule = { after: (f) => [ofQuorum(f), ofServers(f)] };
const advert: EventRule = { as: (f) => [ofAdvert(f)] };
/** Who has an address: the cause of a master's going, as an advert is. */
const claim: EventRule = { as: (f) => [ofAdvert(f)] };
const plain: EventRule = {};

/** The tracker that a reason names ("script chk_nginx failed", "tracked file load has the value 3"), or the instance
 *  ("VI_2 of its sync group left MASTER"). */
function named(facts: Facts): readonly string[] {
  const reason = text(facts.why ?? facts.reason);
  const name = /^(?:no longer: )?(?:script|service|tracked (?:file|process|BFD session)) (\S+) /.exec(reason)?.[1];
  const other = /^(\S+) of its sync group /.exec(reason)?.[1];
  return [...(name === undefined ? [] : [tracker(name)]), ...(other === undefined ? [] : [`instance ${other}`])];
}

const state: EventRule = { as: (f) => [ofInstance(f)], after: (f) => [...named(f), ofAdvert(f)], why };
const tracked = (field: string): EventRule => ({ as: (f) => [tracker(f[field]), ANY_TRACKER] });

/** Record name → how it becomes an event. What is not here is only logged. */
export const eventRules: Readonly<Record<string, EventRule>> = {
  // checks → real servers → quorum → sorry server
  "checker.succeeded": check,
  "checker.failed": check,
  "checker.attempt": { ...check, silent: true },
  "checker.unknown": plain,
  "checker.late": plain,
  "rs.up": realServer,
  "rs.down": realServer,
  "rs.weight": realServer,
  "rs.gone": plain,
  "rs.stopped": plain,
  "rs.override": { as: (f) => [`override ${ofRealServer(f)}`], why: (f) => text(f.what) },
  "rs.drained": { as: (f) => [`override ${ofRealServer(f)}`] },
  "vs.gone": plain,
  "quorum.gained": quorum,
  "quorum.lost": quorum,
  "quorum.startsDown": quorum,
  "sorry.added": afterQuorum,
  "sorry.removed": afterQuorum,
  "ipvs.adopted": plain,
  "ipvs.refused": plain,
  "ipvs.failed": plain,
  "ipvs.recovered": plain,
  "ipvs.drift": plain,
  "ipvs.driftLeft": plain,
  "ipvs.notCleared": plain,
  "quorums.untold": plain,
  "sync.started": plain,
  "sync.stopped": plain,
  "sync.failed": plain,
  "overrides.notKept": plain,

  // trackers, adverts → states of instances
  "script.up": tracked("script"),
  "script.down": tracked("script"),
  "bfd.up": tracked("session"),
  "bfd.down": tracked("session"),
  "bfd.deaf": plain,
  "bfd.listens": plain,
  "bfd.value": tracked("session"),
  "virtualServer.trackedUp": tracked("virtualServer"),
  "virtualServer.trackedDown": tracked("virtualServer"),
  "checker.trackedUp": tracked("instance"),
  "checker.trackedDown": tracked("instance"),
  "service.up": { ...tracked("service"), why: (f) => text(f.detail) },
  "service.down": { ...tracked("service"), why: (f) => text(f.detail) },
  "process.up": tracked("process"),
  "process.down": tracked("process"),
  "file.value": tracked("file"),
  "file.trouble": plain,
  "vrrp.election": advert,
  "vrrp.higher": advert,
  "vrrp.same": advert,
  "vrrp.own": advert,
  "vrrp.rejected": advert,
  "vrrp.master": state,
  "vrrp.backup": state,
  "vrrp.fault": state,
  "vrrp.init": state,
  "vrrp.cleared": { after: named, why: (f) => text(f.reason) },
  "vrrp.resumed": state,
  "vrrp.priority": { after: () => [ANY_TRACKER], withinMs: 100 },
  "vrrp.second": advert,
  "vrrp.claimed": claim,
  "vrrp.unclaimed": claim,
  "vrrp.held": { as: (f) => [`held ${f.instance}`] },
  "vrrp.despite": { as: (f) => [`held ${f.instance}`, ofAdvert(f)] },
  "claims.deaf": plain,
  "vrrp.frozen": plain,
  "vrrp.alone": advert,
  "vrrp.peerLost": plain,
  "vrrp.unsent": plain,
  "vrrp.unannounced": plain,
  "vrrp.socket": plain,
  "vrrp.socket.broken": plain,
  "vrrp.reloaded": plain,
  "vips.restored": plain,
  "vips.failed": plain,
  "vips.nowhere": plain,
  "fib.restored": plain,
  "fib.failed": plain,
  "interface.missing": plain,
  "network.trouble": plain,
  "firewall.failed": plain,

  // scripts that are told of changes
  "script.succeeded": plain,
  "script.failed": plain,
  "script.dropped": plain,

  // the parent
  "process.starting": plain,
  "process.stopping": plain,
  "process.delayed": plain,
  "process.crash": plain,
  "child.starting": { after: (f) => [`death ${f.role}`], withinMs: 120_000 },
  "child.silent": { as: (f) => [`silence ${f.role}`] },
  "child.overdue": { as: (f) => [`silence ${f.role}`] },
  "child.died": {
    as: (f) => [`death ${f.role}`],
    after: (f) => [`failure ${f.role}`, `silence ${f.role}`],
    why: (f) => text(f.how),
  },
  "child.failed": { as: (f) => [`failure ${f.role}`] },
  "child.cleanUp": { after: (f) => [`death ${f.role}`], withinMs: 120_000 },
  "child.badMessage": plain,
  "reload.started": { after: () => ["asked reload"] },
  "reload.done": plain,
  "reload.refused": { why: (f) => text(f.reason) },
  "control.asked": { as: (f) => [`asked ${f.what}`] },
  "control.unavailable": plain,
  "control.stranger": plain,
  "process.signal": plain,
};
