import { readPrefixed } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import type { Token } from "../config/lexer.ts";
import { row, type ValueType } from "../config/row.ts";
import { flag, interfaceName, readInt, readInterface } from "../config/types.ts";

/** An interface group of iproute2: its number, or the name that /etc/iproute2/group gives it. */
export type LinkGroup = number | string;

/** What `use_vmac` asks for. `mac` has 6 bytes, or the first 5, to which the VRID is added. */
export type VmacLine = {
  readonly interface?: string;
  readonly mac?: string;
  readonly group?: LinkGroup;
  readonly netlinkNotify?: true;
};

/** IPVLAN_MODE_L2 interfaces of one parent may see each other (bridge), nobody (private), or each other by way of the
 *  switch (vepa). */
const IPVLAN_MODES = ["bridge", "private", "vepa"] as const;
export type IpvlanMode = (typeof IPVLAN_MODES)[number];

export type IpvlanLine = {
  readonly interface?: string;
  /** Source of the adverts; without prefix length that of a host. */
  readonly address?: string;
  readonly prefixLength?: number;
  readonly mode?: IpvlanMode;
  readonly group?: LinkGroup;
};

type Draft<T> = { -readonly [K in keyof T]?: T[K] };

/** Six bytes, or five with or without a colon behind them. */
const MAC = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){4}(:|(:[0-9a-f]{1,2}))?$/i;
/** Those that RFC 9568 §7.3 gives to every VRID, which are the default. */
const RFC_MAC = /^00:00:5e:00:0[12]/;

const useVmacLine: ValueType<VmacLine> = {
  syntax: "[name] [IFNAME] [MAC] [group GROUP] [netlink_notify_msg]",
  body: "none",
  read: (words) => readWords(words, {}, readVmacWord),
};

function readVmacWord(words: Arguments, word: Token, into: Draft<VmacLine>): boolean {
  if (word.text === "netlink_notify_msg") {
    into.netlinkNotify = true;
    return true;
  }
  if (word.text.includes(":")) {
    const mac = readMac(words, word);
    if (mac !== undefined) into.mac = mac;
    return mac !== undefined;
  }
  return readNaming(words, word, into);
}

const useIpvlanLine: ValueType<IpvlanLine> = {
  syntax: "[name] [IFNAME] [ADDRESS[/PREFIX]] [bridge|private|vepa] [group GROUP]",
  body: "none",
  read: (words) => readWords(words, {}, readIpvlanWord),
};

function readIpvlanWord(words: Arguments, word: Token, into: Draft<IpvlanLine>): boolean {
  const mode = IPVLAN_MODES.find((name) => name === word.text);
  if (mode !== undefined) into.mode = mode;
  else if (word.text.includes(":") || /^\d+(\.\d+){2}/.test(word.text)) {
    const found = readPrefixed(words, word);
    if (found === undefined) return false;
    into.address = found.address;
    if (word.text.includes("/")) into.prefixLength = found.prefixLength;
  } else return readNaming(words, word, into);
  return true;
}

/** Words in any order, each read by `read`; undefined when one of them is wrong. */
function readWords<T>(words: Arguments, into: T, read: (words: Arguments, word: Token, into: T) => boolean) {
  for (let word = words.take(); word; word = words.take())
    if (!read(words, word, into)) {
      words.takeAll();
      return undefined;
    }
  return into;
}

/** `name IFNAME`, `group GROUP`, or the name alone, once. */
function readNaming(words: Arguments, word: Token, into: { interface?: string; group?: LinkGroup }): boolean {
  if (word.text === "group") {
    const group = words.need("a group of interfaces after `group`");
    const number = group && /^\d/.test(group.text) ? readInt(words, group, 0, 2_147_483_647) : group?.text;
    if (number !== undefined) into.group = number;
    return number !== undefined;
  }
  const name = word.text === "name" ? words.need("the name of an interface after `name`") : word;
  if (!name) return false;
  if (into.interface !== undefined)
    return words.bad(name, "expected here", { hint: `the interface is ${into.interface} already` }) ?? false;
  const found = readInterface(words, name);
  if (found !== undefined) into.interface = found;
  return found !== undefined;
}

function readMac(words: Arguments, word: Token): string | undefined {
  if (!MAC.test(word.text)) return words.bad(word, "a MAC address", { hint: "e.g. `02:00:5e:00:01:33`" });
  const bytes = word.text
    .toLowerCase()
    .replace(/:$/, "")
    .split(":")
    .map((byte) => byte.padStart(2, "0"));
  if ((Number.parseInt(bytes[0] as string, 16) & 1) === 1)
    return words.bad(word, "the MAC address of one interface: its first byte is odd, which is for groups");
  const mac = bytes.join(":");
  if (RFC_MAC.test(mac))
    return words.bad(word, "needed: it is that of the RFC", { hint: "leave it out: it is the default" });
  return mac;
}

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Keywords that put an instance on an interface of its own. */
export const vmacRows = [
  row({
    ...instance,
    name: "use_vmac",
    type: useVmacLine,
    defaultText: "off; the interface is vrrp.VRID, its address 00:00:5e:00:01:VRID (00:00:5e:00:02:VRID for IPv6)",
    doc: "Hold the addresses on a private macvlan with the virtual router's MAC address, so that hosts need not learn another one after a failover. A MAC address of 5 bytes is completed with the VRID. `netlink_notify_msg` tells of the interface by netlink.",
    example: "use_vmac vrrp51",
    since: "1.2.3",
    rfc: "RFC 9568 §7.3",
  }),
  row({
    ...instance,
    name: "use_vmac_addr",
    type: flag(),
    default: false,
    doc: "Addresses of other interfaces (`dev`) get a macvlan of their own as well.",
    example: "use_vmac_addr",
    since: "2.2.0",
  }),
  row({
    ...instance,
    name: "vmac_xmit_base",
    type: flag(),
    default: false,
    defaultText: "off; on with `unicast_peer`",
    doc: "With `use_vmac` or `use_ipvlan`: advertisements are sent and received on the interface below.",
    example: "use_vmac\nvmac_xmit_base",
    since: "1.2.10",
  }),
  row({
    ...instance,
    name: "use_ipvlan",
    type: useIpvlanLine,
    defaultText: "off",
    doc: "Send and receive advertisements on an ipvlan of layer 2 named vrrp.VRID, in mode bridge where none is given. The address, which IPv4 needs, is put on it and is their source; the virtual addresses stand on the interface below.",
    example: "use_ipvlan vrrp51 10.0.0.9 bridge",
    since: "2.0.17",
  }),
  row({
    ...instance,
    name: "vrf",
    type: interfaceName(),
    doc: "The VRF that an instance without `interface` speaks in; for unicast only.",
    example: "vrf vrf-blue",
    since: "2.2.5",
  }),
] as const;
