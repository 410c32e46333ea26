import type { ScriptSpec } from "../../script/model.ts";
import type { VrrpNotify } from "../../vrrp/model.ts";
import { commandText, ownerText } from "./text.ts";

/** The scripts of an instance or a sync group, by the names that dumps give them, in their order. */
const TITLES = [
  ["backup", "Backup state transition"],
  ["master", "Master state transition"],
  ["fault", "Fault state transition"],
  ["stop", "Stop state transition"],
  ["deleted", "Deleted state transition"],
  ["any", "Generic state transition"],
  ["masterRxLowerPriority", "Master rx lower pri state transition"],
] as const satisfies readonly (readonly [keyof VrrpNotify, string])[];

export const scriptText = (script: ScriptSpec): string => `${commandText(script)}, uid:gid ${ownerText(script)}`;

export const notifyLines = (notify: VrrpNotify): readonly string[] =>
  TITLES.flatMap(([name, title]) => {
    const script = notify[name];
    return script ? [`${title} script = ${scriptText(script)}`] : [];
  });
