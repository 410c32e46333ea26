import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function load(text: string) {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  const { plan, diagnostics } = loadConfiguration(file);
  return { plan, codes: diagnostics.map(({ code }) => code) };
}

const instance = (lines: string, global = "") =>
  load(
    `global_defs {\n${global}\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1\n}\n${lines}\n}\n`,
  );

test.for([
  { name: "no priority: 100", lines: "", plan: { priority: 100, preempt: true, version: 2, advertIntervalMs: 1000 } },
  {
    name: "state MASTER without priority: the owner",
    lines: "state MASTER",
    plan: { priority: 255 },
    codes: ["vrrp/owner-by-default"],
  },
  { name: "nopreempt", lines: "nopreempt", plan: { preempt: false } },
  { name: "preempt after nopreempt takes it back", lines: "nopreempt\npreempt", plan: { preempt: true } },
  { name: "nopreempt after preempt", lines: "preempt\nnopreempt", plan: { preempt: false } },
  {
    name: "state MASTER clears nopreempt and preempt_delay",
    lines: "state MASTER\npriority 150\nnopreempt\npreempt_delay 5",
    plan: { preempt: true, preemptDelayMs: 0, startHint: "master" },
    codes: ["vrrp/master-preempts"],
  },
  {
    name: "version 2 rounds to whole seconds",
    lines: "advert_int 0.3",
    plan: { advertIntervalMs: 1000 },
    codes: ["vrrp/interval"],
  },
  { name: "version 3 keeps hundredths", lines: "version 3\nadvert_int 0.31", plan: { advertIntervalMs: 310 } },
  {
    name: "version 3 ends at 40.95 s",
    lines: "version 3\nadvert_int 60",
    plan: { advertIntervalMs: 40_950 },
    codes: ["vrrp/interval"],
  },
  { name: "a global version", lines: "", global: "vrrp_version 3", plan: { version: 3 } },
  {
    name: "a password of more than 8 bytes is cut, without cutting a character",
    lines: "authentication {\nauth_type PASS\nauth_pass 1234567é9\n}",
    plan: { authPass: "1234567" },
    codes: ["vrrp/password-cut"],
  },
  {
    name: "no password with version 3",
    lines: "version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}",
    plan: { version: 3 },
    codes: ["vrrp/no-authentication"],
  },
  {
    name: "garp defaults",
    lines: "",
    plan: {
      garp: {
        masterDelayMs: 5000,
        masterRepeat: 5,
        masterRefreshMs: 0,
        masterRefreshRepeat: 1,
        lowerPrioDelayMs: 5000,
        lowerPrioRepeat: 5,
      },
    },
  },
  {
    name: "the least of garp",
    global: "vrrp_min_garp\nvrrp_garp_master_repeat 3",
    lines: "garp_master_refresh 60",
    plan: { garp: { masterDelayMs: 0, masterRepeat: 3, masterRefreshMs: 60_000, lowerPrioDelayMs: 0 } },
  },
  {
    name: "strict mode: no answer to lower priorities",
    global: "vrrp_strict",
    lines: "",
    plan: { lowerPrioNoAdvert: true, garp: { lowerPrioRepeat: 0 } },
  },
  {
    name: "the mail default of VRRP is off, then the global ones",
    global: "smtp_alert\nsmtp_alert_vrrp off",
    lines: "",
    plan: { smtpAlert: false },
  },
  { name: "a multicast group of its own", lines: "mcast_dst_ip 224.0.0.81", plan: { multicastGroup: "224.0.0.81" } },
])("vrrp_instance, $name", ({ lines, global, plan, codes }) => {
  const loaded = instance(lines, global);
  expect(loaded.plan?.vrrp.instances[0]).toMatchObject(plan);
  expect(loaded.codes).toEqual(codes ?? []);
});

test("a password that is not used is not in the plan", () => {
  const { plan } = instance("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}");
  expect(plan?.vrrp.instances[0]).not.toHaveProperty("authPass");
});

