import { address } from "../config/addresses.ts";
import { type OptionLine, optionLine } from "../config/option-line.ts";
import { row, type ValueType } from "../config/row.ts";
import { int, intRange, mapped, readChoice, readInt, seconds, word } from "../config/types.ts";
import { endpointText } from "../core/ip.ts";
import type { ServiceProbe } from "./tracked-model.ts";
import { type TrackLine, weight } from "./weight-options.ts";

/** A line of `track_service`: what is probed, and what it moves. */
export type ServiceLine = TrackLine & {
  readonly probe: ServiceProbe;
  /** Options that only HTTP has are given. */
  readonly httpOnly: readonly string[];
};

type Target = { readonly protocol: "tcp" | "http"; readonly port: number };

const target: ValueType<Target> = {
  syntax: "tcp|http PORT",
  body: "none",
  read: (words) => {
    const named = words.need("`tcp` or `http`");
    const protocol = named && readChoice(words, named, ["tcp", "http"], false);
    const given = protocol && words.need("a port");
    const port = given && readInt(words, given, 1, 65_535);
    return !protocol || port === undefined ? undefined : { protocol, port };
  },
};

const option = { in: "track_service[]", process: "vrrp", since: "lvskeeper 0.1" } as const;

const head = row({
  ...option,
  name: "SERVICE",
  type: target,
  doc: "What is tried. tcp: whether a connection is made. http: whether a GET is answered with a status that is good.",
  example: "track_service tcp 3306",
});

const options = [
  row({
    ...option,
    name: "address",
    type: address(),
    default: "127.0.0.1",
    doc: "Where the service listens on this host. Not a virtual address: a backup does not have it.",
    example: "track_service tcp 3306 address 192.168.1.2",
  }),
  row({
    ...option,
    name: "path",
    type: word("PATH", 1024),
    default: "/",
    doc: "Of http: the page that is asked for.",
    example: "track_service http 80 path /health",
  }),
  row({
    ...option,
    name: "status",
    type: intRange({ min: 100, max: 599, single: true }),
    defaultText: "200-399",
    doc: "Of http: the status codes that are good.",
    example: "track_service http 80 status 200-299",
  }),
  row({
    ...option,
    name: "weight",
    type: weight({ max: 253 }),
    defaultText: "0",
    doc: "What the service moves the priority by. 0: its failure is a FAULT. Above 0: added while it is good; below 0: taken away while it is not; `reverse` turns that round.",
    example: "track_service tcp 3306 weight -20",
  }),
  row({
    ...option,
    name: "interval",
    type: seconds({ minS: 0.1, maxS: 3600 }),
    default: 1000,
    doc: "Time between two tries.",
    example: "track_service tcp 3306 interval 2",
  }),
  row({
    ...option,
    name: "timeout",
    type: seconds({ minS: 0.01, maxS: 3600 }),
    defaultText: "the interval",
    doc: "How long one try may take in all. The next one waits for its end.",
    example: "track_service tcp 3306 timeout 0.5",
  }),
  row({
    ...option,
    name: "fall",
    type: int({ min: 1, max: 1000 }),
    default: 2,
    doc: "Failures in a row that bring it down. The first try of all decides alone.",
    example: "track_service tcp 3306 fall 3",
  }),
  row({
    ...option,
    name: "rise",
    type: int({ min: 1, max: 1000 }),
    default: 1,
    doc: "Successes in a row that bring it up again.",
    example: "track_service tcp 3306 rise 2",
  }),
] as const;

const HTTP_ONLY = ["path", "status"] as const;

const serviceLine: ValueType<ServiceLine> = mapped(
  optionLine({
    head,
    options,
    syntax:
      "tcp|http PORT [weight INT [reverse|noreverse]] [interval SECONDS] [timeout SECONDS] [fall INT] [rise INT] …",
  }),
  (line: OptionLine<typeof head, typeof options>, words) => {
    const { SERVICE, weight: given, address: host, path, status, interval: intervalMs } = line;
    const { protocol, port } = SERVICE;
    const isHttp = protocol === "http";
    const probe: ServiceProbe = {
      protocol,
      address: host,
      port,
      ...(isHttp && { path, status: status ?? { from: 200, to: 399 } }),
      intervalMs,
      timeoutMs: line.timeout ?? intervalMs,
      fall: line.fall,
      rise: line.rise,
    };
    const httpOnly = isHttp ? [] : HTTP_ONLY.filter((name) => Object.hasOwn(line, name));
    const name = `${protocol}://${endpointText(host, port)}${isHttp && path !== "/" ? path : ""}`;
    return { name, probe, httpOnly, ...(given && { weight: given }), at: words.all() };
  },
);

/** The line by which an instance follows a service of its own host, or all members of a sync group do. */
export const serviceRow = <const B extends "vrrp_instance" | "vrrp_sync_group">(home: B) =>
  row({
    in: home,
    process: "vrrp",
    repeat: "all",
    since: "lvskeeper 0.1",
    name: "track_service",
    type: serviceLine,
    doc: "A service on this host that has to answer, for a director that is web server or database itself: tried by the vrrp process, without a script. Before the first result the instance does not start where its failure would be a FAULT.",
    example: "track_service http 80 path /health weight -20",
  });
