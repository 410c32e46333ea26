import type { Point } from "./points.ts";

/** What Octavia and exporters do to keepalived as a load balancer. One real server answers, another does not. */
export const LVS_CONFIG = `global_defs {
  router_id LVS
  script_user root
  enable_script_security
  lvs_notify_fifo /run/ha/fifo
}
virtual_server_group ipv4-group {
  192.168.122.200 80
}
virtual_server group ipv4-group {
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  protocol TCP
  quorum_up /run/ha/master
  real_server 192.168.122.10 80 {
    weight 3
    uthreshold 1000
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }
  real_server 192.168.122.20 81 {
    weight 1
    notify_down "/run/ha/notify down"
    notify_up "/run/ha/notify up"
    TCP_CHECK {
      connect_timeout 1
      retry 0
    }
  }
}
`;

const table = `ipvsadm -Ln | sed -n 's/^  -> \\([0-9.:]*\\) *\\(Masq *[0-9]*\\).*/\\1 \\2/p' | sort`;

export const lvsPoints: readonly Point[] = [
  {
    name: "started with -C, -p and -c: it comes back (octavia)",
    script:
      "export TMPDIR=$HA; keepalived -C -f $CONF -p $PID -c $PID-checkers -D -S 5 < /dev/null > /dev/null 2>&1; echo $?",
    says: "0\n",
  },
  {
    name: "the checkers' pid file is newer than the configuration, and there is none of VRRP",
    script:
      "soon 'test $PID-checkers -nt $CONF'; alive $(cat $PID-checkers) && echo alive; ls /run/vrrp.pid 2> /dev/null",
    says: "alive\n",
    status: 2,
  },
  {
    name: "the server that answers stays in the table, the other one leaves it",
    script: `soon '! ipvsadm -Ln | grep -q 122.20:81 && ipvsadm -Ln | grep -q 122.10:80'; ${table}`,
    says: "192.168.122.10:80 Masq    3\n",
  },
  {
    name: "/proc/net/ip_vs, as octavia reads it",
    script:
      "sed -n 's/^\\(TCP  C0A87AC8:0050 [a-z]*\\).*/\\1/p; s/^  -> \\(C0A87A0A:0050 *Masq *3\\) .*/\\1/p' /proc/net/ip_vs",
    says: "TCP  C0A87AC8:0050 wrr\nC0A87A0A:0050      Masq    3\n",
  },
  {
    name: "ipvsadm -Ln --stats --exact by column (octavia)",
    script: "ipvsadm -Ln --stats --exact | awk 'NR > 3 { print $1, $2, NF }'",
    says: "TCP 192.168.122.200:80 7\n-> 192.168.122.10:80 7\n",
  },
  {
    name: "notify_down has run, with its own words",
    script: "soon 'test -s $HA/notify.log'; cat $HA/notify.log",
    says: "down\n",
  },
  {
    name: "quorum_up has run at the start",
    script: "soon 'test -s $HA/master.log'; cat $HA/master.log",
    says: "master:\n",
  },
  {
    name: "USR1: the states in keepalived_check.data",
    script: `kill -USR1 $(parent); soon 'test -s $HA/keepalived_check.data'; sleep 0.3
sed -n -e 's/^ *\\(RIP = .*\\)/\\1/p' -e 's/^ *\\(alive = .\\)/\\1/p' -e 's/^ *\\(quorum_state_up.*\\)/\\1/p' -e 's/^ *\\(VS GROUP = .*\\)/\\1/p' -e 's/^ *\\(num failed.*\\)/\\1/p' $HA/keepalived_check.data`,
    says: /^VS GROUP = \[ipv4-group\]:0\nalive = 1\nquorum_state_up = 1\nRIP = 192\.168\.122\.10, RPORT = 80, WEIGHT = 3 EFF WEIGHT = 3\nalive = 1\n/,
  },
  {
    name: "HUP with another weight: the table has it, the verdicts stay",
    script: `c=$(cat $PID-checkers); sed -i 's/weight 3/weight 7/' $CONF; kill -HUP $(parent); soon 'ipvsadm -Ln | grep -q "122.10:80 .* 7 "'; ${table}; [ "$(cat $PID-checkers)" = $c ] && echo same`,
    says: "192.168.122.10:80 Masq    7\nsame\n",
  },
  {
    name: "its checker is killed: another has its pid file, and serves the same servers",
    long: true,
    script: `c=$(cat $PID-checkers); kill -9 $c; soon '[ "$(cat $PID-checkers)" != '$c' ] && alive $(cat $PID-checkers)'; sleep 3; soon '! ipvsadm -Ln | grep -q 122.20:81'; ${table}`,
    says: "192.168.122.10:80 Masq    7\n",
  },
  {
    name: "TERM: gone, with its table and pid files",
    script: `p=$(parent); kill $p; soon "! alive $p"; ls $PID $PID-checkers 2> /dev/null; ipvsadm -Ln | tail -n +4 | wc -l`,
    says: "0\n",
  },
  {
    name: "the sentences that people look for in its log",
    long: true,
    script: `keepalived -C -n -l -D -G -f $CONF -p $PID -c $PID-checkers > /dev/null 2> $HA/err.log & p=$!
soon 'grep -q "Removing service" $HA/err.log'; sleep 0.5; kill $p; wait $p; echo $?
for s in "Activating healthchecker for service [192.168.122.10]:tcp:80 for VS" "Gained quorum 1+0=1 <= 8 for VS [ipv4-group]:0" "TCP connection to [192.168.122.10]:tcp:80 success." "Removing service [192.168.122.20]:tcp:81 from VS [ipv4-group]:0" "Shutting down service [192.168.122.10]:tcp:80 from VS [ipv4-group]:0"; do grep -qF "$s" $HA/err.log && echo "$s"; done`,
    says: /^0\nActivating healthchecker for service /,
  },
  {
    name: "--dont-release-ipvs: the table stays when it stops",
    long: true,
    script: `keepalived -C -n -G -I -f $CONF -p $PID -c $PID-checkers > /dev/null 2>&1 & p=$!; soon 'ipvsadm -Ln | grep -q 122.10:80 && ! ipvsadm -Ln | grep -q 122.20:81'; kill $p; wait $p; ${table}; ipvsadm -C`,
    says: "192.168.122.10:80 Masq    7\n",
  },
];
