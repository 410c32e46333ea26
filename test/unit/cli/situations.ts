import type { DirectorEvent } from "../../../src/process/events.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import type { VrrpStatus } from "../../../src/vrrp/model.ts";

/** How a director of a pair with one service can stand, and what had happened. */
export type Situation = { readonly status: DirectorStatus; readonly events: readonly DirectorEvent[] };

const now = 1_790_000_000_000;
const MINUTE = 60_000;
const boot = now - 135 * MINUTE;

type Instance = VrrpStatus["instances"][number];
type Service = CheckerStatus["virtualServers"][number];
type Server = Service["realServers"][number];

const VIP = "192.0.2.100";
const SERVICE = `[${VIP}]:tcp:80`;
const SERVERS = ["[10.0.0.11]:tcp:80", "[10.0.0.12]:tcp:80"] as const;
const REFUSED = "connection refused";

const tracker = { kind: "script", name: "chk", weight: -20, up: true, share: 0, isFault: false } as const;

const master: Instance = {
  name: "VI_1",
  state: "master",
  sinceWallMs: boot + 4000,
  why: "no advert for 3.6 s",
  interface: "eth0",
  vrid: 51,
  version: 2,
  basePriority: 150,
  effectivePriority: 150,
  faults: [],
  addresses: [`${VIP}/24`],
  trackers: [tracker],
  counters: {},
};

const traffic = {
  activeConnections: 7,
  inactiveConnections: 40,
  connectionsPerS: 17,
  bytesInPerS: 760_000,
  bytesOutPerS: 0,
};

const up = (name: string): Server => ({
  name,
  traffic,
  weight: 1,
  effectiveWeight: 1,
  alive: true,
  inTable: true,
  sinceWallMs: boot + 1000,
  why: "",
  checkers: [check(name, true)],
});

const check = (name: string, isUp: boolean): Server["checkers"][number] => ({
  kind: "TCP_CHECK",
  target: name,
  up: isUp,
  hasRun: true,
  sinceWallMs: isUp ? boot : now - 75_000,
  lastRunWallMs: now - 2000,
  nextRunWallMs: now + 4000,
  lastLatencyMs: 0.4,
  lastResult: isUp ? "up" : REFUSED,
  failures: isUp ? 0 : 4,
  retry: 3,
});

const { traffic: _none, ...gone } = up("");
const down = (name: string): Server => ({
  ...gone,
  name,
  alive: false,
  inTable: false,
  sinceWallMs: now - 75_000,
  why: `TCP_CHECK: ${REFUSED}`,
  checkers: [check(name, false)],
});

const service: Service = {
  name: SERVICE,
  scheduler: "rr",
  forwarding: "DR",
  quorum: 1,
  hysteresis: 0,
  quorumUp: true,
  sinceWallMs: boot + 1000,
  sorryServerActive: false,
  traffic: { ...traffic, activeConnections: 14, inactiveConnections: 80, connectionsPerS: 34, bytesInPerS: 1_520_000 },
  realServers: SERVERS.map(up),
};

const statusOf = (
  instance: Partial<Instance>,
  vs: Partial<Service>,
  vrrp: Partial<VrrpStatus> = {},
): DirectorStatus => ({
  version: "0.1.0",
  program: "lvskeeper",
  pid: 100,
  nowWallMs: now,
  startedWallMs: boot,
  configFile: "/etc/keepalived/keepalived.conf",
  processes: [
    { role: "parent", pid: 100, state: "running", sinceWallMs: boot, respawns: 0 },
    { role: "checker", pid: 101, state: "running", sinceWallMs: boot, respawns: 0, lagMs: 1 },
    { role: "vrrp", pid: 102, state: "running", sinceWallMs: boot, respawns: 0, lagMs: 1 },
  ],
  vrrp: {
    instances: [{ ...master, ...instance }],
    scripts: [{ name: "chk", ok: true, detail: "", sinceWallMs: boot }],
    ...vrrp,
  },
  checker: { transport: "genl", driftRepairs: 0, syncDaemons: [], virtualServers: [{ ...service, ...vs }] },
  warnings: [],
});

const event = (
  n: number,
  agoMs: number,
  process: "checker" | "vrrp",
  rest: Pick<DirectorEvent, "event" | "text" | "facts" | "cause">,
): DirectorEvent => ({ id: `a-${n}`, atWallMs: now - agoMs, level: "info", process, ...rest });

const checkFailed = (realServer: string) => ({
  event: "checker.failed",
  text: `TCP_CHECK of ${realServer} failed after 3 retries: ${REFUSED}`,
  facts: { realServer, virtualServer: SERVICE },
});
const serverDown = (realServer: string) => ({
  event: "rs.down",
  text: `Removing service ${realServer} from VS ${SERVICE}`,
  facts: { realServer, virtualServer: SERVICE },
  cause: checkFailed(realServer),
});

const secondMaster = {
  address: "192.0.2.3",
  priority: 100,
  sinceWallMs: now - 30_000,
  lastWallMs: now - 400,
  adverts: 30,
};

