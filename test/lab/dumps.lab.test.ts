import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Program, prepare } from "./drop-in/outcomes.ts";
import { PRELUDE } from "./drop-in/points.ts";
import { Lab } from "./lib/lab.ts";
import { PROJECT } from "./lib/workspace.ts";

/** The files that signals have written, by Debian's keepalived and by ours, of the same configuration on the same host in
 *  the same state: the same lines in the same order. What differs is named below, and in docs/compatibility.md. */

const FILES = [
  "keepalived.data",
  "keepalived_check.data",
  "keepalived_parent.data",
  "keepalived.stats",
  "keepalived.json",
] as const;
type Files = Readonly<Record<(typeof FILES)[number], string>>;

const VECTORS = path.join(PROJECT, "test/vectors/dumps");
const servers = readFileSync(path.join(VECTORS, "checker.conf"), "utf8")
  .replace(/^global_defs \{[^}]*\}/, "")
  .replace("virtual_server group GRP {", "virtual_server group GRP {\n  delay_loop 2")
  .replace("lb_algo mh", "delay_loop 60\n  lb_algo mh")
  .replaceAll(/delay_loop [23]/g, "$&\n  warmup 0"); // the first check after a second

const CONFIG = `global_defs {
  router_id LVS
  script_user root
  enable_script_security
  notification_email { ops@example.org }
  smtp_alert off
  checker_log_all_failures
  vrrp_version 3
  vrrp_garp_master_delay 2
  vrrp_garp_interval 0.01
  vrrp_notify_fifo /run/ha/fifo
  lvs_sync_daemon eth0 VI_1 id 7 maxlen 1000 port 8849 ttl 2 group 224.0.0.83
  lvs_timeouts tcp 7200 tcpfin 30 udp 200
  umask 022
}
vrrp_script good {
  script "/bin/true"
  interval 1
  weight 5
}
vrrp_track_process init {
  process "init"
  weight 3
}
vrrp_sync_group G {
  group {
    VI_2
    VI_6
  }
  notify_master "/bin/true master"
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.1
  no_accept
  virtual_ipaddress {
    192.168.122.101/24 dev eth0 label eth0:ha
    192.168.122.102
  }
  virtual_routes {
    198.51.100.0/24 via 192.168.122.10 dev eth0
  }
  track_script {
    good
  }
  track_interface {
    lo weight 2
  }
  track_process {
    init
  }
}
vrrp_instance VI_2 {
  interface eth0
  virtual_router_id 53
  version 2
  priority 150
  authentication {
    auth_type PASS
    auth_pass secret
  }
  virtual_ipaddress {
    192.168.122.103
  }
  virtual_ipaddress_excluded {
    192.168.122.104
  }
}
vrrp_instance VI_6 {
  interface eth0
  virtual_router_id 52
  advert_int 0.1
  virtual_ipaddress {
    fe80::51
    2001:db8::51/64
  }
}
${servers}`;

/** Starts it, waits until all has had its first check, asks for each file, and stops it. */
const RUN = `export TMPDIR=$HA/dumps; rm -rf $TMPDIR; mkdir -m 755 $TMPDIR
keepalived -n -l -D -G -f $CONF -p $PID -r $PID-vrrp -c $PID-checkers < /dev/null > $HA/log 2>&1 & p=$!
later() { soon "$1" || soon "$1" || soon "$1" || soon "$1"; }
later 'has 192.168.122.103' && later '! ipvsadm -Ln | grep -q -e 10.0.0.2[3-7] -e 127.0.0.1:8002' && sleep 1 || { cat $HA/log >&2; exit 1; }
kill -USR1 $p; kill -USR2 $p; kill -36 $p
for f in ${FILES.join(" ")}; do soon "test -s $TMPDIR/$f"; done; sleep 0.3
kill $p; wait $p
for f in ${FILES.join(" ")}; do echo "== $f"; cat $TMPDIR/$f; echo; done`;

let lab: Lab;
let theirs: Files;
let ours: Files;

async function filesOf(program: Program): Promise<Files> {
  await prepare(lab, "d1", program, CONFIG);
  const stdout = await lab.run("d1", `PATH=/run/ha/bin:$PATH\n${PRELUDE}\n${RUN}`, { timeoutMs: 120_000 });
  const parts = stdout.split(/^== (.*)\n/m);
  return Object.fromEntries(FILES.map((file) => [file, parts[parts.indexOf(file) + 1]?.trimEnd() ?? ""])) as Files;
}

beforeAll(async () => {
  lab = await Lab.start();
  await lab.web("rs1");
  theirs = await filesOf("keepalived");
  ours = await filesOf("lvskeeper");
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** What each has for itself, in both texts the same. */
const common = (text: string): string =>
  text
    .replaceAll(/(Last transition|Read timeout|Rx buf size) = .*/g, "$1")
    .replaceAll(/("last_transition"|"advert_sent"):[0-9.]+/g, "$1")
    .replaceAll(/Sent: \d+/g, "Sent")
    .replaceAll(/(Retries iterations) = \d+/g, "$1");

/** docs/compatibility.md has the reasons. */
const withoutOwn = (text: string): string =>
  text
    .replaceAll(/^ +(fd_in .*|libnftnl version .*|GARP next time .*|Seen up = .*|Delayed state change .*)\n/gm, "")
    .replaceAll(/^ +(Reset .* counter \d+|Original \w+ \d+|Not IPv6 forwarding.*)\n/gm, "")
    .replaceAll(/^ +(Alive: .*|reloaded = False|connection timeout = .*|previous effective_weight = .*)\n/gm, "")
    .replaceAll(/^ +(Current weight|Last errno|Last ran|Last status|Failed URL|Enable SNI set)( = .*)?\n/gm, "")
    .replaceAll("/usr/bin/true", "/bin/true")
    .replaceAll("\\/usr\\/bin\\/true", "\\/bin\\/true")
    .replaceAll(/(Password = |"auth_data":")secret/g, "$1********")
    .replaceAll(/(lower priority delay) = 4294967295/g, "$1 = 2")
    .replaceAll(/(lower priority repeat) = 4294967295/g, "$1 = 5")
    .replaceAll(/(ff02::12), ifindex \d+/g, "$1")
    .replaceAll(/Interval = (\d+) sec\n {3}Timeout = 0 sec/g, "Interval = $1 sec\n   Timeout = $1 sec")
    .replaceAll("Log all failures = no", "Log all failures = yes");

test.each(FILES)("%s: the same lines, in the same order", (file) => {
  expect(theirs[file].length).toBeGreaterThan(500);
  expect(common(ours[file])).toBe(common(withoutOwn(theirs[file])));
});
