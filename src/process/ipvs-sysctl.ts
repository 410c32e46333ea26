import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SysctlDoor } from "../virtual-server/settings-apply.ts";

const FOLDER = "/proc/sys/net/ipv4/vs";

/** The IPVS settings of this process's network namespace. */
export const ipvsSysctl = (folder = FOLDER): SysctlDoor => ({
  read: (names) => Object.fromEntries(names.flatMap((name) => entryOf(folder, name))),
  write: (name, value) => writeFileSync(path.join(folder, name), `${value}\n`, { flag: "r+" }),
});

function entryOf(folder: string, name: string): [string, string][] {
  try {
    return [[name, readFileSync(path.join(folder, name), "utf8").trim().split(/\s+/).join(" ")]];
  } catch {
    return []; // this kernel has it not, or not in this namespace
  }
}
