import { line } from "../config/line.ts";
import { type BlockOf, block, type Row, row } from "../config/row.ts";
import { int, MAX_INT32, readInt } from "../config/types.ts";
import type { Settings } from "../virtual-server/kernel-settings.ts";

/** `PACKETS PERIOD` of sync_threshold. */
const threshold = () =>
  line(
    "PACKETS PERIOD",
    (words) => {
      const [first, second] = [words.need("a number of packets"), words.need("a number of packets")];
      const packets = first && readInt(words, first, 0, MAX_INT32);
      const period = second && readInt(words, second, 0, MAX_INT32);
      return packets === undefined || period === undefined ? undefined : { packets, period };
    },
    { range: `0..${MAX_INT32}`, show: ({ packets, period }) => `${packets} ${period}` },
  );

/** A file of /proc/sys/net/ipv4/vs: Documentation/networking/ipvs-sysctl.rst of the kernel. */
const setting = <const N extends string>(name: N, max: number, doc: string, example: number, min = 0) =>
  row({
    in: "ipvs_sysctl",
    process: "checker",
    name,
    type: int({ min, max }),
    defaultText: "what the kernel has",
    doc,
    example: `${name} ${example}`,
  });

/** `ipvs_sysctl { NAME VALUE }`: what administrators of directors have in sysctl.conf, beside what it is for. */
export const ipvsSysctl = block({
  name: "ipvs_sysctl",
  in: "global_defs",
  process: "checker",
  repeat: "merge",
  doc: "Values of `net.ipv4.vs.*` in the kernel, set at start and reload, and put back at the stop. Not known to keepalived.",
  example: "ipvs_sysctl {\n    conn_reuse_mode 1\n    expire_nodest_conn 1\n}",
  since: "lvskeeper 0.1",
  rows: [
    setting("am_droprate", MAX_INT32, "Of how many packets one is dropped by `drop_packet 3`.", 10, 1),
    setting("amemthresh", MAX_INT32, "Free memory, in pages, below which the kernel defends itself.", 1024),
    setting(
      "backup_only",
      1,
      "1: a director whose backup daemon runs forwards nothing; avoids loops of two DR directors.",
      1,
    ),
    setting(
      "cache_bypass",
      1,
      "1: packets of a transparent cache cluster without a live cache go to their own address.",
      1,
    ),
    setting(
      "conn_reuse_mode",
      7,
      "What happens when a client uses a port again while its last connection is remembered; 0: the old real server gets it, also one of weight 0; 1: it is scheduled anew.",
      1,
    ),
    setting("conntrack", 1, "1: connections of IPVS are known to netfilter too, at the cost of speed.", 0),
    setting(
      "drop_entry",
      3,
      "Drop entries of the connection table: 0 never, 3 always, 1 and 2 when memory is short.",
      0,
    ),
    setting("drop_packet", 3, "Drop packets before forwarding: 0 never, 3 always, 1 and 2 when memory is short.", 0),
    setting("expire_nodest_conn", 1, "1: a connection to a real server that left the table ends at once.", 1),
    setting(
      "expire_quiescent_template",
      1,
      "1: persistence to a real server of weight 0 ends, so that its clients go to another one.",
      1,
    ),
    setting("ignore_tunneled", 1, "1: packets that came out of a tunnel are left alone.", 0),
    setting("nat_icmp_send", 1, "1: tell clients of NAT by ICMP that a real server's connection is unknown.", 0),
    setting("pmtu_disc", 1, "1: tell senders by ICMP when a packet is too long for a tunnel.", 1),
    setting("run_estimation", 1, "0: no rates, less work for very large tables.", 1),
    setting("schedule_icmp", 1, "1: ICMP errors that belong to no connection are scheduled.", 0),
    setting("secure_tcp", 3, "Shorter TCP timeouts: 0 never, 3 always, 1 and 2 when memory is short.", 0),
    setting("sloppy_sctp", 1, "1: any SCTP packet may begin a connection, not only INIT.", 0),
    setting("sloppy_tcp", 1, "1: any TCP packet may begin a connection, not only SYN.", 0),
    setting("snat_reroute", 1, "1: answers of NAT are routed anew with their new source address.", 1),
    setting("sync_persist_mode", 1, "1: of persistent connections only the template is synchronised.", 0),
    setting(
      "sync_ports",
      64,
      "Threads that synchronise, each with a UDP port of its own; the same on both directors.",
      1,
      1,
    ),
    setting("sync_qlen_max", MAX_INT32, "Most messages that may wait to be sent.", 100_000),
    setting(
      "sync_refresh_period",
      MAX_INT32,
      "Seconds after which a connection is synchronised again; 0: by `sync_threshold`.",
      0,
    ),
    setting("sync_retries", 3, "How often a connection's message is repeated in each refresh period.", 0),
    setting("sync_sock_size", MAX_INT32, "Bytes of the sockets' buffers; 0: the system's default.", 0),
    row({
      in: "ipvs_sysctl",
      process: "checker",
      name: "sync_threshold",
      type: threshold(),
      defaultText: "what the kernel has",
      doc: "After how many packets a connection is synchronised first, and after how many more again.",
      example: "sync_threshold 3 50",
    }),
    setting("sync_version", 1, "Format of the messages; 0 for directors with kernels older than 2.6.39.", 1),
  ],
});

type IpvsSysctl = BlockOf<typeof ipvsSysctl>;

/** The values of the block, by the names of their files; undefined where there is none. */
export function planSysctl(blocks: readonly IpvsSysctl[]): Settings | undefined {
  const settings: Record<string, string> = {};
  for (const values of blocks)
    for (const { name } of ipvsSysctl.rows as readonly Row[]) {
      const value = (values as unknown as Readonly<Record<string, unknown>>)[name];
      if (typeof value === "number") settings[name] = String(value);
      else if (name === "sync_threshold" && values.sync_threshold)
        settings[name] = `${values.sync_threshold.packets} ${values.sync_threshold.period}`;
    }
  return Object.keys(settings).length > 0 ? settings : undefined;
}
