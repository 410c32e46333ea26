import type { DefaultsPlan } from "../plan-global-model.ts";
import { secondsText } from "./text.ts";

/** What instances and servers inherit, in the section `Global definitions`. */

const alert = (on: boolean | undefined): string => (on === undefined ? "unset" : on ? "on" : "off");

/** Whether mails are sent, and what is logged. */
export const defaultLines = (defaults: DefaultsPlan): readonly string[] => [
  `Default smtp_alert = ${alert(defaults.smtpAlert)}`,
  `Default smtp_alert_vrrp = ${alert(defaults.smtpAlertVrrp)}`,
  `Default smtp_alert_checker = ${alert(defaults.smtpAlertChecker)}`,
  `Checkers log all failures = ${defaults.logAllFailures}`,
];

/** How addresses are announced, and when others are answered. */
export function garpDefaultLines({ garp, ...defaults }: DefaultsPlan): readonly string[] {
  const of = garp.extra?.all ? "i/f" : "VMAC";
  return [
    `Gratuitous ARP delay = ${garp.delayMs / 1000}`,
    `Gratuitous ARP repeat = ${garp.repeat}`,
    `Gratuitous ARP refresh timer = ${garp.refreshMs / 1000}`,
    `Gratuitous ARP refresh repeat = ${garp.refreshRepeat}`,
    `Gratuitous ARP lower priority delay = ${garp.lowerPrioDelayMs / 1000}`,
    `Gratuitous ARP lower priority repeat = ${garp.lowerPrioRepeat}`,
    `Num adverts before down = ${defaults.downTimerAdverts}`,
    `Gratuitous ARP for each secondary ${of} = ${(garp.extra?.intervalMs ?? 0) / 1000}s`,
    `Send advert after receive lower priority advert = ${!defaults.lowerPrioNoAdvert}`,
    `Send advert after receive higher priority advert = ${defaults.higherPrioSendAdvert}`,
    `Gratuitous ARP interval = ${secondsText(garp.intervalMs)}`,
    `Gratuitous NA interval = ${secondsText(garp.neighbourIntervalMs)}`,
  ];
}
