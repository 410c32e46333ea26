import type { LogHelp } from "../core/log.ts";
import type { virtualServerEvents } from "./log-events.ts";

/** What the lines about virtual servers mean. */
export const virtualServerHelp: LogHelp<typeof virtualServerEvents> = {
  "rs.up": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80", inhibit: false },
    means: "All checks of a real server hold, and it gets connections again.",
  },
  "rs.down": {
    example: {
      realServer: "[10.0.0.11]:tcp:80",
      virtualServer: "[192.0.2.10]:tcp:80",
      inhibit: false,
      why: "TCP_CHECK: connection refused",
    },
    means:
      "A check of a real server failed for good. It gets no new connections; the words in parentheses are the check's reason.",
    remedy: "Look at the real server. `lvskeeper status` shows each check's last result.",
  },
  "rs.weight": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80", active: true, from: 1, to: 3 },
    means: "A script, a file or a command changed a real server's weight.",
  },
  "rs.gone": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80" },
    means: "A reload took this real server out of the configuration.",
  },
  "rs.removed": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80" },
    means: "A real server that a reload took out of the configuration had been up until then.",
  },
  "rs.stopped": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80" },
    means: "The daemon stops, and takes its real servers out of the kernel's table.",
  },
  "vs.gone": {
    example: { virtualServer: "[192.0.2.10]:tcp:80" },
    means: "A virtual server is taken out of the kernel's table: a reload removed it, or the daemon stops.",
  },
  "quorum.gained": {
    example: { virtualServer: "[192.0.2.10]:tcp:80", quorum: 1, hysteresis: 0, sum: 2 },
    means: "Enough weight is alive again: quorum_up runs, and the sorry server leaves.",
  },
  "quorum.lost": {
    example: { virtualServer: "[192.0.2.10]:tcp:80", quorum: 1, hysteresis: 0, sum: 0 },
    means:
      "Less weight is alive than the quorum asks for: quorum_down runs, and the sorry server takes over where there is one.",
    remedy: "Find out why the real servers are down: the lines before this one say it for each.",
  },
  "quorum.startsDown": {
    example: { virtualServer: "[192.0.2.10]:tcp:80", quorum: 1, hysteresis: 0, sum: 0 },
    means: "With alpha a virtual server starts as if its real servers were down, until their first checks hold.",
  },
  "sorry.added": {
    example: { virtualServer: "[192.0.2.10]:tcp:80", sorryServer: "[10.0.0.99]:tcp:80" },
    means: "The quorum is lost: clients are sent to the sorry server.",
  },
  "sorry.removed": {
    example: { virtualServer: "[192.0.2.10]:tcp:80", sorryServer: "[10.0.0.99]:tcp:80" },
    means: "The quorum is back: the sorry server gets no more clients.",
  },
  "pool.emptied": {
    example: { virtualServer: "[192.0.2.10]:tcp:80" },
    means:
      "The quorum is lost: the real servers that are still alive are taken out, so that only the sorry server answers.",
  },
  "pool.filled": {
    example: { virtualServer: "[192.0.2.10]:tcp:80" },
    means: "The quorum is back: the real servers that are alive are in the table again.",
  },
  "ipvs.transport": {
    example: { transport: "genl", version: "1.2.1" },
    means: "How the kernel's IPVS is spoken to. The reason in parentheses is given when it is the old way.",
  },
  "ipvs.adopted": {
    example: { services: 12, destinations: 48 },
    means: "The kernel's table was there before this process: what is right in it stays untouched.",
  },
  "ipvs.refused": {
    example: {
      what: "add service TCP 192.0.2.10:80",
      errno: "ENOENT",
      hint: "the kernel has no scheduler 'mh': modprobe ip_vs_mh",
    },
    means: "The kernel did not take one change. The others were made; this one is tried again at the next comparison.",
    remedy: "Do what the end of the line says.",
  },
  "ipvs.failed": {
    example: { message: "no answer within 5 s", retryMs: 1000 },
    means: "The kernel's table could not be read or written at all. What clients get is what the table held before.",
    remedy: "Is the module loaded (`modprobe ip_vs`), and may the process administer the network (CAP_NET_ADMIN)?",
  },
  "ipvs.notCleared": {
    example: { message: "no answer within 5 s" },
    means: "At the stop our services stayed in the kernel's table.",
    remedy: "Remove them with `ipvsadm -C`, or start again: they are adopted.",
  },
  "quorums.untold": {
    example: { error: "/run/lvskeeper_checkers.sock: listen EACCES: permission denied" },
    means:
      "The socket beside the checker's pid file could not be opened. For `track_checker` this process counts as gone meanwhile; virtual servers stay as they were.",
    remedy: "May this process write that directory, and is there no directory of that name?",
  },
  "ipvs.recovered": {
    example: {},
    means: "The kernel takes changes again, and the table is as wanted.",
  },
  "ipvs.drift": {
    example: { entries: 1, changes: "change [10.0.0.11]:tcp:80 of [192.0.2.10]:tcp:80 (weight 9 → 1)" },
    means: "Somebody else changed our part of the kernel's table, and it was put right: the line says how.",
    remedy: "Find the other hand: a script with ipvsadm, or a second director program on this host.",
  },
  "ipvs.driftLeft": {
    example: { entries: 1, changes: "change [10.0.0.11]:tcp:80 of [192.0.2.10]:tcp:80 (weight 9 → 1)" },
    means:
      "Somebody else changed our part of the kernel's table, and `ipvs_drift report` leaves it: the line says what would put it right.",
    remedy: "Find the other hand; `ipvs_drift repair` and a reload put it right.",
  },
  "sync.started": {
    example: { role: "master", interface: "eth0", syncId: 51 },
    means: "The kernel sends (master) or takes (backup) the connections of this sync id.",
  },
  "sync.stopped": {
    example: { role: "master", interface: "eth0", syncId: 51 },
    means: "The kernel no longer sends or takes connections of this sync id.",
  },
  "rs.override": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80", what: "is drained by command" },
    means: "`lvskeeper rs` was used on this real server. It holds over reloads and restarts until `rs enable`.",
  },
  "rs.drained": {
    example: { realServer: "[10.0.0.11]:tcp:80", virtualServer: "[192.0.2.10]:tcp:80", how: "empty" },
    means: "A drained real server has no connection left, or its time is over: it can be taken down now.",
  },
  "overrides.notKept": {
    example: { message: "ENOSPC: no space left on device" },
    means: "What `lvskeeper rs` said holds now, and is not known after a restart.",
    remedy: "Make room, or mend the rights of /var/lib/lvskeeper, and give the command again.",
  },
  "overrides.unreadable": {
    example: { file: "/var/lib/lvskeeper/overrides.json", message: "Unexpected end of JSON input" },
    means: "What `lvskeeper rs` said before this start is lost: all real servers are as configured.",
    remedy: "Look with `lvskeeper status` which servers should be drained or disabled, and say it again.",
  },
  "overrides.notCounted": {
    example: { message: "no answer within 5 s" },
    means: "How many connections a draining server still has is not known; it goes on draining.",
    remedy: "See ipvs.failed.",
  },
  "settings.missing": {
    example: { name: "sync_ports" },
    means: "A value of `ipvs_sysctl` is for another kernel.",
    remedy: "Take it out of the configuration, or load ip_vs with that feature.",
  },
  "settings.failed": {
    example: { what: "set net.ipv4.vs.conn_reuse_mode", message: "EACCES: permission denied" },
    means: "A kernel value could not be set or given back.",
    remedy: "Set it by `sysctl`; in a container, mount /proc/sys writable or set it on the host.",
  },
  "addresses.unknown": {
    example: { message: "ENOBUFS" },
    means: "ha_suspend cannot see whether the virtual addresses are here, so all checks run.",
  },
  "sync.failed": {
    example: { message: "no such device" },
    means: "A sync daemon could not be started or stopped: connections may not survive a failover.",
    remedy: "Does the interface exist and is it up? `ipvsadm -L --daemon` shows what runs.",
  },
};
