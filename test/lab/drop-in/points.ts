/** What exporters and orchestration do to keepalived, as they do it: shell lines, run in this order on one host, with a
 *  `keepalived` in PATH that is Debian's or ours. What they print and their exit status is the outcome. */
export type Point = {
  readonly name: string;
  readonly script: string;
  /** What it has to print whoever runs: two programs that fail alike would be equal too. */
  readonly says: string | RegExp;
  readonly status?: number;
  /** Takes seconds: only with LVSKEEPER_LAB_FULL=1. */
  readonly long?: true;
};

/** Defined before each script. */
export const PRELUDE = `
UUID=3fa85f64-5717-4562-b3fc-2c963f66afa6
HA=/run/ha; CONF=$HA/$UUID/keepalived.conf; PID=$HA/$UUID.pid
soon() { i=0; until eval "$1" > /dev/null 2>&1; do i=$((i+1)); [ $i -gt 150 ] && { echo "never: $1"; return 1; }; sleep 0.05; done; }
has() { ip -o addr show dev eth0 | grep -q " $1/"; }
alive() { kill -0 "$1" && ! grep -q '^State:.*Z' "/proc/$1/status"; }
parent() { cat $PID; }
child() { cat $PID-vrrp; }
words() { tr '\\0' '\\n' < "/proc/$1/cmdline"; }
state() { sed -n 's/^   State = //p' /tmp/keepalived.data; }
`;

export const instanceText = (more = ""): string => `
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  version 3
  advert_int 0.1
  garp_master_delay 1
  nopreempt
  virtual_ipaddress {
    192.168.122.101/24 dev eth0
    192.168.122.102
    192.168.122.103/32 dev eth0 label eth0:ha
  }
  virtual_ipaddress_excluded {
    192.168.122.104
  }
${more}}
`;

/** What Neutron, kube-keepalived-vip and VyOS have beside it. */
export const CONFIG = `global_defs {
  router_id LVS
  script_user root
  enable_script_security
  vrrp_notify_fifo /run/ha/fifo
}
${instanceText("  notify /run/ha/notify\n  notify_master /run/ha/master\n")}`;

const start = "keepalived -P -f $CONF -p $PID -r $PID-vrrp -D < /dev/null > /dev/null 2>&1";

