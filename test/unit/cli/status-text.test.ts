import { expect, test } from "vitest";
import { statusText } from "../../../src/cli/status-text.ts";
import { durationText } from "../../../src/outline/duration.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { situations } from "./situations.ts";

const now = 1_790_000_000_000;
const MINUTE = 60_000;

const healthy: DirectorStatus = {
  version: "0.1.0",
  program: "lvskeeper",
  pid: 100,
  nowWallMs: now,
  startedWallMs: now - 135 * MINUTE,
  configFile: "/etc/keepalived/keepalived.conf",
  processes: [
    { role: "parent", pid: 100, state: "running", sinceWallMs: now - 135 * MINUTE, respawns: 0 },
    {
      role: "vrrp",
      pid: 102,
      state: "running",
      sinceWallMs: now - 4000,
      respawns: 1,
      lagMs: 2,
      lastEnd: "killed by SIGKILL",
    },
    { role: "api", state: "off", respawns: 0 },
  ],
  vrrp: {
    instances: [
      {
        name: "bl_one",
        state: "master",
        sinceWallMs: now - 12 * MINUTE,
        why: "no advert for 9.6 s",
        interface: "eth0",
        vrid: 38,
        version: 2,
        basePriority: 150,
        effectivePriority: 150,
        faults: [],
        addresses: ["192.168.122.100/32"],
        counters: {},
      },
      {
        name: "bl_two",
        state: "backup",
        sinceWallMs: now - 12 * MINUTE,
        why: "",
        interface: "eth0",
        vrid: 48,
        version: 2,
        basePriority: 120,
        effectivePriority: 100,
        faults: [],
        addresses: ["192.168.122.110/32"],
        counters: {},
        master: { address: "192.168.122.40", priority: 150, lastAdvertWallMs: now - 900 },
      },
    ],
    scripts: [{ name: "chk_nginx", ok: false, detail: "exited with status 1", sinceWallMs: now - 7000 }],
  },
  checker: {
    transport: "genl",
    driftRepairs: 0,
    syncDaemons: [],
    virtualServers: [
      {
        name: "[192.168.122.100]:tcp:80",
        scheduler: "rr",
        forwarding: "DR",
        quorum: 1,
        hysteresis: 0,
        quorumUp: true,
        sinceWallMs: now - 12 * MINUTE,
        sorryServerActive: false,
        realServers: [
          {
            name: "[192.168.122.10]:tcp:80",
            weight: 1,
            effectiveWeight: 1,
            alive: true,
            inTable: true,
            sinceWallMs: now - 12 * MINUTE,
            why: "",
            checkers: [],
          },
          {
            name: "[192.168.122.20]:tcp:80",
            weight: 1,
            effectiveWeight: 1,
            alive: false,
            inTable: false,
            sinceWallMs: now - 75_000,
            why: "TCP_CHECK: connection refused",
            checkers: [],
          },
        ],
      },
    ],
  },
  warnings: [],
};

test("one screen: does it serve, who is master, what is down, since when, why", () => {
  expect(
    statusText(healthy),
  ).toBe(`DEGRADED: 1 of 2 real servers down; MASTER of bl_one; BACKUP of bl_two; 1 of 1 virtual servers up
lvskeeper 0.1.0, pid 100, up 2 h 15 min, /etc/keepalived/keepalived.conf

Processes
  parent  100  running  2 h 15 min
  vrrp    102  running  4 s         respawned 1 time, last: killed by SIGKILL

VRRP instances
  bl_one  MASTER  12 min 0 s  eth0 vrid 38 v2  priority 150                           192.168.122.100/32  became MASTER: no advert for 9.6 s
  bl_two  BACKUP  12 min 0 s  eth0 vrid 48 v2  priority 100 (base 120, trackers -20)  192.168.122.110/32  master is 192.168.122.40, priority 150; last advert 0 s ago

Trackers
  script chk_nginx  FAILED  7 s  exited with status 1

Virtual servers (IPVS over genl)
  [192.168.122.100]:tcp:80  up  12 min 0 s  1 of 2 real servers  rr DR
    [192.168.122.10]:tcp:80  up    12 min 0 s  weight 1
    [192.168.122.20]:tcp:80  DOWN  1 min 15 s  weight 1  TCP_CHECK: connection refused
`);
});

test("a process that does not answer is said to be so, and the rest is shown", () => {
  const text = statusText({ ...healthy, checker: "the checker process did not answer within 1 s" });
  expect(text).toMatch(
    /^DEGRADED: the checker process did not answer within 1 s; MASTER of bl_one; BACKUP of bl_two\n/,
  );
});

test("another master is told of before anything else about the instance", () => {
  const secondMaster = {
    address: "192.168.122.41",
    priority: 90,
    sinceWallMs: now - 5000,
    lastWallMs: now - 100,
    adverts: 7,
  };
  const { vrrp } = healthy;
  if (typeof vrrp !== "object") throw new Error("no vrrp part");
  const instances = vrrp.instances.map((one, i) => (i === 0 ? { ...one, secondMaster } : one));
  const text = statusText({ ...healthy, vrrp: { ...vrrp, instances } });
  expect(text).toMatch(/^DEGRADED: SPLIT BRAIN: bl_one has a second master, 192\.168\.122\.41; /);
  expect(text).toContain(
    "SPLIT BRAIN: 192.168.122.41 (priority 90) is MASTER too since 5 s, 7 adverts; became MASTER: no advert for",
  );
});

