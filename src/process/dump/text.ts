import type { ScriptSpec } from "../../script/model.ts";
import { clockTime, weekdayAndDate } from "../local-time.ts";

/** Words of keepalived's dumps. */
export const yesNo = (on: boolean): string => (on ? "yes" : "no");
export const enabled = (on: boolean): string => (on ? "enabled" : "disabled");
export const onOff = (on: boolean): string => (on ? "ON" : "OFF");
export const bit = (on: boolean): 0 | 1 => (on ? 1 : 0);

/** A line where there is something to tell. */
export const when = (told: boolean, ...lines: readonly string[]): readonly string[] => (told ? lines : []);

export const heading = (name: string): string => `------< ${name} >------`;

/** A script as it is run: "'/usr/bin/check' 'a b'". */
export const commandText = ({ argv }: ScriptSpec): string => argv.map((word) => `'${word}'`).join(" ");

/** The account it runs as; scripts without one run as the director does, as root. */
export const ownerText = ({ user }: ScriptSpec): string => `${user?.uid ?? 0}:${user?.gid ?? 0}`;

/** Milliseconds as seconds with six digits behind the point: "2.000000". */
export const secondsText = (ms: number): string => (ms / 1000).toFixed(6);

/** Milliseconds as whole microseconds: "2000000 us". */
export const microsecondsText = (ms: number): string => `${Math.round(ms * 1000)} us`;

/** Seconds since the epoch, and the same in local time: "1795250278.068000 (Sat Nov 21 08:37:58.068000 2026)". */
export function timeText(wallMs: number): string {
  const at = new Date(Math.floor(wallMs));
  const epoch = secondsText(wallMs);
  return `${epoch} (${weekdayAndDate(at)} ${clockTime(at)}.${epoch.slice(-6)} ${at.getFullYear()})`;
}
