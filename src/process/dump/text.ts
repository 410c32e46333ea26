import type { ScriptSpec } from "../../script/model.ts";

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

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const two = (n: number): string => String(n).padStart(2, "0");

/** Seconds since the epoch with six digits behind the point: "1795250278.068000". */
export const epochText = (wallMs: number): string => (wallMs / 1000).toFixed(6);

/** The same, and in local time: "1795250278.068000 (Sat Nov 21 08:37:58.068000 2026)". */
export function timeText(wallMs: number): string {
  const at = new Date(Math.floor(wallMs));
  const fraction = epochText(wallMs).slice(-6);
  const day = String(at.getDate()).padStart(2, " ");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${fraction}`;
  return `${epochText(wallMs)} (${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${day} ${clock} ${at.getFullYear()})`;
}

/** Milliseconds as seconds with six digits behind the point: "2.000000". */
export const secondsText = (ms: number): string => (ms / 1000).toFixed(6);
