/** ipvsadm's command line as a table: what its commands and options are called, and which go together. */

/** The options in the order in which ipvsadm looks for what is wrong, each by the name that its messages give it. */
export const optionNames = [
  "numeric",
  "connection",
  "service-address",
  "scheduler",
  "persistent",
  "netmask",
  "real-server",
  "forwarding-method",
  "weight",
  "u-threshold",
  "l-threshold",
  "mcast-interface",
  "timeout",
  "daemon",
  "stats",
  "rate",
  "thresholds",
  "persistent-conn",
  "nosort",
  "syncid",
  "exact",
  "ops",
  "pe",
  "sched-flags",
  "mcast-group",
  "mcast-port",
  "mcast-ttl",
  "sync-maxlen",
  "tun-info",
  "tun-type",
  "tun-port",
  "tun-nocsum",
  "tun-csum",
  "tun-remcsum",
] as const;
export type OptionName = (typeof optionNames)[number];

/** What an option or command takes: nothing, a word, or a word that may be absent. */
export type Takes = "nothing" | "word" | "maybe";

export type Spelling = { readonly long: string; readonly short?: string; readonly takes: Takes };

/** `required` and `exclusive` options are also allowed; of the exclusive ones at most one may be given. */
export type Rule = {
  readonly name: string;
  readonly required?: readonly OptionName[];
  readonly allowed?: readonly OptionName[];
  readonly exclusive?: readonly OptionName[];
};

const ofService = ["scheduler", "persistent", "netmask", "ops", "pe", "sched-flags"] as const;
const ofServer = [
  "forwarding-method",
  "weight",
  "u-threshold",
  "l-threshold",
  "tun-type",
  "tun-port",
  "tun-nocsum",
  "tun-csum",
  "tun-remcsum",
] as const;
const both = ["service-address", "real-server"] as const;

export type CommandName =
  | "addService"
  | "setService"
  | "delService"
  | "flush"
  | "list"
  | "addDest"
  | "setDest"
  | "delDest"
  | "setTimeouts"
  | "startDaemon"
  | "stopDaemon"
  | "restore"
  | "save"
  | "zero"
  | "help"
  | "version";

export const commandRows: Readonly<Record<CommandName, Rule & Spelling>> = {
  addService: {
    name: "add-service",
    long: "add-service",
    short: "A",
    takes: "nothing",
    required: ["service-address"],
    allowed: ofService,
  },
  setService: {
    name: "edit-service",
    long: "edit-service",
    short: "E",
    takes: "nothing",
    required: ["service-address"],
    allowed: ofService,
  },
  delService: {
    name: "delete-service",
    long: "delete-service",
    short: "D",
    takes: "nothing",
    required: ["service-address"],
  },
  flush: { name: "flush", long: "clear", short: "C", takes: "nothing" },
  list: {
    name: "list",
    long: "list",
    short: "L",
    takes: "nothing",
    exclusive: ["connection", "service-address", "timeout", "daemon"],
    allowed: ["numeric", "stats", "rate", "thresholds", "persistent-conn", "nosort", "syncid", "exact", "tun-info"],
  },
  addDest: { name: "add-server", long: "add-server", short: "a", takes: "nothing", required: both, allowed: ofServer },
  setDest: {
    name: "edit-server",
    long: "edit-server",
    short: "e",
    takes: "nothing",
    required: both,
    allowed: ofServer,
  },
  delDest: { name: "delete-server", long: "delete-server", short: "d", takes: "nothing", required: both },
  setTimeouts: { name: "set", long: "set", takes: "nothing" },
  startDaemon: {
    name: "start-daemon",
    long: "start-daemon",
    takes: "word",
    allowed: ["mcast-interface", "syncid", "mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen"],
  },
  stopDaemon: { name: "stop-daemon", long: "stop-daemon", takes: "word", allowed: ["syncid"] },
  restore: { name: "restore", long: "restore", short: "R", takes: "nothing" },
  save: { name: "save", long: "save", short: "S", takes: "nothing", allowed: ["numeric"] },
  zero: { name: "zero", long: "zero", short: "Z", takes: "nothing", allowed: ["service-address"] },
  help: { name: "help", long: "help", short: "h", takes: "nothing" },
  version: { name: "version", long: "version", short: "v", takes: "nothing" },
};

/** What may stand after the command. */
export type OptionKey =
  | "tcp"
  | "udp"
  | "sctp"
  | "fwmark"
  | "ipv6"
  | "sort"
  | "gatewaying"
  | "ipip"
  | "masquerading"
  | Exclude<OptionName, "service-address" | "forwarding-method">;

