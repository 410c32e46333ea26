import path from "node:path";
import type { DumpsPlan, PlacePlan } from "../plan-global-model.ts";

export type DumpFiles = {
  readonly vrrp: string;
  readonly checker: string;
  readonly bfd: string;
  readonly parent: string;
  readonly stats: string;
  readonly json: string;
};

/** Folder of the files that have their usual names. */
const USUAL_FOLDER = "/tmp";

/** Where each dump goes. Files of /tmp follow TMPDIR, as keepalived's do; with `data_use_instance` the namespace and the
 *  instance stand before the ending: "keepalived_check.NAMESPACE_INSTANCE.data". */
export function dumpFiles(dumps: DumpsPlan, place: PlacePlan, temporaryFolder: string | undefined): DumpFiles {
  const folder = temporaryFolder?.startsWith("/") ? temporaryFolder : USUAL_FOLDER;
  const owner = [place.namespace, place.instance].filter((name) => name !== undefined).join("_");
  const infix = dumps.instanceInNames && owner !== "" ? `.${owner}` : "";
  const named = (file: string, role: string): string => {
    const { dir, name, ext } = path.parse(file);
    return path.join(dir === USUAL_FOLDER ? folder : dir, `${name}${role}${infix}${ext}`);
  };
  return {
    vrrp: named(dumps.stateFile, ""),
    checker: named(dumps.stateFile, "_check"),
    bfd: named(dumps.stateFile, "_bfd"),
    parent: named(dumps.stateFile, "_parent"),
    stats: named(dumps.statsFile, ""),
    json: named(dumps.jsonFile, ""),
  };
}
