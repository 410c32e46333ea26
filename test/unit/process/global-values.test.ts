import fc from "fast-check";
import { expect, test } from "vitest";
import { entries } from "../../../src/config/docs.ts";
import { globalDefs } from "../../../src/process/global-options.ts";
import { umaskValue } from "../../../src/process/umask-value.ts";
import { valuesOf } from "../config/reading.ts";

/** Codes that say of a keyword what it does, whatever its value is. */
const REMARKS = ["conf/no-effect 2:1", "conf/not-supported 2:1"];

function global(line: string) {
  const { values, codes } = valuesOf(`global_defs {\n${line}\n}`);
  return { values: values.global_defs[0], codes: codes.filter((code) => !REMARKS.includes(code)) };
}

test.for([
  ["router_id lvs 1", "router_id", "lvs 1"],
  ["lvs_id lvs-1", "router_id", "lvs-1"],
  ["smtp_server 10.0.0.1", "smtp_server", { host: "10.0.0.1", port: 25 }],
  ["smtp_server mail.example.org 2525", "smtp_server", { host: "mail.example.org", port: 2525 }],
  ["script_user nobody :nogroup", "script_user", { user: "nobody", group: "nogroup" }],
  ["v3_checksum_as_v2", "v3_checksum_as_v2", true],
  ["vrrp_mcast_group4 239.1.2.3", "vrrp_mcast_group4", "239.1.2.3"],
  ["vrrp_mcast_group6 FF02:0::12", "vrrp_mcast_group6", "ff02::12"],
  ["dynamic_interfaces", "dynamic_interfaces", "allow"],
  ["dynamic_interfaces allow_if_changes", "dynamic_interfaces", "allow_if_changes"],
  ["vrrp_garp_interval 0.000001", "vrrp_garp_interval", 0.001],
  ["vrrp_startup_delay 5.5", "vrrp_startup_delay", 5500],
  ["vrrp_garp_extra_if 60", "vrrp_garp_extra_if", { all: false, intervalMs: 60_000 }],
  ["vrrp_vmac_garp_intvl all 1", "vrrp_garp_extra_if", { all: true, intervalMs: 1000 }],
  ["vrrp_cpu_affinity 3 0 3 1", "vrrp_cpu_affinity", [0, 1, 3]],
  ["checker_rt_priority 50", "checker_rt_priority", 50],
  ["vrrp_rlimit_rtime 5000", "vrrp_rlimit_rttime", 5000],
  ["max_auto_priority", "max_auto_priority", 99],
  ["max_auto_priority -1", "max_auto_priority", -1],
  ["lvs_process_name abc", "checker_process_name", "abc"],
  ["vrrp_rx_bufs_policy mtu", "vrrp_rx_bufs_policy", "mtu"],
  ["vrrp_rx_bufs_policy ADVERT", "vrrp_rx_bufs_policy", "advert"],
  ["vrrp_rx_bufs_policy 65536", "vrrp_rx_bufs_policy", 65_536],
  ["vrrp_iptables", "vrrp_iptables", []],
  ["vrrp_iptables IN OUT", "vrrp_iptables", ["IN", "OUT"]],
  ["vrrp_ipsets a b c d e f", "vrrp_ipsets", ["a", "b", "c", "d", "e", "f"]],
  ["nftables", "nftables", "keepalived"],
  ["nftables_ipvs marks", "nftables_ipvs", "marks"],
  ["nftables_priority -300", "nftables_priority", -300],
  ["notify_fifo /run/f", "notify_fifo", { path: "/run/f" }],
  ["notify_fifo /run/f nobody", "notify_fifo", { path: "/run/f", user: "nobody" }],
  ["notify_fifo /run/f nobody nogroup", "notify_fifo", { path: "/run/f", user: "nobody", group: "nogroup" }],
  ["umask 022", "umask", 0o022],
  ["umask 0x3f", "umask", 0o077],
  ["umask 18", "umask", 0o022],
  ["umask 0", "umask", 0],
  ["umask IWGRP | IWOTH", "umask", 0o022],
  ["umask IRWXG|IRWXO", "umask", 0o077],
  ["reload_check_config", "reload_check_config", "/dev/null"],
  ["reload_file", "reload_file", ""],
  ["reload_file /run/r", "reload_file", "/run/r"],
  ["json_version 2", "json_version", 2],
  ["lvs_flush_on_stop", "lvs_flush_on_stop", "all"],
  ["lvs_flush_onstop VS", "lvs_flush_on_stop", "own"],
  ["lvs_timeouts tcp 900 udp 0", "lvs_timeouts", { tcpMs: 900_000 }],
  ["lvs_timeouts udp 1 tcpfin 2 tcp 3", "lvs_timeouts", { udpMs: 1000, tcpFinMs: 2000, tcpMs: 3000 }],
  ["lvs_sync_daemon eth0", "lvs_sync_daemon", { interface: "eth0" }],
  ["lvs_sync_daemon eth0 VI_1", "lvs_sync_daemon", { interface: "eth0", instance: "VI_1" }],
  ["lvs_sync_daemon eth0 VI_1 5", "lvs_sync_daemon", { interface: "eth0", instance: "VI_1", syncId: 5 }],
  [
    "lvs_sync_daemon eth0 VI_1 id 5 ttl 2",
    "lvs_sync_daemon",
    { interface: "eth0", instance: "VI_1", syncId: 5, ttl: 2 },
  ],
  ["lvs_sync_daemon eth0 id 5 inst VI_1", "lvs_sync_daemon", { interface: "eth0", instance: "VI_1", syncId: 5 }],
  ["include_check", "include_check", { set: ["read", "match", "wildcard_match", "brace_match"], add: [], remove: [] }],
  ["include_check match", "include_check", { set: ["read", "match"], add: [], remove: [] }],
  ["include_check +readable -match", "include_check", { add: ["read"], remove: ["match"] }],
] as const)("%s", ([line, keyword, value]) => {
  const { values, codes } = global(line);
  expect(codes.filter((code) => !code.startsWith("conf/deprecated"))).toEqual([]);
  expect(values?.[keyword]).toEqual(value);
});

