import type { ScriptSpec, ScriptUser } from "../script/model.ts";

export type MailPlan = {
  readonly recipients: readonly string[];
  readonly from: string;
  readonly host: string;
  readonly port: number;
  readonly heloName: string;
  readonly timeoutMs: number;
  /** Absent: without TLS. */
  readonly tls?: { readonly mode: "starttls" | "tls"; readonly caFile?: string };
  /** no_email_faults: FAULT is not told. */
  readonly withoutFaults: boolean;
};

/** Where on its host a director runs. */
export type PlacePlan = {
  readonly instance?: string;
  /** Pid files in a directory of their own: use_pid_dir, or implied by an instance or a namespace. */
  readonly pidDirectory: boolean;
  /** Network namespace of all processes; absent: the one the director is started in. */
  readonly namespace?: string;
  /** Network namespace of the IPVS table; absent: `namespace`; empty: the one the director is started in. */
  readonly ipvsNamespace?: string;
  readonly ipsetsInNamespace: boolean;
};

/** How the kernel runs one process, and what it calls it. */
export type ProcessPlan = {
  /** Absent: after the program and the role. */
  readonly name?: string;
  /** -20 is served first, 19 last. */
  readonly nice: number;
  readonly lockMemory: boolean;
  /** 1..99 of SCHED_RR; absent: no realtime scheduling. */
  readonly realtimePriority?: number;
  /** RLIMIT_RTTIME while there is a realtime priority. */
  readonly runTimeLimitUs: number;
  /** Absent: all processors. */
  readonly cpus?: readonly number[];
};

export type ProcessesPlan = {
  /** Absent: the program's name. */
  readonly parentName?: string;
  readonly vrrp: ProcessPlan;
  readonly checker: ProcessPlan;
  readonly bfd: ProcessPlan;
  /** A process whose timers are `afterUs` late gets a realtime priority of up to `highest`; 0 never. */
  readonly autoPriority: { readonly highest: number; readonly afterUs: number };
};

export type TimedScript = { readonly script: ScriptSpec; readonly timeoutMs: number };

/** What is common to all scripts, and the parent's own. */
export type ScriptsPlan = {
  /** Absent: the account the director runs as. */
  readonly user?: ScriptUser;
  readonly secure: boolean;
  readonly supplementaryGroups: boolean;
  readonly startup?: TimedScript;
  readonly shutdown?: TimedScript;
};

export type FifoPlan = {
  readonly path: string;
  /** Absent: the account the director runs as. */
  readonly owner?: ScriptUser;
  /** Gets the path as its last argument. */
  readonly reader?: ScriptSpec;
};

export type FifosPlan = {
  readonly all?: FifoPlan;
  readonly vrrp?: FifoPlan;
  readonly checker?: FifoPlan;
  readonly vrrpStatesOnReload: boolean;
  /** Which process starts the program that reads `all`: one of the two that write to it. */
  readonly allReadBy: "checker" | "vrrp";
};

/** Files that signals have written. */
export type DumpsPlan = {
  readonly stateFile: string;
  readonly statsFile: string;
  readonly jsonFile: string;
  readonly jsonVersion: 1 | 2;
  /** Names have the network namespace and the instance in them. */
  readonly instanceInNames: boolean;
};

export type ReloadPlan = {
  /** Gets what is wrong with a file that is refused. */
  readonly checkLog?: string;
  /** File that is there while a reload is done; without a path it stands beside the pid file. */
  readonly markerFile?: { readonly path?: string };
  /** File with the time of a reload. */
  readonly timeFile?: { readonly path: string; readonly repeat: boolean };
  /** Directory that gets a copy of each configuration. */
  readonly copiesDirectory?: string;
  readonly temporaryDirectory?: string;
};

export type SnmpPlan = {
  readonly socket: string;
  readonly traps: boolean;
  /** keepalived's own MIB: instances; virtual and real servers. */
  readonly vrrp: boolean;
  readonly checker: boolean;
  readonly rfc2787: boolean;
  readonly rfc6527: boolean;
  /** How old figures in an answer may be. */
  readonly virtualServerAgeMs: number;
  readonly realServerAgeMs: number;
};

export type DbusPlan = { readonly serviceName: string; readonly noInterfaceName?: string };

export type NftablesPlan = { readonly table: string; readonly priority: number; readonly counters: boolean };

export type IpsetNames = {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: string;
  readonly igmp: string;
  readonly mld: string;
  readonly neighbourDiscovery: string;
};

