import type { Plan } from "../plan.ts";
import type { ProcessPlan } from "../plan-global-model.ts";
import { secondsText, when } from "./text.ts";

/** The section `Global definitions`. */
export function globalLines({ global, vrrp, checker }: Plan): readonly string[] {
  const { place, processes, mail, scripts } = global;
  const [first] = vrrp.instances;
  const user = scripts.user;
  return [
    `Network namespace = ${place.namespace ?? "(default)"}`,
    `Network namespace ipvs = ${place.ipvsNamespace || "(main namespace)"}`,
    ...when(place.instance !== undefined, `Instance = ${place.instance}`),
    ...when(processes.parentName !== undefined, `Process name = ${processes.parentName}`),
    ...when(processes.vrrp.name !== undefined, `VRRP process name = ${processes.vrrp.name}`),
    ...when(processes.checker.name !== undefined, `LVS process name = ${processes.checker.name}`),
    ...when(processes.bfd.name !== undefined, `BFD process name = ${processes.bfd.name}`),
    `Router ID = ${global.routerId}`,
    ...mailLines(mail),
    `Dynamic interfaces = ${global.vrrp.missingInterfaces !== "refused"}`,
    `Disable local IGMP = ${global.vrrp.localIgmp ? "no" : "yes"}`,
    `LVS flush = ${checker.flushAtStart}`,
    `LVS flush on stop = ${{ no: "disabled", all: "full", own: "VS" }[checker.flushAtStop]}`,
    `FIFO write vrrp states on reload = ${global.fifos.vrrpStatesOnReload}`,
    ...(first
      ? [
          `Gratuitous ARP interval = ${secondsText(first.garp.intervalMs)}`,
          `Gratuitous NA interval = ${secondsText(first.garp.neighbourIntervalMs ?? 0)}`,
        ]
      : []),
    `Max auto priority = ${processes.autoPriority.highest}`,
    `Min auto priority delay = ${processes.autoPriority.afterUs} usecs`,
    ...processLines("VRRP", processes.vrrp),
    ...processLines("Checker", processes.checker),
    ...processLines("BFD", processes.bfd),
    `Script security ${scripts.secure ? "enabled" : "disabled"}`,
    `Default script uid:gid ${user?.uid ?? 0}:${user?.gid ?? 0}`,
    `rs_init_notifies = ${checker.initNotifies ? 1 : 0}`,
    `rx_bufs_multiples = ${global.sockets.adverts.packets}`,
    `umask = 0${global.umask.toString(8)}`,
  ].map((line) => ` ${line}`);
}

const mailLines = (mail: Plan["global"]["mail"]): readonly string[] =>
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

const processLines = (name: string, plan: ProcessPlan): readonly string[] => [
  `${name} process priority = ${plan.nice}`,
  `${name} don't swap = ${plan.lockMemory}`,
  `${name} realtime priority = ${plan.realtimePriority ?? 0}`,
  `${name} realtime limit = ${plan.runTimeLimitUs}`,
];