test.for([
  ["max_auto_priority -1", []],
  ["max_auto_priority 0", []],
  ["max_auto_priority 1", ["conf/no-effect 2:19"]],
  ["max_auto_priority", ["conf/no-effect 2:1"]],
] as const)("%s: only what is not done is told", ([line, codes]) => {
  expect(valuesOf(`global_defs {\n${line}\n}`).codes).toEqual(codes);
});

test("all options of lvs_sync_daemon", () => {
  const { values } = global("lvs_sync_daemon eth0 id 1 maxlen 1400 port 8848 ttl 2 group 224.0.0.81 inst A");
  expect(values?.lvs_sync_daemon).toEqual({
    interface: "eth0",
    instance: "A",
    syncId: 1,
    maxLength: 1400,
    port: 8848,
    ttl: 2,
    group: "224.0.0.81",
  });
});

test.for([
  ["vrrp_garp_interval 0", "vrrp_garp_interval", 0, "conf/corrected 2:20"],
  ["vrrp_gna_interval 0", "vrrp_gna_interval", 0, "conf/corrected 2:19"],
  ["vrrp_garp_master_repeat 0", "vrrp_garp_master_repeat", 1, "conf/corrected 2:25"],
  ["vrrp_rt_priority 100", "vrrp_rt_priority", 99, "conf/corrected 2:18"],
  ["bfd_rt_priority -3", "bfd_rt_priority", 1, "conf/corrected 2:17"],
  ["process_name a-name-of-many-letters", "process_name", "a-name-of-many-", "conf/corrected 2:14"],
  ["vrrp_process_name ééééééééé", "vrrp_process_name", "ééééééé", "conf/corrected 2:19"],
  ["v3_checksum_as_v2 off", "v3_checksum_as_v2", true, "conf/corrected 2:19"],
  ["v3_checksum_as_v2 please", "v3_checksum_as_v2", true, "conf/extra-words 2:19"],
  ["lvs_sync_daemon eth0\nlvs_sync_daemon eth1", "lvs_sync_daemon", { interface: "eth0" }, "conf/repeated 3:1"],
] as const)("%s: is corrected, with a warning", ([line, keyword, value, code]) => {
  const { values, codes } = global(line);
  expect([values?.[keyword], codes]).toEqual([value, [code]]);
});