export const optionRows: Readonly<Record<OptionKey, Spelling & { readonly name?: OptionName }>> = {
  tcp: { name: "service-address", long: "tcp-service", short: "t", takes: "word" },
  udp: { name: "service-address", long: "udp-service", short: "u", takes: "word" },
  sctp: { name: "service-address", long: "sctp-service", takes: "word" },
  fwmark: { name: "service-address", long: "fwmark-service", short: "f", takes: "word" },
  scheduler: { name: "scheduler", long: "scheduler", short: "s", takes: "word" },
  persistent: { name: "persistent", long: "persistent", short: "p", takes: "maybe" },
  netmask: { name: "netmask", long: "netmask", short: "M", takes: "word" },
  "real-server": { name: "real-server", long: "real-server", short: "r", takes: "word" },
  masquerading: { name: "forwarding-method", long: "masquerading", short: "m", takes: "nothing" },
  ipip: { name: "forwarding-method", long: "ipip", short: "i", takes: "nothing" },
  gatewaying: { name: "forwarding-method", long: "gatewaying", short: "g", takes: "nothing" },
  weight: { name: "weight", long: "weight", short: "w", takes: "word" },
  "u-threshold": { name: "u-threshold", long: "u-threshold", short: "x", takes: "word" },
  "l-threshold": { name: "l-threshold", long: "l-threshold", short: "y", takes: "word" },
  numeric: { name: "numeric", long: "numeric", short: "n", takes: "nothing" },
  connection: { name: "connection", long: "connection", short: "c", takes: "nothing" },
  "mcast-interface": { name: "mcast-interface", long: "mcast-interface", takes: "word" },
  timeout: { name: "timeout", long: "timeout", takes: "nothing" },
  daemon: { name: "daemon", long: "daemon", takes: "nothing" },
  stats: { name: "stats", long: "stats", takes: "nothing" },
  rate: { name: "rate", long: "rate", takes: "nothing" },
  thresholds: { name: "thresholds", long: "thresholds", takes: "nothing" },
  "persistent-conn": { name: "persistent-conn", long: "persistent-conn", takes: "nothing" },
  nosort: { name: "nosort", long: "nosort", takes: "nothing" },
  sort: { long: "sort", takes: "nothing" },
  syncid: { name: "syncid", long: "syncid", takes: "word" },
  exact: { name: "exact", long: "exact", takes: "nothing" },
  ipv6: { long: "ipv6", short: "6", takes: "nothing" },
  ops: { name: "ops", long: "ops", short: "o", takes: "nothing" },
  pe: { name: "pe", long: "pe", takes: "word" },
  "sched-flags": { name: "sched-flags", long: "sched-flags", short: "b", takes: "word" },
  "mcast-group": { name: "mcast-group", long: "mcast-group", takes: "word" },
  "mcast-port": { name: "mcast-port", long: "mcast-port", takes: "word" },
  "mcast-ttl": { name: "mcast-ttl", long: "mcast-ttl", takes: "word" },
  "sync-maxlen": { name: "sync-maxlen", long: "sync-maxlen", takes: "word" },
  "tun-info": { name: "tun-info", long: "tun-info", takes: "nothing" },
  "tun-type": { name: "tun-type", long: "tun-type", takes: "word" },
  "tun-port": { name: "tun-port", long: "tun-port", takes: "word" },
  "tun-nocsum": { name: "tun-nocsum", long: "tun-nocsum", takes: "nothing" },
  "tun-csum": { name: "tun-csum", long: "tun-csum", takes: "nothing" },
  "tun-remcsum": { name: "tun-remcsum", long: "tun-remcsum", takes: "nothing" },
};

/** What goes with each sort of tunnel; other tunnel options are wrong there. */
export const tunnelRules: Readonly<Record<"ipip" | "gue" | "gre", Rule>> = {
  ipip: { name: "ipip", allowed: ["tun-type"] },
  gue: {
    name: "gue",
    required: ["tun-port"],
    allowed: ["tun-type"],
    exclusive: ["tun-nocsum", "tun-csum", "tun-remcsum"],
  },
  gre: { name: "gre", allowed: ["tun-type"], exclusive: ["tun-nocsum", "tun-csum"] },
};

/** What is wrong with these options together under a rule; undefined when nothing is. */
export function broken(
  rule: Rule,
  kind: "command" | "tunnel type",
  given: (name: OptionName) => boolean,
): string | undefined {
  const among = kind === "command" ? optionNames : optionNames.slice(optionNames.indexOf("tun-type"));
  let last: OptionName | undefined;
  for (const option of among) {
    const isGiven = given(option);
    if (!isGiven && rule.required?.includes(option))
      return `You need to supply the '${option}' option for the '${rule.name}' ${kind}`;
    if (!isGiven || rule.required?.includes(option) || rule.allowed?.includes(option)) continue;
    if (!rule.exclusive?.includes(option)) return `Illegal '${option}' option with the '${rule.name}' ${kind}`;
    if (last !== undefined)
      return `The option '${option}' conflicts with the '${last}' option in the '${rule.name}' ${kind}`;
    last = option;
  }
  return undefined;
}
