import type { Family } from "../../core/ip.ts";
import { serviceFlags } from "../kernel-values.ts";
import type { Destination, Forwarding, Protocol, Service, ServiceId, SyncOptions } from "../model.ts";
import { serviceFamily } from "../model.ts";
import { broken, type OptionKey, type OptionName, optionRows, tunnelRules } from "./table.ts";
import { hostPort, leadingNumber, looseIpv4, multicastGroup, type Names, numberIn } from "./values.ts";

/** The options of one command line, gathered in the order in which they stand: some values depend on those before them. */

const MOST_TIMEOUT_S = 31 * 24 * 3600;
const DEFAULT_TIMEOUT_S = 360;
const DEFAULT_SCHEDULER = "wlc";
const INT_MAX = 2 ** 31 - 1;
/** IP_VS_SCHEDNAME_MAXLEN, IP_VS_PENAME_MAXLEN and IP_VS_IFNAME_MAXLEN less the end of the text. */
const NAME_BYTES = 15;
const MOST_SYNC_BYTES = 65535 - 20 - 8;

export type TunnelType = keyof typeof tunnelRules;

/** What is wrong with a value, as ipvsadm says it. */
export class WrongValue extends Error {}

const shortName = (text: string): string => Buffer.from(text).subarray(0, NAME_BYTES).toString();

export class Gathered {
  readonly #names: Names;
  readonly #given = new Set<OptionName>();
  readonly sync: { -readonly [K in keyof SyncOptions]: SyncOptions[K] } = {};
  syncId = 0;
  interface = "";
  #protocol: Protocol | undefined;
  #address: string | undefined;
  #port = 0;
  #fwmark = 0;
  #family: Family = 4;
  #mask: { readonly bits: number; readonly odd?: string } = { bits: 32 };
  #scheduler = "";
  #engine = "";
  #flagNames = "";
  #schedulerFlags = 0;
  #timeoutS = 0;
  #server: { readonly address: string; readonly port: number } | undefined;
  #method: "nat" | "dr" | "tun" = "dr";
  #weight = 1;
  #upperThreshold = 0;
  #lowerThreshold = 0;
  #tunnelType: TunnelType = "ipip";
  #tunnelPort = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  readonly has = (name: OptionName): boolean => this.#given.has(name);