test.for([
  { name: "a group address that is not multicast", lines: "mcast_dst_ip 10.0.0.1", code: "conf/bad-value" },
  { name: "addresses of both families", lines: "virtual_ipaddress {\n2001:db8::1\n}", code: "vrrp/mixed-families" },
])("vrrp_instance, $name: refused", ({ lines, code }) => {
  expect(instance(lines)).toMatchObject({ plan: undefined, codes: [code] });
});

test("the same VRID on another interface is another router", () => {
  const other = (device: string) =>
    `vrrp_instance ${device} {\ninterface ${device}\nvirtual_router_id 7\nno_virtual_ipaddress\n}\n`;
  expect(load(other("eth0") + other("eth1")).codes).toEqual([]);
  expect(load(other("eth0") + other("eth0").replace("instance eth0", "instance B")).codes).toEqual([
    "vrrp/duplicate-vrid",
  ]);
});

const GROUPED = (group: string) => `vrrp_script chk {\nscript /bin/true\nweight 5\n}
vrrp_sync_group G {\n${group}\ngroup {\nA\nnobody\n}\n}
vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nno_virtual_ipaddress
track_script {\nchk\n}\ntrack_interface {\neth1 weight 9\n}\n}\n`;

test("a member's weighted trackers act otherwise in a group", () => {
  const { plan, codes } = load(GROUPED(""));
  expect(plan?.vrrp).toMatchObject({
    groups: [{ name: "G", members: ["A"] }],
    instances: [{ trackScripts: [], trackInterfaces: [{ name: "eth1", weight: 0 }] }],
  });
  expect(codes.filter((code) => code === "vrrp/group-weight")).toHaveLength(2);
});

test("sync_group_tracking_weight keeps them", () => {
  expect(load(GROUPED("sync_group_tracking_weight")).plan?.vrrp.instances[0]).toMatchObject({
    trackScripts: [{ name: "chk", weight: 5 }],
    trackInterfaces: [{ name: "eth1", weight: 9 }],
  });
});

const vs = (lines: string, server = "TCP_CHECK {\n}", head = "10.0.0.1 80") =>
  load(
    `virtual_server ${head} {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n${lines}\nreal_server 10.0.0.2 80 {\n${server}\n}\n}\n`,
  );

test.for([
  {
    name: "times from the virtual server",
    lines: "delay_loop 7\nretry 4\ndelay_before_retry 2\nconnect_timeout 3\nalpha",
    server: "TCP_CHECK {\n}",
    check: {
      delayLoopMs: 7000,
      warmupMs: 7000,
      retry: 4,
      delayBeforeRetryMs: 2000,
      alpha: true,
      probe: { connectTimeoutMs: 3000 },
    },
  },
  {
    name: "times of the real server before those of the virtual server",
    lines: "retry 4\nwarmup 1",
    server: "retry 2\nTCP_CHECK {\nwarmup 0\n}",
    check: { retry: 2, warmupMs: 0 },
  },
  {
    name: "nothing given",
    lines: "",
    server: "TCP_CHECK {\n}",
    check: {
      delayLoopMs: 60_000,
      warmupMs: 60_000,
      retry: 1,
      delayBeforeRetryMs: 1000,
      alpha: false,
      probe: { connectTimeoutMs: 5000, endpoint: { host: "10.0.0.2", port: 80 } },
    },
  },
  {
    name: "nothing given, HTTP_GET",
    lines: "virtualhost a.example",
    server: "HTTP_GET {\nurl {\npath /\n}\n}",
    check: {
      retry: 1,
      delayBeforeRetryMs: 3000,
      probe: { urls: [{ path: "/", statusCodes: [] }], virtualhost: "a.example" },
    },
  },
  {
    name: "nothing given, MISC_CHECK",
    lines: "delay_loop 9",
    server: "MISC_CHECK {\nmisc_path /bin/true\n}",
    check: { retry: 0, probe: { timeoutMs: 9000, dynamic: false } },
  },
  {
    name: "another target",
    lines: "",
    server: "TCP_CHECK {\nconnect_ip 10.0.0.9\nconnect_port 81\nbindto 10.0.0.8\n}",
    check: { probe: { endpoint: { host: "10.0.0.9", port: 81, bindAddress: "10.0.0.8" } } },
  },
])("checks: $name", ({ lines, server, check }) => {
  expect(vs(lines, server).plan?.checker.virtualServers[0]?.realServers[0]?.checkers).toMatchObject([check]);
});