export const situations = {
  "all well": { status: statusOf({}, {}), events: [] },
  "one server down": {
    status: statusOf({}, { realServers: [up(SERVERS[0]), down(SERVERS[1])] }),
    events: [event(1, 75_000, "checker", serverDown(SERVERS[1]))],
  },
  "quorum lost": {
    status: statusOf(
      {},
      { quorumUp: false, sinceWallMs: now - 75_000, sorryServerActive: true, realServers: SERVERS.map(down) },
    ),
    events: [
      event(1, 75_002, "checker", serverDown(SERVERS[0])),
      event(2, 75_001, "checker", serverDown(SERVERS[1])),
      event(3, 75_000, "checker", {
        event: "quorum.lost",
        text: `Lost quorum 1-0=1 > 0 for VS ${SERVICE}`,
        facts: { virtualServer: SERVICE },
        cause: serverDown(SERVERS[1]),
      }),
    ],
  },
  backup: {
    status: statusOf(
      {
        state: "backup",
        sinceWallMs: now - 12 * MINUTE,
        why: "192.0.2.3 is MASTER with priority 140",
        effectivePriority: 130,
        trackers: [{ ...tracker, up: false, share: -20 }],
        peers: [{ address: "192.0.2.3", priority: 140, lastAdvertWallMs: now - 900, adverts: 720 }],
        master: { address: "192.0.2.3", priority: 140, lastAdvertWallMs: now - 900 },
        masterIntervalMs: 1000,
      },
      {},
      { scripts: [{ name: "chk", ok: false, detail: "exited with status 1", sinceWallMs: now - 5000 }] },
    ),
    events: [
      event(1, 12 * MINUTE + 500, "vrrp", {
        event: "vrrp.priority",
        text: "(VI_1) Changing effective priority from 150 to 130",
        facts: { instance: "VI_1", from: 150, to: 130 },
        cause: { event: "script.down", text: "Script chk failed", facts: { script: "chk" } },
      }),
      event(2, 12 * MINUTE, "vrrp", {
        event: "vrrp.backup",
        text: "(VI_1) Entering BACKUP STATE",
        facts: { instance: "VI_1" },
        cause: {
          event: "vrrp.higher",
          text: "(VI_1) Master received advert from 192.0.2.3 with higher priority 140, ours 130",
          facts: { instance: "VI_1" },
        },
      }),
    ],
  },
  "split brain": {
    status: statusOf(
      {
        secondMaster,
      },
      {},
    ),
    events: [],
  },
  "an address claimed by another": {
    status: statusOf(
      {
        addressClaim: {
          address: "192.0.2.100",
          hardwareAddress: "52:54:00:12:34:56",
          interface: "eth0",
          sinceWallMs: now - 30_000,
          lastWallMs: now - 4000,
          claims: 6,
        },
      },
      {},
    ),
    events: [],
  },
  "split brain by adverts and claims": {
    status: statusOf(
      {
        secondMaster,
        addressClaim: {
          address: "192.0.2.100",
          hardwareAddress: "52:54:00:12:34:56",
          interface: "eth0",
          sinceWallMs: now - 29_000,
          lastWallMs: now - 4000,
          claims: 6,
        },
      },
      {},
    ),
    events: [],
  },
  "held by takeover check": {
    status: statusOf(
      {
        state: "backup",
        sinceWallMs: now - 3_600_000,
        why: "held by takeover_check: 192.0.2.100 is answered for by 52:54:00:12:34:56, though no advert is heard",
        takeover: {
          sinceWallMs: now - 20_000,
          heldBy: "conflict",
          address: "192.0.2.100",
          hardwareAddress: "52:54:00:12:34:56",
        },
      },
      {},
    ),
    events: [],
  },
  "cut off from its witnesses": {
    status: statusOf(
      {
        state: "backup",
        sinceWallMs: now - 3_600_000,
        why: "held by takeover_check: none of its witnesses answers",
        takeover: { sinceWallMs: now - 20_000, heldBy: "no-witness" },
      },
      {},
    ),
    events: [],
  },
  "handed over by command": {
    status: statusOf(
      {
        state: "fault",
        sinceWallMs: now - 60_000,
        why: "handed over by the administrator since 2026-11-21 10:00:00 UTC",
        faults: ["handed over by the administrator since 2026-11-21 10:00:00 UTC"],
        handedOverSinceWallMs: now - 60_000,
      },
      {},
    ),
    events: [],
  },
  "fault by a service": {
    status: statusOf(
      {
        state: "fault",
        sinceWallMs: now - 5000,
        why: "service tcp://127.0.0.1:3306 does not answer",
        faults: ["service tcp://127.0.0.1:3306 does not answer"],
      },
      {},
      {
        services: [
          { name: "tcp://127.0.0.1:3306", up: false, detail: "connection refused", sinceWallMs: now - 5000 },
          { name: "http://127.0.0.1:80", up: true, detail: "status 200", sinceWallMs: now - 60_000 },
        ],
      },
    ),
    events: [],
  },
  "fault by a tracker": {
    status: statusOf(
      {
        state: "fault",
        sinceWallMs: now - 5000,
        why: "script chk failed",
        faults: ["script chk failed"],
        trackers: [{ ...tracker, weight: 0, up: false, isFault: true }],
      },
      {},
      { scripts: [{ name: "chk", ok: false, detail: "exited with status 1", sinceWallMs: now - 5000 }] },
    ),
    events: [
      event(1, 5000, "vrrp", {
        event: "vrrp.fault",
        text: "(VI_1) Entering FAULT STATE (script chk failed)",
        facts: { instance: "VI_1" },
        cause: { event: "script.down", text: "Script `chk` now returning 1", facts: { script: "chk" } },
      }),
    ],
  },
} satisfies Record<string, Situation>;