  /** Throws WrongValue or HostWanted. */
  add(option: OptionKey, word: string | undefined): void {
    const { name } = optionRows[option];
    if (name !== undefined && this.#given.has(name)) throw new WrongValue(`multiple '${name}' options specified`);
    if (name !== undefined) this.#given.add(name);
    this.#take(option, word ?? "", word !== undefined);
  }

  #take(option: OptionKey, word: string, hasWord: boolean): void {
    switch (option) {
      case "tcp":
      case "udp":
      case "sctp":
        this.#takeService(option, word);
        return;
      case "fwmark":
        this.#fwmark = within(numberIn(word, 1, 2 ** 32 - 1), `invalid fwmark value \`${word}' specified`);
        this.#protocol = "tcp"; // whose port names a real server may use
        return;
      case "ipv6":
        if (this.#fwmark === 0) throw new WrongValue("-6 used before -f\n");
        this.#becomeSix();
        return;
      case "scheduler":
        this.#scheduler = shortName(word);
        return;
      case "persistent":
        this.#timeoutS = hasWord ? timeout(word, 1) : DEFAULT_TIMEOUT_S;
        return;
      case "netmask":
        this.#mask = this.#family === 6 ? prefixLength(word) : maskOf(word);
        return;
      case "pe":
        this.#engine = shortName(word);
        return;
      case "sched-flags":
        this.#flagNames = word;
        return;
      case "real-server": {
        const found = hostPort(word, this.#protocol, this.#names);
        if (!found) throw new WrongValue("illegal real server address[:port] specified");
        this.#server = { address: found.address, port: found.port ?? this.#port };
        return;
      }
      case "gatewaying":
        this.#method = "dr";
        return;
      case "ipip":
        this.#method = "tun";
        return;
      case "masquerading":
        this.#method = "nat";
        return;
      case "weight":
        this.#weight = within(numberIn(word, 0, INT_MAX), "illegal weight specified");
        return;
      case "u-threshold":
        this.#upperThreshold = within(numberIn(word, 0, INT_MAX), "illegal u_threshold specified");
        return;
      case "l-threshold":
        this.#lowerThreshold = within(numberIn(word, 0, INT_MAX), "illegal l_threshold specified");
        return;
      case "tun-type":
        if (!Object.hasOwn(tunnelRules, word)) throw new WrongValue("illegal tunnel type specified");
        this.#tunnelType = word as TunnelType;
        return;
      case "tun-port":
        this.#tunnelPort = within(numberIn(word, 1, 65535), "illegal tunnel port specified");
        return;
      case "mcast-interface":
        this.interface = shortName(word);
        return;
      case "syncid":
        this.syncId = within(numberIn(word, 0, 255), "illegal syncid specified");
        return;
      case "mcast-group": {
        const { family, group } = multicastGroup(word);
        if (group === undefined) throw new WrongValue(`invalid IPv${family} mcast-group \`${word}'`);
        this.sync.group = group;
        return;
      }
      case "mcast-port":
        this.sync.port = within(numberIn(word, 1, 65535), "illegal mcast-port specified");
        return;
      case "mcast-ttl":
        this.sync.ttl = within(numberIn(word, 1, 255), "illegal mcast-ttl specified");
        return;
      case "sync-maxlen":
        this.sync.maxLength = within(numberIn(word, 1, MOST_SYNC_BYTES), "illegal sync-maxlen specified");
        return;
      default: // says all by being there
        return;
    }
  }

  #takeService(protocol: Protocol, word: string): void {
    const found = hostPort(word, protocol, this.#names);
    if (!found) throw new WrongValue("illegal virtual server address[:port] specified");
    this.#protocol = protocol;
    this.#address = found.address;
    this.#port = found.port ?? 0;
    if (found.address.includes(":")) this.#becomeSix();
  }

  #becomeSix(): void {
    this.#family = 6;
    this.#mask = { bits: 128 };
  }

  /** All options are there: the scheduler that its flags belong to may stand after them. Throws WrongValue. */
  finish(): void {
    this.#schedulerFlags = schedulerFlags(this.#flagNames, this.#scheduler);
  }

  /** Undefined where no service was named. */
  id(): ServiceId | undefined {
    if (this.#fwmark !== 0) return { kind: "fwmark", family: this.#family, fwmark: this.#fwmark };
    if (this.#address === undefined || this.#protocol === undefined) return undefined;
    return { kind: "address", protocol: this.#protocol, address: this.#address, port: this.#port };
  }

  /** The service to add or to edit. Throws WrongValue. */
  service(): Service {
    const id = this.id() as ServiceId;
    const persistent = this.has("persistent");
    if (id.kind === "address" && id.port === 0 && !persistent)
      throw new WrongValue("Zero port specified for non-persistent service");
    if (this.has("ops") && id.kind === "address" && id.protocol !== "udp")
      throw new WrongValue("One-Packet Scheduling is only for UDP virtual services");
    const { bits, odd } = this.#mask;
    return {
      id,
      scheduler: this.#scheduler === "" ? DEFAULT_SCHEDULER : this.#scheduler,
      flags:
        this.#schedulerFlags |
        (persistent ? serviceFlags.persistent : 0) |
        (this.has("ops") ? serviceFlags.onePacket : 0),
      timeoutS: this.#timeoutS,
      netmaskBits: bits,
      ...(odd !== undefined && { oddNetmask: odd }),
      ...(this.#engine !== "" && { engine: this.#engine }),
    };
  }

  /** The service by its name alone, as commands on real servers and its deletion want it. */
  namedService(): Service {
    const id = this.id() as ServiceId;
    return { id, scheduler: "", flags: 0, timeoutS: 0, netmaskBits: serviceFamily(id) === 6 ? 128 : 32 };
  }

  /** The real server to delete. */
  namedDestination(): Destination {
    const { address, port } = this.#server as { address: string; port: number };
    return { address, port, forwarding: { method: "dr" }, weight: 1, upperThreshold: 0, lowerThreshold: 0 };
  }

  /** The real server to add or to edit. Throws WrongValue. */
  destination(): Destination {
    const named = this.namedDestination();
    if (this.#method !== "tun" && named.address.includes(":") !== (this.#family === 6))
      throw new WrongValue("Different address family is allowed only for tunneling servers");
    const forwarding = this.#forwarding();
    // Direct routing and tunnels leave the port as the client wrote it.
    const port = this.#method !== "nat" && this.#fwmark === 0 ? this.#port : named.port;
    return {
      ...named,
      port,
      forwarding,
      weight: this.#weight,
      upperThreshold: this.#upperThreshold,
      lowerThreshold: this.#lowerThreshold,
    };
  }

  #forwarding(): Forwarding {
    const tunnelled = (["tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"] as const).some(this.has);
    if (this.#method !== "tun") {
      if (tunnelled) throw new WrongValue("Tunnel options conflict with forward method");
      return { method: this.#method };
    }
    const wrong = broken(tunnelRules[this.#tunnelType], "tunnel type", this.has);
    if (wrong !== undefined) throw new WrongValue(wrong);
    const checksum = this.has("tun-csum") ? "csum" : "none";
    switch (this.#tunnelType) {
      case "ipip":
        return { method: "tun", tunnel: { type: "ipip" } };
      case "gre":
        return { method: "tun", tunnel: { type: "gre", checksum } };
      case "gue":
        return {
          method: "tun",
          tunnel: { type: "gue", port: this.#tunnelPort, checksum: this.has("tun-remcsum") ? "remcsum" : checksum },
        };
    }
  }
}

function within(value: number | undefined, otherwise: string): number {
  if (value === undefined) throw new WrongValue(otherwise);
  return value;
}

/** Seconds, at most 31 days. */
export const timeout = (word: string, leastS: number): number =>
  within(numberIn(word, leastS, MOST_TIMEOUT_S), `invalid timeout value \`${word}' specified`);

function prefixLength(word: string): { readonly bits: number } {
  const bits = leadingNumber(word);
  if (bits < 1 || bits > 128) throw new WrongValue("illegal ipv6 netmask specified");
  return { bits };
}

function maskOf(word: string): { readonly bits: number; readonly odd?: string } {
  const mask = looseIpv4(word);
  if (mask === undefined) throw new WrongValue("illegal virtual server persistent mask specified");
  const binary = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  const prefix = /^(1*)0*$/.exec(binary);
  return prefix ? { bits: (prefix[1] as string).length } : { bits: -1, odd: mask };
}

const { scheduler1, scheduler2, scheduler3 } = serviceFlags;

/** IP_VS_SVC_F_SCHED1 to 3 by their names; those of sh and mh for these alone. */
const flagBits: Readonly<Record<string, { readonly bit: number; readonly of?: string }>> = {
  "flag-1": { bit: scheduler1 },
  "flag-2": { bit: scheduler2 },
  "flag-3": { bit: scheduler3 },
  "sh-fallback": { bit: scheduler1, of: "sh" },
  "sh-port": { bit: scheduler2, of: "sh" },
  "mh-fallback": { bit: scheduler1, of: "mh" },
  "mh-port": { bit: scheduler2, of: "mh" },
};

function schedulerFlags(names: string, scheduler: string): number {
  let flags = 0;
  for (const name of names.split(",").filter((name) => name !== "")) {
    const known = Object.hasOwn(flagBits, name) ? flagBits[name] : undefined;
    if (!known) throw new WrongValue(`invalid scheduler flag \`${name}'`);
    if (known.of !== undefined && known.of !== scheduler)
      throw new WrongValue(`incompatible scheduler flag \`${name}'`);
    flags |= known.bit;
  }
  return flags;
}