export type FirewallPlan = {
  /** A chain that is absent gets no rules. */
  readonly iptables?: { readonly inputChain: string; readonly outputChain?: string; readonly sets?: IpsetNames };
  readonly nftables?: NftablesPlan & { readonly byInterfaceIndex: boolean };
  /** One service of a mark for each virtual_server_group. */
  readonly ipvs?: NftablesPlan & { readonly firstFwmark: number };
};

/** A receive buffer; `bytes` absent: the kernel's size. `force`: above net.core.rmem_max too. */
export type BufferPlan = { readonly bytes?: number; readonly force: boolean };

export type SocketsPlan = {
  readonly vrrpCommands: BufferPlan;
  readonly vrrpMonitor: BufferPlan;
  readonly checkerCommands: BufferPlan;
  readonly checkerMonitor: BufferPlan;
  readonly processMonitor: BufferPlan;
  /** Of the sockets for advertisements: room for `packets` as long as the MTU or as the advertisements, or so many bytes.
   *  `size` absent: the kernel's. */
  readonly adverts: { readonly size?: "mtu" | "advert" | number; readonly packets: number };
};

/** The vrrp process as a whole; what instances inherit stands in them. */
export type VrrpSettingsPlan = {
  readonly startupDelayMs: number;
  readonly delayAfterBootMs: number;
  readonly logUnknownVrids: boolean;
  /** Interfaces that are not there at the start: an error, awaited, or awaited and then of any type. */
  readonly missingInterfaces: "refused" | "awaited" | "awaited-of-any-type";
  /** False: IGMP reports for link-local groups are switched off. */
  readonly localIgmp: boolean;
  /** Links are polled on all interfaces. */
  readonly polledLinks: boolean;
};

/** Where those who only read are served; absent `listen`: nowhere. */
export type HttpPlan = {
  readonly listen?: { readonly host: string; readonly port: number };
  readonly mostSeries: number;
};

/** What those that say nothing themselves have of `global_defs`; it stands in them. */
export type DefaultsPlan = {
  readonly interface: string;
  /** reload_check_config is given; a reload checks the file without it too. */
  readonly reloadCheck: boolean;
  readonly smtpAlert?: boolean;
  readonly smtpAlertVrrp?: boolean;
  readonly smtpAlertChecker?: boolean;
  readonly mailsOfFaults: boolean;
  readonly mailsOfCheckers: boolean;
  readonly logAllFailures: boolean;
  readonly notifyPriorityChanges: boolean;
  readonly multicastIpv4: string;
  readonly multicastIpv6: string;
  readonly garp: {
    readonly delayMs: number;
    readonly repeat: number;
    readonly refreshMs: number;
    readonly refreshRepeat: number;
    readonly lowerPrioDelayMs: number;
    readonly lowerPrioRepeat: number;
    readonly intervalMs: number;
    readonly neighbourIntervalMs: number;
    readonly extra?: { readonly intervalMs: number; readonly all: boolean };
  };
  readonly downTimerAdverts: number;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly version: 2 | 3;
  readonly checkUnicastSource: boolean;
  readonly skipCheckAdvAddr: boolean;
  readonly strict: boolean;
  readonly vmacPrefix?: string;
  readonly vmacAddressPrefix?: string;
};

export type GlobalPlan = {
  readonly routerId: string;
  readonly mail?: MailPlan;
  /** Silence of a child longer than this and it is killed and replaced. */
  readonly watchdogTimeoutMs: number;
  readonly childWaitMs: number;
  readonly place: PlacePlan;
  readonly processes: ProcessesPlan;
  readonly scripts: ScriptsPlan;
  /** Permissions that files do not get. */
  readonly umask: number;
  readonly fifos: FifosPlan;
  readonly dumps: DumpsPlan;
  readonly reload: ReloadPlan;
  readonly snmp: SnmpPlan;
  /** Absent: no service. */
  readonly dbus?: DbusPlan;
  readonly http: HttpPlan;
  readonly firewall: FirewallPlan;
  readonly sockets: SocketsPlan;
  readonly vrrp: VrrpSettingsPlan;
  readonly defaults: DefaultsPlan;
};

/** What the children are told of it. */
export type RoomGlobals = Pick<GlobalPlan, "routerId" | "watchdogTimeoutMs" | "childWaitMs"> &
  Partial<Pick<GlobalPlan, "mail" | "processes" | "vrrp" | "fifos" | "firewall">>;