export const points: readonly Point[] = [
  {
    name: "the version: on stderr, its second word a number of the 2.x line (neutron)",
    script: `keepalived --version 2>&1 > /dev/null | head -1 | sed -n 's/^\\(Keepalived\\) v\\(2\\)\\.[0-9]*\\.[0-9]* (.*/\\1 \\2/p'`,
    says: "Keepalived 2\n",
  },
  {
    name: "the version says that JSON can be had (exporter)",
    script: "keepalived -v 2>&1 | grep -o -- --enable-json",
    says: "--enable-json\n",
  },
  { name: "nothing of the version is on stdout", script: "keepalived -v 2> /dev/null | wc -c", says: "0\n" },
  ...(["RELOAD", "STOP", "DATA", "STATS", "STATS_CLEAR", "JSON"] as const).map((name) => ({
    name: `--signum=${name}`,
    script: `keepalived --signum=${name}`,
    says: /^\d+\n$/,
  })),
  { name: "--signum of what there is not", script: "keepalived --signum=NONSENSE 2> /dev/null", says: "", status: 1 },
  { name: "an unknown option", script: "keepalived --nonsense > /dev/null 2>&1", says: "", status: 1 },
  {
    name: "a good file passes the check before it is put in place (ansible)",
    script: `grep -v -e notify -e script $CONF > $HA/plain.conf; keepalived --config-test -f $HA/plain.conf > /dev/null 2>&1`,
    says: "",
  },
  {
    name: "a bad one does not (puppet)",
    script:
      "sed 's/priority/priorty/' $HA/plain.conf > $HA/bad.conf; keepalived -l -t -f $HA/bad.conf > /dev/null 2>&1",
    says: "",
    status: 5,
  },
  {
    name: "--config-test=LOG: the mistake is in that file, and on no screen",
    script: `keepalived --config-test=$HA/check.log -f $HA/bad.conf 2>&1; s=$?; grep -o priorty $HA/check.log | head -1; exit $s`,
    says: "priorty\n",
    status: 5,
  },
  {
    name: "without a configuration it ends with 6",
    script: "keepalived -n -f $HA/none.conf > /dev/null 2>&1",
    says: "",
    status: 6,
  },
  {
    name: "started in a namespace, with -P and a UUID in the path: it comes back (neutron)",
    script: `setsid ip -o monitor address >> $HA/monitor.log 2>&1 < /dev/null & sleep 0.2; ${start}`,
    says: "",
  },
  { name: "the pid file has a process that lives", script: `soon 'alive $(parent)' && echo yes`, says: "yes\n" },
  { name: "and so has that of its child (-r)", script: `soon 'alive $(child)' && echo yes`, says: "yes\n" },
  {
    name: "the child's parent is the parent",
    script: `[ "$(sed -n 's/^PPid:[^0-9]*//p' /proc/$(child)/status)" = "$(parent)" ] && echo yes`,
    says: "yes\n",
  },
  {
    name: "the UUID stands in the command lines of both (neutron)",
    script: "for p in $(parent) $(child); do words $p | grep -c $UUID/keepalived.conf; done",
    says: "1\n1\n",
  },
  {
    name: "the base name of its first word is keepalived (exporter)",
    script: "basename $(words $(parent) | head -1)",
    says: "keepalived\n",
  },
  {
    name: "its options are words of their own: those that it was started with",
    script: "words $(parent) | tail -n +2 | grep .",
    says: /^-P\n-f\n.*keepalived.conf\n-p\n.*\n-r\n.*\n-D\n$/,
  },
  {
    name: "pgrep -o finds the parent (openshift)",
    script: `[ "$(pgrep -o keepalived)" = "$(parent)" ] && echo yes`,
    says: "yes\n",
  },
  { name: "pidof finds it", script: `pidof keepalived | grep -qw "$(parent)" && echo yes`, says: "yes\n" },
  {
    name: "mastership is an address on the interface (kolla, neutron)",
    script: "soon 'has 192.168.122.101' && echo yes",
    says: "yes\n",
  },
  {
    name: "`ip -o monitor address`: addresses come in the order of the file",
    script: `soon 'grep -q 192.168.122.104 $HA/monitor.log'; sed -n 's/^[^D]*inet \\([^ ]*\\).*scope \\([a-z]*\\).*/\\1 \\2/p' $HA/monitor.log`,
    says: /^192\.168\.122\.101\/24 global\n192\.168\.122\.102\/32 global\n192\.168\.122\.103\/32 global\n192\.168\.122\.104/,
  },
  {
    name: "the label of an address",
    script: "ip -o addr show dev eth0 | grep -o 'eth0:ha'",
    says: "eth0:ha\n",
  },
  {
    name: "the notify script: type, name, state and priority (kube-keepalived-vip)",
    script: "soon 'grep -q MASTER $HA/notify.log'; cat $HA/notify.log",
    says: /^INSTANCE VI_1 BACKUP 100\nINSTANCE VI_1 MASTER 100\n$/,
  },
  {
    name: "notify_master has no words of its own",
    script: "soon 'test -s $HA/master.log'; cat $HA/master.log",
    says: "master:\n",
  },
  {
    // A reader that opens our FIFO is told how all stands: the last line once more.
    name: "the FIFO: lines that VyOS reads by an expression",
    script: "timeout 1 cat $HA/fifo | uniq",
    says: /^INSTANCE "VI_1" BACKUP 100\nINSTANCE "VI_1" MASTER 100\n$/,
  },
  {
    name: "USR1, then `VRRP Instance` is in the file within 5 seconds (openshift)",
    script: `kill -USR1 $(parent); soon 'grep -q "VRRP Instance" /tmp/keepalived.data'; grep -c "^ VRRP Instance = VI_1$" /tmp/keepalived.data`,
    says: "1\n",
  },
  {
    name: "what an exporter reads of it by its three blanks",
    script: `sed -n 's/^   \\(State\\|Wantstate\\|Interface\\|Gratuitous ARP delay\\|Virtual Router ID\\|Priority\\|Effective priority\\) = /\\1 = /p' /tmp/keepalived.data`,
    says: /^State = MASTER\nWantstate = MASTER\nInterface = eth0\nGratuitous ARP delay = 1\n/,
  },
  {
    name: "the lists of addresses in it",
    script: "sed -n '/Virtual IP (/,/^   [A-Z][a-z]* [a-z]/p' /tmp/keepalived.data | grep -e 'Virtual IP' -e '^     '",
    says: /^ {3}Virtual IP \(3\):\n {5}192\.168\.122\.101\/24 dev eth0 scope global set\n/,
  },
  {
    name: "the file is the owner's alone",
    script: "stat -c '%a %U' /tmp/keepalived.data",
    says: "600 root\n",
  },
  {
    name: "signal 36, then JSON (exporter)",
    script: `kill -36 $(parent); soon 'test -s /tmp/keepalived.json'; sleep 0.1
sed -e 's/"last_transition":[0-9.]*/"last_transition":T/' -e 's/"advert_sent":[0-9]*/"advert_sent":N/' /tmp/keepalived.json`,
    says: /^\[\{"data":\{"iname":"VI_1",/,
  },
  {
    name: "USR2, then the counters",
    script: `kill -USR2 $(parent); soon 'grep -q Became /tmp/keepalived.stats'; sed 's/Sent: [1-9][0-9]*/Sent: N/' /tmp/keepalived.stats`,
    says: /^VRRP Instance: VI_1\n {2}Advertisements:\n {4}Received: 0\n {4}Sent: N\n {2}Became master: 1\n/,
  },
  {
    name: "STATS_CLEAR: they begin again",
    script: `kill -63 $(parent); sleep 0.5; rm /tmp/keepalived.stats; kill -USR2 $(parent); soon 'grep -q Became /tmp/keepalived.stats'; grep Became /tmp/keepalived.stats`,
    says: "  Became master: 0\n",
  },
  {
    name: "each of these files was closed after writing, by its own name (vyos)",
    script: "soon 'grep -q keepalived.stats $HA/closed.log'; grep -o '^keepalived\\.[a-z]*$' $HA/closed.log | sort -u",
    says: "keepalived.data\nkeepalived.json\nkeepalived.stats\n",
  },
  {
    name: "a second one with the same pid file ends with 0, and the first one runs on",
    script: `p=$(parent); ${start}; s=$?; [ "$(parent)" = $p ] && alive $p && echo same; exit $s`,
    says: "same\n",
  },
  {
    name: "HUP: an address more, with the same processes",
    script: `p="$(parent) $(child)"; sed -i 's/192.168.122.104/&\\n    192.168.122.105/' $CONF; kill -HUP $(parent); soon 'has 192.168.122.105'; [ "$(parent) $(child)" = "$p" ] && echo same`,
    says: "same\n",
  },
  {
    name: "HUP: an address less, and no other is touched",
    script: `: > $HA/monitor.log; sed -i '/192.168.122.105/d' $CONF; kill -HUP $(parent); soon '! has 192.168.122.105'; sleep 0.2; sed -n 's/^\\(Deleted\\)*.*inet \\([^ ]*\\).*/\\1 \\2/p' $HA/monitor.log`,
    says: "Deleted 192.168.122.105/32\n",
  },
  {
    name: "its child is killed: another has its pid file, and the addresses stay or come back",
    script: `c=$(child); kill -9 $c; soon 'test -s $PID-vrrp && [ "$(child)" != '$c' ] && alive $(child)'; soon 'has 192.168.122.101'; echo $?`,
    says: "0\n",
  },
  {
    name: "TERM: gone within 5 seconds, with addresses and pid files",
    script: `p=$(parent); kill -TERM $p; soon "! alive $p"; ls $PID $PID-vrrp 2> /dev/null; ip -o addr show dev eth0 | grep -c 192.168.122.10; pgrep -f '^keepalived.*3fa85f64'`,
    says: "0\n",
    status: 1,
  },
  {
    name: "`ip -o monitor address`: the order in which addresses go",
    script: `sed -n 's/^Deleted.*inet \\([^ ]*\\).*/\\1/p' $HA/monitor.log | tail -4`,
    says: /192\.168\.122\.101\/24/,
  },
  {
    name: "the last words of the FIFO and of the notify script",
    script: `sleep 0.2; tail -1 $HA/notify.log`,
    says: "INSTANCE VI_1 STOP 100\n",
  },
  {
    name: "stale pid files are no hindrance",
    script: `echo 4194300 > $PID; echo 4194299 > $PID-vrrp; ${start}; soon 'alive $(parent) && [ "$(child)" != 4194299 ] && has 192.168.122.101' && echo yes`,
    says: "yes\n",
  },
  {
    name: "the parent is killed: the orphaned child is killed by its pid file, and the addresses are gone (neutron)",
    script: `c=$(child); kill -9 $(parent); sleep 0.3; soon "has 192.168.122.101 || kill -9 $c; ! alive $c"; alive $c 2> /dev/null || echo gone; pgrep -f '^keepalived.*3fa85f64'`,
    says: "gone\n",
    status: 1,
  },
  {
    name: "started over what a crash left behind",
    script: `${start}; soon 'has 192.168.122.101' && alive $(parent) && echo yes; kill $(parent); p=$(parent); soon "! alive $p"`,
    says: "yes\n",
  },
  {
    name: "in the foreground, with its log on stderr: sentences that people look for (openshift)",
    script: `keepalived -f $CONF --dont-fork --vrrp --log-detail --log-console -G -p $PID -r $PID-vrrp > $HA/out.log 2> $HA/err.log & p=$!
soon 'grep -q "Entering MASTER" $HA/err.log'; kill -HUP $p; soon 'grep -q Reloading $HA/err.log'; sleep 0.3; kill -TERM $p; wait $p; echo $?
for s in "Starting Keepalived v2" "(VI_1) Entering BACKUP STATE (init)" "(VI_1) Receive advertisement timeout" "(VI_1) Entering MASTER STATE" "Reloading" "(VI_1) sent 0 priority" "Stopped Keepalived v2"; do grep -qF "$s" $HA/err.log && echo "$s"; done; wc -c < $HA/out.log`,
    says: /^0\nStarting Keepalived v2\n\(VI_1\) Entering BACKUP STATE \(init\)\n/,
  },
  {
    name: "-nld and a pid file at its usual place (kolla)",
    script: `keepalived -nld -G -f $CONF -p /run/keepalived.pid > /dev/null 2>&1 & p=$!; soon '[ "$(cat /run/keepalived.pid)" = '$p' ]' && echo yes; soon 'has 192.168.122.101'; kill $p; wait $p; echo $?`,
    says: "yes\n0\n",
  },
  {
    name: "the pid files that it has by default",
    script: `keepalived -f $CONF -P; soon 'has 192.168.122.101'; (cd /run; find . -name '*.pid' -newer $CONF | sort); p=$(cat /run/keepalived.pid); kill $p; soon "! alive $p"; ls /run/*.pid 2> /dev/null | wc -l`,
    says: /^\.\/keepalived\.pid\n.*vrrp\.pid\n0\n$/,
  },
  {
    name: "syslog: the facility of -S, and a name for each process (filters of rsyslog)",
    script: `perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/run/ha/devlog"); $| = 1; print "$b\\n" while defined $s->recv($b, 8192)' > $HA/syslog & s=$!; soon 'test -S $HA/devlog'
unshare -m sh -c 'mkdir -p $1/dev && mount -t tmpfs dev $1/dev && cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom $1/dev && ln -s $1/devlog $1/dev/log && mount --move $1/dev /dev && exec keepalived -n -D -S 3 -f $2 -p $3 -r $3-vrrp' - $HA $CONF $PID > /dev/null 2>&1 & p=$!
soon 'grep -q Entering $HA/syslog'; kill $p; wait $p; kill $s
sed -n 's/^<\\([0-9]*\\)>[A-Z][a-z]* *[0-9]* [0-9:]* \\([A-Za-z_]*\\)\\[[0-9]*\\]: .*/\\1 \\2/p' $HA/syslog | while read n name; do echo "local$((n / 8 - 16)) $name"; done | sort -u`,
    says: "local3 Keepalived\nlocal3 Keepalived_vrrp\n",
  },
  {
    name: "--config-id: lines that begin with @ID",
    script: `sed 's/priority 100/@one priority 101\\n@two priority 102/' $CONF > $HA/id.conf; keepalived -n -G -i two -f $HA/id.conf -p $PID -r $PID-vrrp > /dev/null 2>&1 & p=$!; soon 'has 192.168.122.101'; kill -USR1 $p; soon 'grep -q "   Priority = 102" /tmp/keepalived.data' && echo 102; kill $p; wait $p`,
    says: "102\n",
  },
  {
    name: "--dont-release-vrrp: the addresses stay when it stops",
    script: `keepalived -n -G -V -f $CONF -p $PID -r $PID-vrrp > /dev/null 2>&1 & p=$!; soon 'has 192.168.122.101'; kill $p; wait $p; ip -o addr show dev eth0 | grep -o '192.168.122.10[0-9]/[0-9]*' | sort; ip addr flush dev eth0 scope global; ip addr add 192.168.122.30/24 dev eth0`,
    says: /^192\.168\.122\.101\/24\n/,
  },
  {
    name: "--namespace: it works in that network",
    script: `ip netns add other && ip -n other link add eth0 type veth peer name peer0 && ip -n other addr add 192.168.122.30/24 dev eth0 && ip -n other link set eth0 up && ip -n other link set peer0 up
keepalived -n -G -s other -f $CONF -p $PID -r $PID-vrrp > /dev/null 2>&1 & p=$!; soon 'ip -n other addr show dev eth0 | grep -q 192.168.122.101' && echo there; has 192.168.122.101 || echo "not here"; kill $p; wait $p; ip netns del other`,
    says: "there\nnot here\n",
  },
];
