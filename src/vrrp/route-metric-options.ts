import { row } from "../config/row.ts";
import { int, oneOf, word } from "../config/types.ts";
import { lockable, metric, roundTripTime } from "./route-value-options.ts";

const LOCK = "; `lock` keeps the kernel from changing it";

/** RTAX_* of a route: what TCP begins with on it, and what it keeps to. */
export function metricRows<const L extends "virtual_routes" | "static_routes">(list: L) {
  const line = { in: `${list}[]`, process: "vrrp", rfc: "linux/rtnetlink.h" } as const;
  const ROUTE = "192.168.110.0/24 dev eth1";
  return [
    row({
      ...line,
      name: "mtu",
      type: lockable(metric()),
      doc: `Largest packet, in bytes${LOCK}.`,
      example: `${ROUTE} mtu lock 1400`,
    }),
    row({
      ...line,
      name: "hoplimit",
      type: int({ min: 0, max: 255 }),
      doc: "Hop limit of packets that are sent.",
      example: `${ROUTE} hoplimit 64`,
    }),
    row({
      ...line,
      name: "advmss",
      type: lockable(metric()),
      doc: `Largest TCP segment told to the other end, in bytes${LOCK}.`,
      example: `${ROUTE} advmss 1360`,
    }),
    row({
      ...line,
      name: "rtt",
      type: lockable(roundTripTime(8)),
      doc: `Round-trip time to begin with${LOCK}.`,
      example: `${ROUTE} rtt 100ms`,
    }),
    row({
      ...line,
      name: "rttvar",
      type: lockable(roundTripTime(4)),
      doc: `Its variance to begin with${LOCK}.`,
      example: `${ROUTE} rttvar 50ms`,
    }),
    row({
      ...line,
      name: "reordering",
      type: lockable(metric()),
      doc: `Segments that may come out of order before one counts as lost${LOCK}.`,
      example: `${ROUTE} reordering 5`,
    }),
    row({
      ...line,
      name: "window",
      type: metric(),
      doc: "Largest window told to the other end, in bytes.",
      example: `${ROUTE} window 65535`,
    }),
    row({
      ...line,
      name: "cwnd",
      type: lockable(metric()),
      doc: `Limit of the congestion window, in segments; the kernel minds it only with \`lock\`.`,
      example: `${ROUTE} cwnd lock 20`,
    }),
    row({
      ...line,
      name: "ssthresh",
      type: lockable(metric()),
      doc: `Slow-start threshold to begin with, in segments${LOCK}.`,
      example: `${ROUTE} ssthresh lock 30`,
    }),
    row({
      ...line,
      name: "rto_min",
      type: lockable(roundTripTime(1)),
      doc: `Least time before a segment is sent again${LOCK}.`,
      example: `${ROUTE} rto_min 50ms`,
    }),
    row({
      ...line,
      name: "initcwnd",
      type: metric(),
      doc: "Congestion window to begin with, in segments.",
      example: `${ROUTE} initcwnd 20`,
    }),
    row({
      ...line,
      name: "initrwnd",
      type: metric(),
      doc: "Receive window to begin with, in segments.",
      example: `${ROUTE} initrwnd 20`,
    }),
    row({
      ...line,
      name: "features",
      type: oneOf(["ecn"]),
      doc: "Ask for explicit congestion notification on the route.",
      example: `${ROUTE} features ecn`,
    }),
    row({
      ...line,
      name: "quickack",
      type: oneOf(["0", "1"]),
      doc: "1: acknowledge segments at once.",
      example: `${ROUTE} quickack 1`,
    }),
    row({
      ...line,
      name: "congctl",
      type: lockable(word("NAME", 15)),
      doc: `Congestion control, by the name that the kernel has for it${LOCK}.`,
      example: `${ROUTE} congctl bbr`,
    }),
    row({
      ...line,
      name: "fastopen_no_cookie",
      type: oneOf(["0", "1"]),
      doc: "1: TCP Fast Open without a cookie.",
      example: `${ROUTE} fastopen_no_cookie 1`,
    }),
  ] as const;
}
