import { readAddress } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import type { ValueType } from "../config/row.ts";
import { closest } from "../config/suggest.ts";
import { readInt, readInterface } from "../config/types.ts";
import { isMulticast } from "../core/ip.ts";

/** `lvs_sync_daemon` as it stands there. `syncId` absent: the VRID of `instance`, 0 without one. The rest absent: what the
 *  kernel takes. */
export type SyncDaemonLine = {
  readonly interface: string;
  readonly instance?: string;
  readonly syncId?: number;
  /** Longest message, in bytes. */
  readonly maxLength?: number;
  /** UDP port, group and time to live of the messages. */
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: string;
};

type Options = { -readonly [K in keyof SyncDaemonLine]?: SyncDaemonLine[K] };

/** Options with a number: name → where it goes, and its range. */
const NUMBERS = {
  id: ["syncId", 0, 255],
  maxlen: ["maxLength", 1, 65_507],
  port: ["port", 1, 65_535],
  ttl: ["ttl", 1, 255],
} as const;
const OPTIONS = ["inst", "group", ...Object.keys(NUMBERS)];

/** `IFNAME [inst VRRP] [id N] [maxlen N] [port N] [ttl N] [group MCAST]`: the kernel's connection-sync daemons. The old form
 *  `IFNAME VRRP [ID]` is understood, with a warning, and so is `inst` left out before options. */
export function syncDaemon(): ValueType<SyncDaemonLine> {
  return {
    syntax: "IFNAME [inst INSTANCE] [id 0..255] [maxlen 1..65507] [port 1..65535] [ttl 1..255] [group ADDRESS]",
    body: "none",
    show: showSyncDaemon,
    read: (words) => {
      const name = words.need("the name of an interface");
      const device = name && readInterface(words, name);
      if (device === undefined) return void words.takeAll();
      const options: Options = {};
      const next = words.peek();
      const second = words.peek(1);
      const isLast = words.rest <= 2 || (second !== undefined && OPTIONS.includes(second.text));
      if (next && !OPTIONS.includes(next.text) && isLast) oldForm(words, options);
      while (words.peek()) if (!readOption(words, options)) return void words.takeAll();
      return { interface: device, ...options };
    },
  };
}

/** `VRRP [ID]` after the interface. */
function oldForm(words: Arguments, options: Options): void {
  const instance = words.peek();
  const near = instance && closest(instance.text, OPTIONS);
  if (!instance || (near !== undefined && words.rest === 2)) return; // a misspelt option: reported as one
  words.take();
  options.instance = instance.text;
  const id = words.rest === 1 ? words.take() : undefined;
  const syncId = id && readInt(words, id, 0, 255);
  if (syncId !== undefined) options.syncId = syncId;
  words.problems.warning("conf/deprecated", "this is an old form of `lvs_sync_daemon`", instance, {
    hint: `write \`inst ${instance.text}${syncId === undefined ? "" : ` id ${syncId}`}\``,
  });
}

/** False when what follows cannot be told apart any more. */
function readOption(words: Arguments, options: Options): boolean {
  const option = words.take();
  if (!option) return true;
  const name = option.text;
  if (name === "inst") {
    const instance = words.need("the name of a vrrp_instance after `inst`");
    if (instance) options.instance = instance.text;
    return instance !== undefined;
  }
  if (name === "group") {
    const token = words.need("a multicast address after `group`");
    const group = token && readAddress(words, token);
    if (token && group !== undefined && !isMulticast(group)) words.bad(token, "a multicast address");
    else if (group !== undefined) options.group = group;
    return token !== undefined;
  }
  const number = Object.hasOwn(NUMBERS, name) ? NUMBERS[name as keyof typeof NUMBERS] : undefined;
  if (!number) {
    const near = closest(name, OPTIONS);
    words.bad(option, "an option of `lvs_sync_daemon`", {
      hint: near ? `did you mean \`${near}\`?` : `they are ${OPTIONS.join(", ")}`,
    });
    return false;
  }
  const [key, min, max] = number;
  const token = words.need(`a number ${min} to ${max} after \`${name}\``);
  const value = token && readInt(words, token, min, max);
  if (value !== undefined) options[key] = value;
  return token !== undefined;
}

const showSyncDaemon = (line: SyncDaemonLine): string =>
  [
    line.interface,
    ...(line.instance === undefined ? [] : ["inst", line.instance]),
    ...Object.entries(NUMBERS).flatMap(([name, [key]]) => (line[key] === undefined ? [] : [name, line[key]])),
    ...(line.group === undefined ? [] : ["group", line.group]),
  ].join(" ");

/** Idle time after which the kernel forgets a connection; absent: as it is. */
export type IpvsTimeouts = { readonly tcpMs?: number; readonly tcpFinMs?: number; readonly udpMs?: number };

const PROTOCOLS = { tcp: "tcpMs", tcpfin: "tcpFinMs", udp: "udpMs" } as const;
const MAX_TIMEOUT_S = 2_678_400;

/** `[tcp N] [tcpfin N] [udp N]`, at least one of them; 0 leaves one as it is. */
export function ipvsTimeouts(): ValueType<IpvsTimeouts> {
  return {
    syntax: "[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]",
    body: "none",
    unit: "s",
    range: `0..${MAX_TIMEOUT_S}`,
    show: (timeouts) =>
      Object.entries(PROTOCOLS)
        .flatMap(([name, key]) => (timeouts[key] === undefined ? [] : [name, timeouts[key] / 1000]))
        .join(" "),
    read: (words) => {
      if (!words.peek()) return void words.need("`tcp`, `tcpfin` or `udp` and a number of seconds");
      const timeouts: { -readonly [K in keyof IpvsTimeouts]: IpvsTimeouts[K] } = {};
      for (let option = words.take(); option; option = words.take()) {
        const key = Object.hasOwn(PROTOCOLS, option.text) && PROTOCOLS[option.text as keyof typeof PROTOCOLS];
        if (!key) {
          const near = closest(option.text, Object.keys(PROTOCOLS));
          words.bad(option, "one of tcp, tcpfin, udp", { hint: near && `did you mean \`${near}\`?` });
          return void words.takeAll();
        }
        const token = words.need(`a number of seconds after \`${option.text}\``);
        const timeoutS = token && readInt(words, token, 0, MAX_TIMEOUT_S);
        if (timeoutS !== undefined && timeoutS > 0) timeouts[key] = timeoutS * 1000;
      }
      return timeouts;
    },
  };
}
