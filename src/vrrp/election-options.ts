import { alias, row } from "../config/row.ts";
import { flag, int, optionalBool, optionalInt, seconds } from "../config/types.ts";

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

const timerExpiredBackup = row({
  ...instance,
  name: "timer_expired_backup",
  type: optionalInt({ min: 1, max: 254, bare: 254 }),
  defaultText: "the own priority; 254 without a number",
  doc: "A master that stood still for longer than a backup of that priority would wait keeps its addresses, but sends nothing until it has listened: it becomes BACKUP where another router is master by then. Without this line it reckons with a backup of its own priority. Needs `nopreempt`.",
  example: "nopreempt\ntimer_expired_backup 100",
  since: "2.2.8",
});

/** Who becomes master, when, and what routers answer each other. */
export const electionRows = [
  row({
    ...instance,
    name: "preempt",
    type: flag(),
    default: false,
    defaultText: "on",
    doc: "Takes an earlier `nopreempt` back.",
    example: "preempt",
    since: "<=1.1.0",
  }),
  row({
    ...instance,
    name: "nopreempt",
    type: flag(),
    default: false,
    doc: "A backup does not take over from a master of lower priority. Needs `state BACKUP` on both directors.",
    example: "state BACKUP\nnopreempt",
    since: "1.1.8",
    rfc: "RFC 9568 §6.1 (Preempt_Mode)",
  }),
  row({
    ...instance,
    name: "preempt_delay",
    type: seconds({ minS: 0, maxS: 1000 }),
    default: 0,
    doc: "Wait this long before taking over from a master of lower priority. Needs `state BACKUP`.",
    example: "preempt_delay 300",
    since: "1.1.8",
  }),
  row({
    ...instance,
    name: "down_timer_adverts",
    type: int({ min: 1, max: 100 }),
    defaultText: "`vrrp_down_timer_adverts`",
    doc: "Advertisement intervals of silence before a backup takes over.",
    example: "down_timer_adverts 4",
    since: "2.2.3",
    rfc: "RFC 9568 §6.1 (Active_Down_Interval)",
  }),
  timerExpiredBackup,
  alias({
    ...instance,
    name: "thread_timer_expired",
    of: timerExpiredBackup,
    deprecated: "write `timer_expired_backup`",
    example: "nopreempt\nthread_timer_expired 100",
    since: "2.3.2",
  }),
  row({
    ...instance,
    name: "lower_prio_no_advert",
    type: optionalBool(),
    defaultText: "`vrrp_lower_prio_no_advert`; on in strict mode",
    doc: "A master does not answer an advertisement of lower priority at once.",
    example: "lower_prio_no_advert",
    since: "1.2.20",
  }),
  row({
    ...instance,
    name: "higher_prio_send_advert",
    type: optionalBool(),
    defaultText: "`vrrp_higher_prio_send_advert`; off in strict mode",
    doc: "A master that yields sends one more advertisement of its own first. One that took over without a goodbye (priority 0) always does.",
    example: "higher_prio_send_advert",
    since: "1.3.5",
  }),
  row({
    ...instance,
    name: "owner_ignore_adverts",
    type: optionalBool(),
    defaultText: "`vrrp_owner_ignore_adverts`; on in strict mode",
    doc: "An instance of priority 255 takes no notice of any advertisement, but that it announces its addresses again after those of another.",
    example: "owner_ignore_adverts",
    since: "2.3.3",
  }),
] as const;
