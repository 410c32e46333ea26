import type { HeardPeer } from "../vrrp/heard.ts";
import type { VrrpStatus } from "../vrrp/model.ts";
import type { TrackerShare } from "../vrrp/shares.ts";
import {
  cell,
  joined,
  type Mark,
  type OutlineContext,
  optional,
  type Row,
  row,
  type Section,
  type Since,
} from "./model.ts";

type Instance = VrrpStatus["instances"][number];

export function vrrpSections(vrrp: VrrpStatus | string | undefined, context: OutlineContext): Section[] {
  if (vrrp === undefined) return [];
  if (typeof vrrp === "string") return [{ id: "instances", title: `VRRP: ${vrrp}`, rows: [], remarks: [] }];
  const trackers = trackerRows(vrrp, context);
  return [
    {
      id: "instances",
      title: "VRRP instances",
      rows: vrrp.instances.map((one) => instanceRow(one, context)),
      remarks: [],
    },
    ...(trackers.length > 0 ? [{ id: "trackers" as const, title: "Trackers", rows: trackers, remarks: [] }] : []),
  ];
}

function instanceRow(i: Instance, { since }: OutlineContext): Row {
  const mark = markOf(i);
  return row(
    "instance",
    i.name,
    [
      cell(i.state.toUpperCase(), mark),
      cell(since(i.sinceWallMs)),
      optional(`${i.interface} vrid ${i.vrid} v${i.version}`),
      optional(priorityText(i)),
      optional(i.addresses.join(" ")),
      cell(
        joined([...secondOf(i, since), whyText(i), ...i.faults, ...masterOf(i), ...heardOf(i, since), ...peersOf(i)]),
        mark === "bad" ? "bad" : "plain",
      ),
    ],
    { mark, sinceWallMs: i.sinceWallMs, details: () => instanceDetails(i, since) },
  );
}

const markOf = ({ state, secondMaster, addressClaim, takeover }: Instance): Mark => {
  if (state === "fault" || secondMaster || addressClaim || takeover?.heldBy) return "bad";
  return state === "master" ? "good" : "plain";
};

/** What keeps it in its state; of a master what made it one. */
const whyText = ({ state, why }: Instance): string =>
  state === "master" && why !== "" ? `became MASTER: ${why}` : why;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Evidence of another master, once: its adverts, its claim to an address, or both. */
function secondOf({ secondMaster: s, addressClaim: c }: Instance, since: Since): string[] {
  const proofs = [
    ...(s
      ? [
          `${s.address} (priority ${s.priority}) is MASTER too since ${since(s.sinceWallMs)}, ${counted(s.adverts, "advert")}`,
        ]
      : []),
    ...(c
      ? [
          `${c.address} is claimed by ${c.hardwareAddress} on ${c.interface} since ${since(c.sinceWallMs)}, ${counted(c.claims, "time")}`,
        ]
      : []),
  ];
  return proofs.length > 0 ? [`SPLIT BRAIN: ${proofs.join(", and ")}`] : [];
}

const masterOf = ({ master, state, why }: Instance): string[] =>
  master && state !== "master" && !why.includes(master.address)
    ? [`master is ${master.address}, priority ${master.priority}`]
    : [];

const heardOf = ({ master, state }: Instance, since: Since): string[] =>
  master && state !== "master" ? [`last advert ${since(master.lastAdvertWallMs)} ago`] : [];

/** Whom its adverts are sent to one by one. A backup sends none, so that nothing is said here of when one was heard. */
const peersOf = ({ peers = [] }: Instance): string[] => {
  const addresses = peers.filter(({ configured }) => configured).map(({ address }) => address);
  return addresses.length > 0 ? [`peers ${addresses.join(", ")}`] : [];
};

/** So many trackers are told of beside a priority; the others in its details. */
const MOST_SHARES = 3;

/** "priority 100 (base 120, script chk -20)". */
function priorityText({ effectivePriority: priority, basePriority: base, trackers = [] }: Instance): string {
  if (priority === base) return `priority ${priority}`;
  const counting = trackers.filter(({ share }) => share !== 0);
  const told =
    counting.length > 0 && counting.length <= MOST_SHARES
      ? counting.map(({ kind, name, share }) => `${kind} ${name} ${signed(share)}`)
      : [`trackers ${signed(priority - base)}`];
  return `priority ${priority} (base ${base}, ${told.join(", ")})`;
}

