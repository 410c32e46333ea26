import { hostname } from "node:os";
import { expect, test } from "vitest";
import { Problems } from "../../../src/config/diagnostic.ts";
import { planContext, planGlobal } from "../../../src/process/plan-global.ts";
import { valuesOf } from "../config/reading.ts";

function planOf(globals: string, roots = "") {
  const { values } = valuesOf(`${roots}\nglobal_defs {\n${globals}\n}`);
  const problems = new Problems();
  const plan = planGlobal(values, planContext(values, problems));
  return { plan, codes: problems.list.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`) };
}

const PROCESS = { nice: 0, lockMemory: false, runTimeLimitUs: 10_000 };

test("a file that says nothing has keepalived's defaults", () => {
  const { plan, codes } = planOf("");
  expect(codes).toEqual([]);
  const { user: _, ...scripts } = plan.scripts; // keepalived_script, where this host has it
  expect({ ...plan, scripts }).toEqual({
    routerId: hostname(),
    watchdogTimeoutMs: 3000,
    childWaitMs: 5000,
    place: { pidDirectory: false, ipsetsInNamespace: false },
    processes: {
      vrrp: PROCESS,
      checker: PROCESS,
      bfd: PROCESS,
      autoPriority: { highest: 0, afterUs: 1_000_000 },
    },
    scripts: { secure: false, supplementaryGroups: false },
    umask: 0o177,
    fifos: { vrrpStatesOnReload: false, allReadBy: "vrrp" },
    dumps: {
      stateFile: "/tmp/keepalived.data",
      statsFile: "/tmp/keepalived.stats",
      jsonFile: "/tmp/keepalived.json",
      jsonVersion: 1,
      instanceInNames: false,
    },
    reload: {},
    snmp: {
      socket: "unix:/var/agentx/master",
      traps: false,
      vrrp: false,
      checker: false,
      rfc2787: false,
      rfc6527: false,
      virtualServerAgeMs: 5000,
      realServerAgeMs: 5000,
    },
    firewall: {},
    http: { mostSeries: 20_000 },
    sockets: {
      vrrpCommands: { force: false },
      vrrpMonitor: { force: false },
      checkerCommands: { force: false },
      checkerMonitor: { force: false },
      processMonitor: { force: false },
      adverts: { packets: 3 },
    },
    vrrp: {
      startupDelayMs: 0,
      delayAfterBootMs: 0,
      logUnknownVrids: false,
      missingInterfaces: "refused",
      localIgmp: true,
      polledLinks: false,
    },
    defaults: {
      interface: "eth0",
      reloadCheck: false,
      mailsOfFaults: true,
      mailsOfCheckers: true,
      logAllFailures: false,
      notifyPriorityChanges: false,
      multicastIpv4: "224.0.0.18",
      multicastIpv6: "ff02::12",
      garp: {
        ...{ delayMs: 5000, repeat: 5, refreshMs: 0, refreshRepeat: 1 },
        ...{ lowerPrioDelayMs: 5000, lowerPrioRepeat: 5, intervalMs: 0, neighbourIntervalMs: 0 },
      },
      downTimerAdverts: 3,
      lowerPrioNoAdvert: false,
      higherPrioSendAdvert: false,
      version: 2,
      checkUnicastSource: false,
      skipCheckAdvAddr: false,
      strict: false,
    },
  });
});

test("mail: each recipient once; 0 s are read as 1 s", () => {
  const { plan } = planOf(
    "notification_email { a@x b@x a@x }\nnotification_email_from me@x\nsmtp_server 10.0.0.1 2525\nsmtp_helo_name lb\nsmtp_connect_timeout 0\nno_email_faults",
  );
  expect(plan.mail).toEqual({
    recipients: ["a@x", "b@x"],
    from: "me@x",
    host: "10.0.0.1",
    port: 2525,
    heloName: "lb",
    timeoutMs: 1000,
    withoutFaults: true,
  });
});

test("recipients without a server are told", () => {
  const { plan, codes } = planOf("notification_email { a@x }");
  expect([plan.mail, codes]).toEqual([undefined, ["mail/no-server 3:1"]]);
});

test.for([
  ["", undefined, undefined, undefined],
  ["process_names", undefined, "keepalived_vrrp", "keepalived_lvs"],
  ["process_name a", "a", "a", "a"],
  ["process_name a\nprocess_names", "a", "keepalived_vrrp", "keepalived_lvs"],
  ["process_name a\nvrrp_process_name b\nlvs_process_name c", "a", "b", "c"],
] as const)("names: %s", ([lines, parent, vrrp, checker]) => {
  const { processes } = planOf(lines).plan;
  expect([processes.parentName, processes.vrrp.name, processes.checker.name]).toEqual([parent, vrrp, checker]);
});

test("scheduling of one process is not that of another", () => {
  const { processes } = planOf(
    "vrrp_priority -5\nvrrp_rt_priority 40\nvrrp_no_swap\nchecker_cpu_affinity 1 0\nbfd_rlimit_rttime 5\nmax_auto_priority -1",
  ).plan;
  expect(processes).toEqual({
    vrrp: { ...PROCESS, nice: -5, lockMemory: true, realtimePriority: 40 },
    checker: { ...PROCESS, cpus: [0, 1] },
    bfd: { ...PROCESS, runTimeLimitUs: 5 },
    autoPriority: { highest: 0, afterUs: 1_000_000 },
  });
});

test("FIFOs, their owners and their readers", () => {
  const { plan, codes } = planOf(
    'enable_script_security\nscript_user root\nnotify_fifo /run/a root\nnotify_fifo_script "/bin/cat -u"\nvrrp_notify_fifo /run/v\nlvs_notify_fifo /run/l',
  );
  expect(codes).toEqual([]);
  const root = expect.objectContaining({ name: "root", uid: 0, gid: 0 });
  expect(plan.fifos).toEqual({
    all: { path: "/run/a", owner: root, reader: { argv: ["/bin/cat", "-u"], user: root } },
    vrrp: { path: "/run/v" },
    checker: { path: "/run/l" },
    vrrpStatesOnReload: false,
    allReadBy: "vrrp",
  });
});

test.for([
  ["notify_fifo /run/a\nvrrp_notify_fifo /run/a", "script/same-fifo 4:1"],
  ["enable_script_security\nlvs_notify_fifo_script /bin/cat", "script/no-fifo 4:1"],
  ["notify_fifo /run/a no-such-user-here", "script/unknown-user 3:1"],
  ["script_user no-such-user-here", "script/unknown-user 3:1"],
])("%s: %s", ([lines, code]) => {
  const { plan, codes } = planOf(lines as string);
  expect(codes).toEqual([code]);
  expect(plan.fifos.vrrp ?? plan.fifos.checker).toBeUndefined();
});

test("scripts of the parent", () => {
  const { plan } = planOf(
    'script_user root\nstartup_script "/bin/true a"\nstartup_script_timeout 30\nshutdown_script /bin/true',
  );
  const user = expect.objectContaining({ uid: 0 });
  expect(plan.scripts).toEqual({
    user,
    secure: false,
    supplementaryGroups: false,
    startup: { script: { argv: ["/bin/true", "a"], user }, timeoutMs: 30_000 },
    shutdown: { script: { argv: ["/bin/true"], user }, timeoutMs: 10_000 },
  });
});

test.for([
  ["", { pidDirectory: false }],
  ["use_pid_dir", { pidDirectory: true }],
  ["instance a", { instance: "a", pidDirectory: true }],
  ["net_namespace n\nnet_namespace_ipvs", { namespace: "n", ipvsNamespace: "", pidDirectory: true }],
  ["net_namespace_ipvs m", { ipvsNamespace: "m", pidDirectory: false }],
] as const)("place: %s", ([roots, place]) => {
  expect(planOf("", roots).plan.place).toEqual({ ...place, ipsetsInNamespace: false });
});

test.for([
  ["vrrp_iptables", { inputChain: "INPUT", outputChain: "OUTPUT" }, "keepalived_if6"],
  ["vrrp_iptables IN", { inputChain: "IN" }, "keepalived_if6"],
  ["vrrp_iptables IN OUT\nvrrp_ipsets a", { inputChain: "IN", outputChain: "OUT" }, "a_if6"],
  ["vrrp_iptables IN OUT\nvrrp_ipsets a b c", { inputChain: "IN", outputChain: "OUT" }, "c"],
  ["vrrp_iptables IN OUT\nvrrp_ipsets", { inputChain: "IN", outputChain: "OUT" }, undefined],
] as const)("iptables: %s", ([lines, chains, linkLocal]) => {
  const { iptables } = planOf(lines).plan.firewall;
  expect(iptables).toMatchObject(chains);
  expect(iptables?.sets?.linkLocal).toBe(linkLocal);
});

test("nftables", () => {
  expect(planOf("nftables\nnftables_counters\nnftables_ipvs t\nnftables_ipvs_start_fwmark 7").plan.firewall).toEqual({
    nftables: { table: "keepalived", priority: -1, counters: true, byInterfaceIndex: false },
    ipvs: { table: "t", priority: -1, counters: true, firstFwmark: 7 },
  });
});

test("reload", () => {
  const { reload } = planOf(
    "reload_check_config /var/log/r\nreload_file\nreload_time_file /etc/t\nreload_repeat\nconfig_save_dir /var/c\ntmp_config_directory /run/t",
  ).plan;
  expect(reload).toEqual({
    checkLog: "/var/log/r",
    markerFile: {},
    timeFile: { path: "/etc/t", repeat: true },
    copiesDirectory: "/var/c",
    temporaryDirectory: "/run/t",
  });
  expect(planOf("reload_check_config\nreload_file /run/r\nreload_repeat").plan.reload).toEqual({
    markerFile: { path: "/run/r" },
  });
});

test("SNMP, D-Bus, dumps, sockets and the vrrp process", () => {
  const { plan } = planOf(
    "enable_snmp_rfc\nenable_snmp_keepalived\nsnmp_vs_stats_update_interval 2\nenable_dbus\njson_version 2\nvrrp_rx_bufs_policy MTU\nvrrp_netlink_cmd_rcv_bufs 4096\nvrrp_netlink_cmd_rcv_bufs_force\nvrrp_startup_delay 2\ndynamic_interfaces allow_if_changes\ndisable_local_igmp",
    "linkbeat_use_polling",
  );
  expect(plan).toMatchObject({
    snmp: { vrrp: true, rfc2787: true, rfc6527: true, virtualServerAgeMs: 2000, realServerAgeMs: 2000 },
    dbus: { serviceName: "org.keepalived.Vrrp1" },
    dumps: { jsonVersion: 2 },
    sockets: { vrrpCommands: { bytes: 4096, force: true }, adverts: { size: "mtu" } },
    vrrp: { startupDelayMs: 2000, missingInterfaces: "awaited-of-any-type", localIgmp: false, polledLinks: true },
  });
});

test("a plan is plain JSON", () => {
  const { plan } = planOf("notify_fifo /run/a\nenable_dbus\nvrrp_iptables");
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test.for([
  ["script_user root\nnotify_fifo /run/a\nnotify_fifo_script /bin/cat", []],
  ["notify_fifo /run/a\nnotify_fifo_script /bin/cat\nscript_user root", ["script/user-later 5:1"]],
  ["notify_fifo /run/a\nnotify_fifo_script /bin/cat root\nscript_user root", []],
] as const)("the order of scripts and script_user: %s", ([lines, expected]) => {
  const { plan, codes } = planOf(`enable_script_security\n${lines}`);
  expect(plan.fifos.all?.reader?.user?.name).toBe("root");
  expect(codes).toEqual(expected);
});