test("a refused reload is in the first line and explained below it", () => {
  const lastReload = { atWallMs: now - 5000, ok: false, error: "k.conf:3:1: error: unknown keyword" };
  const text = statusText({ ...healthy, lastReload });
  expect(text).toMatch(/^DEGRADED: .*the last reload was refused/);
  expect(text).toContain("Last reload: REFUSED 5 s ago: k.conf:3:1: error: unknown keyword");
});

test("the history of reloads: times, results, what changed", () => {
  const reloads = [
    { atWallMs: now - 5000, ok: false, error: "k.conf:3:1: error: unknown keyword" },
    {
      atWallMs: now - 90_000,
      ok: true,
      tookMs: 12,
      changes: ["~ instance bl_one: priority 150 → 140", "+ x"],
      moreChanges: 3,
    },
    { atWallMs: now - 60 * MINUTE, ok: true, tookMs: 9, changes: [] },
  ];
  const text = statusText({ ...healthy, reloads });
  expect(text).toContain(`
Reloads
  2026-09-21 14:13:15 UTC  5 s ago         REFUSED            k.conf:3:1: error: unknown keyword
  2026-09-21 14:11:50 UTC  1 min 30 s ago  done     in 12 ms  ~ instance bl_one: priority 150 → 140; and 4 more
  2026-09-21 13:13:20 UTC  1 h 0 min ago   done     in 9 ms   nothing changed
`);
});

test("nothing configured to run", () => {
  const { vrrp: _vrrp, checker: _checker, ...rest } = healthy;
  expect(statusText({ ...rest, processes: rest.processes.slice(0, 1) })).toMatch(/^OK: nothing configured to run\n/);
});

test.for([
  [-5000, "0 s"],
  [59_999, "59 s"],
  [185_000, "3 min 5 s"],
  [7_620_000, "2 h 7 min"],
  [1_047_600_000, "12 d 3 h"],
] as const)("%s ms is %s", ([ms, text]) => {
  expect(durationText(ms)).toBe(text);
});

test("a certificate that ends soon is told beside its server, and equal checks as the probes that they share", () => {
  if (typeof healthy.checker !== "object") throw new Error("no checker");
  const [service] = healthy.checker.virtualServers;
  const [first, second] = service?.realServers ?? [];
  if (!service || !first || !second) throw new Error("no servers");
  const check = (days: number) => ({
    ...{
      kind: "SSL_GET",
      target: "192.168.122.10:443",
      up: true,
      hasRun: true,
      sinceWallMs: now,
      failures: 0,
      retry: 1,
    },
    lastResult: `up; the certificate expires on X, in ${days} days`,
    certificateExpiresWallMs: now + days * 86_400_000,
    readers: 2,
  });
  const realServers = [
    { ...first, checkers: [check(3)] },
    { ...second, alive: true, inTable: true, why: "", checkers: [check(31)] },
  ];
  const text = statusText({
    ...healthy,
    checker: { ...healthy.checker, virtualServers: [{ ...service, realServers }] },
  });
  expect(text).toContain("the certificate expires on X, in 3 days, SSL_GET ok\n");
  expect(text).not.toContain("in 31 days");
  expect(text).toContain("  shared probes: 1, which 2 checks get their verdicts from\n");
});

test("the unicast peers of an instance are named, heard or not", () => {
  const { vrrp } = healthy;
  const [first, ...others] = typeof vrrp === "object" ? vrrp.instances : [];
  if (typeof vrrp !== "object" || !first) throw new Error("no vrrp part");
  const peers = [
    { address: "192.0.2.3", configured: true as const, adverts: 0 },
    { address: "192.0.2.4", configured: true as const, adverts: 2, priority: 90, lastAdvertWallMs: now - 900 },
    { address: "192.0.2.9", adverts: 1, priority: 90, lastAdvertWallMs: now - 900 },
  ];
  const text = statusText({ ...healthy, vrrp: { ...vrrp, instances: [{ ...first, peers }, ...others] } });
  expect(text).toContain("peers 192.0.2.3, 192.0.2.4\n");
  expect(text).not.toContain("192.0.2.9");
});

test("what peers, scripts and servers said moves no cursor, and wide characters do not shift columns", () => {
  const { vrrp } = healthy;
  if (typeof vrrp !== "object") throw new Error("no vrrp part");
  const scripts = [
    { name: "检查", ok: true, detail: "\u001b[2J\u001b[31mgone\r\nOK: all is well", sinceWallMs: now - 9000 },
    { name: "two", ok: false, detail: "\u009b2J\u202egnorw\u2028next", sinceWallMs: now - 9000 },
  ];
  const text = statusText({ ...healthy, vrrp: { ...vrrp, scripts } });
  expect(text).toContain(
    "\n  script 检查  ok      9 s  [2J [31mgone OK: all is well\n  script two   FAILED  9 s  2J gnorw next\n",
  );
  expect(text).not.toMatch(/[^\n\P{Cc}]/u);
});

test.for(Object.entries(situations))("the screen of a director: %s", async ([name, { status }]) => {
  await expect(statusText(status)).toMatchFileSnapshot(`../../golden/status/${name.replaceAll(" ", "-")}.txt`);
});
