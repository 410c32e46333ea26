import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { here, type Inside } from "../netlink/socket.ts";
import type { SysctlDoor } from "../virtual-server/settings-apply.ts";

const FOLDER = "/proc/sys/net/ipv4/vs";

/** The IPVS settings of a network namespace: this process's, unless `inside` is another. */
export const ipvsSysctl = (inside: Inside = here, folder = FOLDER): SysctlDoor => ({
  read: (names) => inside(() => Object.fromEntries(names.flatMap((name) => entryOf(folder, name)))),
  write: (name, value) => inside(() => writeFileSync(path.join(folder, name), `${value}\n`, { flag: "r+" })),
});

function entryOf(folder: string, name: string): [string, string][] {
  try {
    return [[name, readFileSync(path.join(folder, name), "utf8").trim().split(/\s+/).join(" ")]];
  } catch {
    return []; // this kernel has it not, or not in this namespace
  }
}
