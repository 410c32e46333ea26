import type { VrrpInstancePlan } from "../../vrrp/model.ts";
import type { Plan } from "../plan.ts";
import type { FirewallPlan, GlobalPlan, ProcessPlan } from "../plan-global-model.ts";
import { defaultLines, garpDefaultLines } from "./global-defaults.ts";
import { fifoLines } from "./global-fifos.ts";
import { socketBufferLines } from "./global-sockets.ts";
import { when } from "./text.ts";

/** Who writes a file: two lines of the section are of some of them only. */
export type Dumper = "parent" | "vrrp" | "checker" | "bfd";

/** The section `Global definitions`. */
export function globalLines(plan: Plan, dumper: Dumper): readonly string[] {
  const { global, vrrp, checker } = plan;
  const { place, processes, mail, scripts, defaults } = global;
  return [
    ...told("Config save dir", global.reload.copiesDirectory),
    `Network namespace = ${place.namespace ?? "(default)"}`,
    `Network namespace ipvs = ${place.ipvsNamespace || "(main namespace)"}`,
    ...told("Instance", place.instance),
    ...told("Parent process name", processes.parentName),
    ...told("VRRP process name", processes.vrrp.name),
    ...told("LVS process name", processes.checker.name),
    ...told("BFD process name", processes.bfd.name),
    `Router ID = ${global.routerId}`,
    ...mailLines(mail),
    ...defaultLines(defaults),
    ...reloadLines(global),
    ...interfaceLines(global.vrrp.missingInterfaces),
    ...when(!defaults.mailsOfFaults, "Send emails for fault transitions = off"),
    ...timeoutLines(checker.timeouts),
    ...when(dumper === "vrrp", `Default interface = ${defaults.interface}`),
    `Disable local IGMP = ${global.vrrp.localIgmp ? "no" : "yes"}`,
    ...syncLines(checker, dumper),
    `LVS flush = ${checker.flushAtStart}`,
    `LVS flush on stop = ${{ no: "disabled", all: "full", own: "VS" }[checker.flushAtStop]}`,
    ...fifoLines(global.fifos, dumper),
    `VRRP notify priority changes = ${defaults.notifyPriorityChanges}`,
    `VRRP IPv4 mcast group = ${defaults.multicastIpv4}`,
    `VRRP IPv6 mcast group = ${defaults.multicastIpv6}`,
    ...garpDefaultLines(defaults),
    `VRRP default protocol version = ${defaults.version}`,
    ...nftablesLines(global.firewall, dumper === "vrrp" ? vrrp.instances : []),
    `VRRP check unicast_src = ${defaults.checkUnicastSource}`,
    `VRRP skip check advert addresses = ${defaults.skipCheckAdvAddr}`,
    `VRRP strict mode = ${defaults.strict}`,
    `Max auto priority = ${processes.autoPriority.highest}`,
    `Min auto priority delay = ${processes.autoPriority.afterUs} usecs`,
    ...processLines("VRRP", processes.vrrp),
    ...processLines("Checker", processes.checker),
    ...processLines("BFD", processes.bfd),
    ...managementLines(global),
    `Script security ${scripts.secure ? "enabled" : "disabled"}`,
    ...when(
      scripts.user !== undefined || !scripts.secure,
      `Default script uid:gid ${scripts.user?.uid ?? 0}:${scripts.user?.gid ?? 0}`,
    ),
    ...socketBufferLines(global.sockets),
    `rs_init_notifies = ${checker.initNotifies ? 1 : 0}`,
    `no_checker_emails = ${defaults.mailsOfCheckers ? 0 : 1}`,
    ...bufferPolicyLines(global.sockets.adverts),
    `umask = 0${global.umask.toString(8)}`,
    ...when(global.vrrp.startupDelayMs > 0, `vrrp_startup_delay = ${global.vrrp.startupDelayMs / 1000}`),
    ...when(global.vrrp.logUnknownVrids, "log_unknown_vrids"),
    ...told("VMAC prefix", defaults.vmacPrefix),
    ...told("VMAC address prefix", defaults.vmacAddressPrefix),
    ...(dumper === "parent" ? [] : realtimeLines(processes[dumper])),
  ].map((line) => ` ${line}`);
}

const told = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [`${name} = ${value}`];

const mailLines = (mail: GlobalPlan["mail"]): readonly string[] =>
  mail === undefined
    ? []
    : [
        `Smtp server = ${mail.host}`,
        `Smtp server port = ${mail.port}`,
        `Smtp HELO name = ${mail.heloName}`,
        `Smtp server connection timeout = ${Math.round(mail.timeoutMs / 1000)}`,
        `Email notification from = ${mail.from}`,
        "Email notification to:",
        ...mail.recipients.map((recipient) => `  ${recipient}`),
      ];

