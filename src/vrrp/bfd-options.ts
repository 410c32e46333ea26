import { address } from "../config/addresses.ts";
import { alias, type BlockOf, block, row } from "../config/row.ts";
import { flag, int, milliseconds, optionalBool, word } from "../config/types.ts";
import { NO_WEIGHT, weight } from "./weight-options.ts";

const bfd = { in: "bfd_instance", process: "bfd" } as const;
const since = "2.0.0";

/** Intervals are 32 bits of microseconds in a control packet: RFC 5880 §4.1. */
const MAX_INTERVAL_MS = 4_294_967.295;
const interval = (minMs: number) => ({
  ...milliseconds({ minMs, maxMs: MAX_INTERVAL_MS }),
  range: `${minMs}..`,
});

const neighbor = row({
  ...bfd,
  name: "neighbor_ip",
  type: address(),
  defaultText: "required",
  doc: "Address of the peer; each instance has another.",
  example: "neighbor_ip 192.168.1.12",
  since,
});

const ttl = row({
  ...bfd,
  name: "ttl",
  type: int({ min: 1, max: 255 }),
  defaultText: "255",
  doc: "Time to live, or hop limit, of the packets that are sent. Without it packets of an IPv6 peer are taken from a hop limit of 64 on, which is what keepalived sends.",
  example: "ttl 255",
  since,
  rfc: "RFC 5881 §5",
});

export const bfdInstance = block({
  name: "bfd_instance",
  in: "root",
  argument: word("NAME", 31),
  process: "bfd",
  since,
  doc: "A BFD session: both ends send each other packets many times a second, and whoever misses some knows that the path is down. VRRP instances follow it by `track_bfd`, real servers by BFD_CHECK.",
  example: "bfd_instance peer {\n    neighbor_ip 192.168.1.12\n    source_ip 192.168.1.11\n}",
  rfc: "RFC 5880",
  rows: [
    row({
      ...bfd,
      name: "source_ip",
      type: address(),
      defaultText: "any",
      doc: "Local address, of the family of `neighbor_ip`.",
      example: "source_ip 192.168.1.11",
      since,
    }),
    neighbor,
    alias({ ...bfd, name: "neighbour_ip", of: neighbor, example: "neighbour_ip 192.168.1.12", since }),
    row({
      ...bfd,
      name: "min_rx",
      type: interval(1),
      default: 10,
      doc: "Least interval between packets that this end can take in.",
      example: "min_rx 50",
      since,
      rfc: "RFC 5880 §4.1",
    }),
    row({
      ...bfd,
      name: "min_tx",
      type: interval(1),
      default: 10,
      doc: "Least interval between packets that this end wants to send.",
      example: "min_tx 50",
      since,
      rfc: "RFC 5880 §4.1",
    }),
    row({
      ...bfd,
      name: "idle_tx",
      type: interval(1000),
      default: 1000,
      doc: "Interval between packets while the session is not up.",
      example: "idle_tx 1000",
      since,
      rfc: "RFC 5880 §6.8.3",
    }),
    row({
      ...bfd,
      name: "multiplier",
      type: int({ min: 1, max: 255 }),
      default: 5,
      doc: "Packets in a row that may be missed before the session is down.",
      example: "multiplier 3",
      since,
      rfc: "RFC 5880 §4.1",
    }),
    row({
      ...bfd,
      name: "passive",
      type: flag(),
      default: false,
      doc: "Send nothing before the peer has sent something.",
      example: "passive",
      since,
      rfc: "RFC 5880 §6.1",
    }),
    ttl,
    alias({ ...bfd, name: "hoplimit", of: ttl, example: "hoplimit 64", since }),
    row({
      ...bfd,
      name: "max_hops",
      type: int({ min: -1, max: 255 }),
      default: 0,
      doc: "How much smaller the time to live of a packet may be when it comes in than `ttl`: a peer behind N routers needs N. -1: it does not matter.",
      example: "max_hops 2",
      since,
    }),
    row({
      ...bfd,
      name: "multihop",
      type: optionalBool(),
      default: false,
      doc: "The peer is not on the link: UDP port 4784 instead of 3784.",
      example: "multihop",
      since: "2.2.8",
      rfc: "RFC 5883",
    }),
    row({
      ...bfd,
      process: "vrrp",
      name: "weight",
      type: weight({ max: 253 }),
      default: NO_WEIGHT,
      doc: "What the session moves the priority by. 0: the instance is in FAULT while it is down. Above 0: added while it is up; below 0: taken away while it is down; `reverse` turns that round.",
      example: "weight -20",
      since,
    }),
    row({
      ...bfd,
      process: "vrrp",
      name: "vrrp",
      type: flag(),
      defaultText: "on, where neither `vrrp` nor `checker` is given",
      doc: "VRRP instances may follow the session.",
      example: "vrrp",
      since,
    }),
    row({
      ...bfd,
      process: "checker",
      name: "checker",
      type: flag(),
      defaultText: "on, where neither `vrrp` nor `checker` is given",
      doc: "Real servers may follow the session.",
      example: "checker",
      since,
    }),
  ],
});

export type BfdInstance = BlockOf<typeof bfdInstance>;