const signed = (share: number): string => (share > 0 ? `+${share}` : String(share));

/** "script chk: ok, adds 0 of -20". */
function trackerText({ kind, name, weight, reverse, up, value, share, isFault }: TrackerShare): string {
  const state = value !== undefined ? `has ${value}` : up === undefined ? "not known yet" : up ? "ok" : "FAILED";
  const effect = isFault
    ? "keeps it in FAULT"
    : weight === 0
      ? "a fault when it is not well"
      : `${signed(share)} to the priority, weight ${weight}`;
  return `${kind} ${name}: ${state}, ${effect}${reverse ? ", reverse" : ""}`;
}

function peerText({ address, configured, priority, lastAdvertWallMs, adverts }: HeardPeer, since: Since): string {
  const who = configured ? `unicast_peer ${address}` : `peer ${address}`;
  if (lastAdvertWallMs === undefined) return `${who}: never heard`;
  return `${who}: last advert ${since(lastAdvertWallMs)} ago, priority ${priority}, ${adverts} adverts heard`;
}

function instanceDetails(i: Instance, since: Since): string[] {
  const counted = Object.entries(i.counters).filter(([, count]) => count > 0);
  return [
    ...(i.why === "" ? [] : [i.state === "master" ? whyText(i) : `${i.state.toUpperCase()} because: ${i.why}`]),
    ...i.faults.filter((fault) => fault !== i.why).map((fault) => `fault: ${fault}`),
    ...secondOf(i, since),
    ...(i.master
      ? [
          `master ${i.master.address}, priority ${i.master.priority}, last advert ${since(i.master.lastAdvertWallMs)} ago`,
        ]
      : []),
    ...(i.trackers ?? []).map(trackerText),
    ...(i.peers ?? []).map((peer) => peerText(peer, since)),
    ...(i.sourceAddress === undefined ? [] : [`adverts leave from ${i.sourceAddress} on ${i.interface}`]),
    ...(i.advertDelay
      ? [`the last advert left ${i.advertDelay.lastMs} ms late, the latest ${i.advertDelay.mostMs} ms`]
      : []),
    ...(i.addresses.length > 0 ? [`addresses: ${i.addresses.join(" ")}`] : []),
    ...(counted.length > 0 ? [`counted: ${counted.map(([name, count]) => `${name} ${count}`).join(", ")}`] : []),
  ];
}

/** What trackers of a kind are called, by their member of the status. */
const KINDS: Readonly<Record<string, string>> = {
  scripts: "script",
  files: "file",
  processes: "process",
  bfds: "BFD session",
  services: "service",
  balancing: "virtual server",
};

/** All that instances depend on, of whatever kind: each has a name, and says whether it is well. */
const trackerRows = ({ instances: _instances, ...kinds }: VrrpStatus, context: OutlineContext): Row[] =>
  Object.entries(kinds).flatMap(([kind, list]) =>
    Array.isArray(list) ? list.map((one: Tracked) => trackerRow(KINDS[kind] ?? kind, one, context)) : [],
  );

type Tracked = {
  readonly name: string;
  readonly ok?: boolean;
  readonly up?: boolean;
  readonly sinceWallMs?: number;
} & Readonly<Record<string, unknown>>;

function trackerRow(kind: string, tracked: Tracked, { since }: OutlineContext): Row {
  const { name, ok, up = ok, sinceWallMs, ...facts } = tracked;
  const isNumber = up === undefined && "value" in facts;
  const mark = up === undefined ? "plain" : up ? "good" : "bad";
  const word = isNumber ? "" : up === undefined ? "not known yet" : up ? "ok" : "FAILED";
  const told = Object.entries(facts).map(([fact, value]) => (fact === "detail" ? String(value) : `${fact} ${value}`));
  return row(
    `tracker ${kind}`,
    `${kind} ${name}`,
    [cell(word, mark), cell(sinceWallMs === undefined ? "" : since(sinceWallMs)), cell(told.join(", "))],
    { mark, sinceWallMs: sinceWallMs ?? 0 },
  );
}