test.for([
  ["smtp_server", "conf/missing-value 2:1"],
  ["smtp_server 10.0.0.1 70000", "conf/bad-value 2:22"],
  ["vrrp_mcast_group4 10.0.0.1", "conf/bad-value 2:19"],
  ["vrrp_mcast_group4 ff02::12", "conf/bad-value 2:19"],
  ["vrrp_mcast_group6 224.0.0.18", "conf/bad-value 2:19"],
  ["vrrp_version 4", "conf/bad-value 2:14"],
  ["vrrp_down_timer_adverts 0", "conf/bad-value 2:25"],
  ["dynamic_interfaces allow", "conf/bad-value 2:20"],
  ["vrrp_startup_delay 0", "conf/bad-value 2:20"],
  ["vrrp_garp_interval 4295", "conf/bad-value 2:20"],
  ["vrrp_garp_extra_if all", "conf/missing-value 2:1"],
  ["vrrp_garp_extra_if 0", "conf/bad-value 2:20"],
  ["vrrp_garp_extra_if some 5", "conf/bad-value 2:20"],
  ["vrrp_priority 20", "conf/bad-value 2:15"],
  ["vrrp_priority -21", "conf/bad-value 2:15"],
  ["vrrp_cpu_affinity", "conf/missing-value 2:1"],
  ["vrrp_cpu_affinity 0 x", "conf/bad-value 2:21"],
  ["vrrp_cpu_affinity 1024", "conf/bad-value 2:19"],
  ["checker_rlimit_rttime 0", "conf/bad-value 2:23"],
  ["max_auto_priority 100", "conf/bad-value 2:19"],
  ["min_auto_priority_delay 10000001", "conf/bad-value 2:25"],
  ["lvs_netlink_cmd_rcv_bufs -1", "conf/bad-value 2:26"],
  ["vrrp_rx_bufs_policy packets", "conf/bad-value 2:21"],
  ["vrrp_rx_bufs_policy", "conf/missing-value 2:1"],
  ["vrrp_rx_bufs_multiplier 0", "conf/bad-value 2:25"],
  [`vrrp_iptables ${"x".repeat(29)}`, "conf/bad-value 2:15"],
  [`vrrp_ipsets a ${"x".repeat(32)}`, "conf/bad-value 2:15"],
  ["nftables_ipvs_start_fwmark 0", "conf/bad-value 2:28"],
  ["notify_fifo", "conf/missing-value 2:1"],
  ["notify_fifo fifo", "conf/bad-value 2:13"],
  ["umask", "conf/missing-value 2:1"],
  ["umask 01000", "conf/bad-value 2:7"],
  ["umask 089", "conf/bad-value 2:7"],
  ["umask IWGRP | IWOHT", "conf/bad-value 2:15"],
  ["umask IWGRP |", "conf/bad-value 2:7"],
  ["json_version 3", "conf/bad-value 2:14"],
  ["startup_script_timeout 0", "conf/bad-value 2:24"],
  ["snmp_vs_stats_update_interval 31", "conf/bad-value 2:31"],
  ["random_seed 4294967296", "conf/bad-value 2:13"],
  ["lvs_flush_on_stop all", "conf/bad-value 2:19"],
  ["lvs_timeouts", "conf/missing-value 2:1"],
  ["lvs_timeouts 900", "conf/bad-value 2:14"],
  ["lvs_timeouts tcp", "conf/missing-value 2:1"],
  ["lvs_timeouts tcp 2678401", "conf/bad-value 2:18"],
  ["lvs_sync_daemon", "conf/missing-value 2:1"],
  ["lvs_sync_daemon eth0/1", "conf/bad-value 2:17"],
  ["lvs_sync_daemon eth0 id", "conf/missing-value 2:1"],
  ["lvs_sync_daemon eth0 id 256", "conf/bad-value 2:25"],
  ["lvs_sync_daemon eth0 idd 5 inst A", "conf/bad-value 2:22"],
  ["lvs_sync_daemon eth0 inst", "conf/missing-value 2:1"],
  ["include_check some", "conf/bad-value 2:15"],
  ["include_check +match read", "conf/bad-value 2:22"],
  ["vmac_prefix averylongprefix", "conf/bad-value 2:13"],
  ["smtp_alert maybe", "conf/bad-value 2:12"],
  ["config_save_dir", "conf/missing-value 2:1"],
])("%s: %s", ([line, code]) => {
  expect(global(line as string).codes).toEqual([code]);
});

