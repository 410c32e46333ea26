import type { ScriptSpec } from "../script/model.ts";
import type { Notification } from "../script/notifier.ts";
import type { NotifiedState } from "./machine.ts";
import type { VrrpNotify } from "./model.ts";

/** Whom a notification is about, as the generic script is told. */
export type Subject = { readonly kind: "INSTANCE" | "GROUP"; readonly name: string };

const hooks = { MASTER: "master", BACKUP: "backup", FAULT: "fault", STOP: "stop", DELETED: "deleted" } as const;

/** A line of keepalived's FIFOs. */
export const eventLine = ({ kind, name }: Subject, what: string, priority: number): string =>
  `${kind} "${name}" ${what} ${priority}\n`;

const aboutOf = ({ kind, name }: Subject) => ({ queue: `${kind} ${name}`, subject: `${kind.toLowerCase()} ${name}` });

/** The scripts to run for a state, in order: the one of the state without arguments, then the generic one with
 *  `TYPE NAME STATE PRIORITY` behind its own arguments. All of one subject run one after the other. */
export function notificationsOf(
  subject: Subject,
  state: NotifiedState,
  priority: number,
  notify: VrrpNotify,
): Notification[] {
  const about = aboutOf(subject);
  const hook = hooks[state];
  const specific = notify[hook];
  const generic = notify.any && withArguments(notify.any, [subject.kind, subject.name, state, String(priority)]);
  return [
    ...(specific ? [{ ...about, hook: `notify_${hook}`, script: specific }] : []),
    ...(generic ? [{ ...about, hook: "notify", script: generic }] : []),
  ];
}

/** The script of a master that hears a lower priority. It is no state, so that the generic script is not told. */
export function lowerPriorityHeard(subject: Subject, { masterRxLowerPriority: script }: VrrpNotify): Notification[] {
  return script ? [{ ...aboutOf(subject), hook: "notify_master_rx_lower_pri", script }] : [];
}

const withArguments = (script: ScriptSpec, words: readonly string[]): ScriptSpec => ({
  ...script,
  argv: [...script.argv, ...words],
});