test("ids of checks: equal over reloads, and told apart when probes are equal", () => {
  const ids = (text: string) =>
    vs("", text).plan?.checker.virtualServers[0]?.realServers[0]?.checkers.map(({ id }) => id);
  const two = ids("TCP_CHECK {\n}\nTCP_CHECK {\nretry 9\n}");
  expect(two).toEqual([ids("TCP_CHECK {\ndelay_loop 1\n}")?.[0], expect.stringMatching(/#2$/)]);
});

test.for([
  {
    name: "persistence without a number: 360 s",
    lines: "persistence_timeout",
    plan: { persistenceTimeoutS: 360, flags: 1, persistenceMaskBits: 32 },
  },
  {
    name: "a granularity alone makes it persistent",
    lines: "persistence_granularity 255.255.255.0",
    plan: { persistenceTimeoutS: 360, persistenceMaskBits: 24 },
  },
  { name: "a quorum out of reach is lowered", lines: "quorum 5\nhysteresis 3", plan: { quorum: 1, hysteresis: 0 } },
  { name: "flags of the scheduler", lines: "lb_algo sh\nsh-port\nsh-fallback", plan: { scheduler: "sh", flags: 24 } },
  {
    name: "a firewall mark",
    lines: "",
    head: "fwmark 7",
    plan: { name: "FWM 7", id: { kind: "fwmark", family: 4, fwmark: 7 }, realServers: [{ port: 0 }] },
  },
  { name: "the name", lines: "", plan: { name: "[10.0.0.1]:tcp:80", id: { kind: "address", protocol: "tcp" } } },
  {
    name: "DR keeps the port of the virtual server",
    lines: "",
    head: "10.0.0.1 8080",
    plan: { realServers: [{ port: 8080, checkers: [{ probe: { endpoint: { port: 80 } } }] }] },
  },
  {
    name: "NAT keeps that of the real server",
    lines: "lb_kind NAT",
    head: "10.0.0.1 8080",
    plan: { realServers: [{ port: 80, forwarding: { method: "nat" } }] },
  },
  {
    name: "a tunnel",
    lines: "lb_kind TUN type gue port 5555 csum",
    plan: { realServers: [{ forwarding: { method: "tun", tunnel: { type: "gue", port: 5555, checksum: "csum" } } }] },
  },
  {
    name: "a sorry server",
    lines: "sorry_server 10.0.0.9\nsorry_server_inhibit",
    plan: { sorryServer: { address: "10.0.0.9", port: 80, inhibit: true, forwarding: { method: "dr" } } },
  },
])("virtual_server, $name", ({ lines, head, plan }) => {
  expect(vs(lines, undefined, head).plan?.checker.virtualServers[0]).toMatchObject(plan);
});

test("IPv6: a server of the other family needs a tunnel", () => {
  expect(vs("", undefined, "2001:db8::1 80").codes).toContain("vs/family");
  expect(vs("lb_kind TUN", undefined, "2001:db8::1 80").plan?.checker.virtualServers[0]).toMatchObject({
    persistenceMaskBits: 128,
  });
});

test("sync daemons: by instance with its VRID, or always", () => {
  const one =
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\nno_virtual_ipaddress\nlvs_sync_daemon_interface eth0\n}\n";
  expect(load(one).plan?.checker.syncInstances).toEqual([{ instance: "A", interface: "eth0", syncId: 51 }]);
  const global = (line: string) =>
    load(`global_defs {\nlvs_sync_daemon ${line}\n}\n${one.replace(/lvs_sync.*\n/, "")}`);
  expect(global("eth1 inst A").plan?.checker.syncInstances).toEqual([{ instance: "A", interface: "eth1", syncId: 51 }]);
  expect(global("eth1 id 9").plan?.checker.syncAlways).toEqual({ interface: "eth1", syncId: 9 });
  expect(global("eth1 inst B").codes).toEqual(["vs/sync-instance"]);
});