test.for([
  ["instance a/b", "conf/bad-value 1:10"],
  ["instance", "conf/missing-value 1:1"],
  ["net_namespace ..", "conf/bad-value 1:15"],
  ["child_wait_time 1.5", "conf/bad-value 1:17"],
  ["child_wait_time 4294967296", "conf/bad-value 1:17"],
])("%s: %s", ([line, code]) => {
  const { codes } = valuesOf(line as string);
  expect(codes.filter((given) => !/not-supported|no-effect/.test(given))).toEqual([code]);
});

test("global_defs given twice: lists are added, values replaced, and of what counts once the first stays", () => {
  const { values, codes } = valuesOf(
    "global_defs {\nrouter_id a\nnotification_email { a@x }\nno_such_word\nvrrp_mcast_group4 224.0.0.20\nlvs_sync_daemon eth0\n}\n" +
      "global_defs {\nrouter_id b\nnotification_email { b@x }\nlvs_sync_daemon eth1\n}",
  );
  expect(values.global_defs).toHaveLength(1);
  expect(values.global_defs[0]).toMatchObject({
    router_id: "b",
    notification_email: ["a@x", "b@x"],
    vrrp_mcast_group4: "224.0.0.20",
    lvs_sync_daemon: { interface: "eth0" },
  });
  expect(codes).toEqual(["conf/unknown-keyword 4:1", "conf/repeated 11:1"]);
  const twice = valuesOf("global_defs {\nvrrp_cpu_affinity 0 1\n}\nglobal_defs {\nvrrp_cpu_affinity 2\n}");
  expect(twice.values.global_defs[0]?.vrrp_cpu_affinity).toEqual([2]);
});

test("keywords of the top level", () => {
  const { values } = valuesOf(
    "instance left\nuse_pid_dir\nnet_namespace inside\nnet_namespace_ipvs\nnamespace_with_ipsets\nchild_wait_time 0\nlinkbeat_use_polling",
  );
  expect(values).toMatchObject({
    instance: "left",
    use_pid_dir: true,
    net_namespace: "inside",
    net_namespace_ipvs: "",
    namespace_with_ipsets: true,
    child_wait_time: 0,
    linkbeat_use_polling: true,
  });
});

test("every default is a value that its own keyword takes", () => {
  for (const { member } of entries(globalDefs)) {
    if (member.kind !== "row" || member.default === undefined || typeof member.default === "boolean") continue;
    const line = `${member.name} ${member.type.show?.(member.default) ?? String(member.default)}`;
    const zero = member.default === 0 && !/^0\.\.|^-/.test(member.type.range ?? "0..");
    if (!zero) expect([line, global(line).values?.[member.name as "router_id"]]).toEqual([line, member.default]);
  }
});

test("a umask is read as it is shown", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o777 }), (mask) => {
      const shown = umaskValue().show?.(mask) as string;
      expect(global(`umask ${shown}`).values?.umask).toBe(mask);
    }),
  );
});

test("options of lvs_sync_daemon are read in any order as they are shown", () => {
  const line = fc.record(
    {
      instance: fc.constantFrom("VI_1", "A"),
      syncId: fc.integer({ min: 0, max: 255 }),
      maxLength: fc.integer({ min: 1, max: 65_507 }),
      port: fc.integer({ min: 1, max: 65_535 }),
      ttl: fc.integer({ min: 1, max: 255 }),
      group: fc.constantFrom("224.0.0.81", "ff02::21"),
    },
    { requiredKeys: [] },
  );
  const type = globalDefs.byName.get("lvs_sync_daemon");
  const show = type?.kind === "row" ? type.type.show : undefined;
  fc.assert(
    fc.property(line, (options) => {
      const value = { interface: "eth0", ...options };
      expect(global(`lvs_sync_daemon ${show?.(value)}`).values?.lvs_sync_daemon).toEqual(value);
    }),
  );
});