const reloadLines = ({ reload, dumps, defaults }: GlobalPlan): readonly string[] => [
  defaults.reloadCheck
    ? `Test config before reload, log to ${reload.checkLog ?? "/dev/null"}`
    : "No test config before reload",
  ...(reload.timeFile
    ? [`Reload time file = ${reload.timeFile.path}${reload.timeFile.repeat ? " (repeat)" : ""}`]
    : []),
  ...told("Reload_file", reload.markerFile?.path),
  ...told("config save directory", reload.temporaryDirectory),
  ...when(dumps.instanceInNames, "Use instance name in data dumps"),
];

const interfaceLines = (missing: GlobalPlan["vrrp"]["missingInterfaces"]): readonly string[] => [
  `Dynamic interfaces = ${missing !== "refused"}`,
  ...when(missing !== "refused", `Allow interface changes = ${missing === "awaited-of-any-type"}`),
];

/** keepalived calls that of UDP by the name of TCP's. */
const timeoutLines = ({ tcpMs, tcpFinMs, udpMs }: NonNullable<Plan["checker"]["timeouts"]> = {}): readonly string[] => [
  ...told("LVS TCP timeout", tcpMs === undefined ? undefined : tcpMs / 1000),
  ...told("LVS TCP FIN timeout", tcpFinMs === undefined ? undefined : tcpFinMs / 1000),
  ...told("LVS TCP timeout", udpMs === undefined ? undefined : udpMs / 1000),
];

/** Of the line in `global_defs`; what instances say themselves stands in them. */
function syncLines({ syncAlways, syncInstances }: Plan["checker"], dumper: Dumper): readonly string[] {
  const sync = syncAlways ?? syncInstances[0];
  if (sync === undefined) return [];
  return [
    ...told(
      `LVS syncd vrrp ${dumper === "vrrp" ? "instance" : "name"}`,
      syncAlways ? undefined : syncInstances[0]?.instance,
    ),
    `LVS syncd interface = ${sync.interface}`,
    `LVS syncd syncid = ${sync.syncId}`,
    ...told("LVS syncd maxlen", sync.maxLength),
    ...when(sync.group !== undefined, `LVS mcast group ${sync.group}`),
    ...told("LVS syncd mcast port", sync.port),
    ...told("LVS syncd mcast ttl", sync.ttl),
  ];
}

const NFTABLES = { table: "keepalived", priority: -1, byInterfaceIndex: false } as const;

/** Rules are always nftables': those of `vrrp_iptables` too, and those that `instances` need whatever is configured. */
function nftablesLines(firewall: FirewallPlan, instances: readonly VrrpInstancePlan[]): readonly string[] {
  const needed = firewall.iptables !== undefined || instances.some(({ accept, vmac }) => accept === false || vmac);
  const own = firewall.nftables ?? (needed ? NFTABLES : undefined);
  const { ipvs } = firewall;
  const counters = firewall.nftables?.counters === true || ipvs?.counters === true;
  return [
    ...(own
      ? [
          `nftables table name = ${own.table}`,
          `nftables base chain priority = ${own.priority}`,
          `nftables ${own.byInterfaceIndex ? "" : "don't "}force use ifindex for link local IPv6`,
        ]
      : []),
    ...(ipvs
      ? [
          `ipvs nftables table name = ${ipvs.table}`,
          `ipvs nftables base chain priority = ${ipvs.priority}`,
          `ipvs nftables start fwmark = ${ipvs.firstFwmark}`,
        ]
      : []),
    `nftables with${counters ? "" : "out"} counters`,
  ];
}

/** A processor's number is followed by a blank, the last one too. */
const processLines = (name: string, plan: ProcessPlan): readonly string[] => [
  `${name} process priority = ${plan.nice}`,
  `${name} don't swap = ${plan.lockMemory}`,
  `${name} realtime priority = ${plan.realtimePriority ?? 0}`,
  ...(plan.cpus ? [`${name} CPU Affinity = ${plan.cpus.map((cpu) => `${cpu} `).join("")}`] : []),
  `${name} realtime limit = ${plan.runTimeLimitUs}`,
];

const realtimeLines = ({ realtimePriority, runTimeLimitUs }: ProcessPlan): readonly string[] =>
  realtimePriority === undefined
    ? []
    : [`current realtime priority = ${realtimePriority}`, `current realtime time limit = ${runTimeLimitUs}`];

/** Neither SNMP nor D-Bus is there, whatever is configured. */
const managementLines = ({ snmp }: GlobalPlan): readonly string[] => [
  ...["vrrp", "checker", "RFCv2", "RFCv3", "traps"].map((part) => `SNMP ${part} disabled`),
  `SNMP socket = ${snmp.socket === SNMP_SOCKET ? `default (${SNMP_SOCKET})` : snmp.socket}`,
  "DBus disabled",
  "DBus service name = ",
];

const SNMP_SOCKET = "unix:/var/agentx/master";

const bufferPolicyLines = ({ size, packets }: GlobalPlan["sockets"]["adverts"]): readonly string[] => [
  ...(size === undefined
    ? []
    : [typeof size === "number" ? `rx_bufs_size = ${size}` : `rx_bufs_policy = ${size.toUpperCase()}`]),
  `rx_bufs_multiples = ${packets}`,
];
