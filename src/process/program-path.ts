import { lstatSync, readlinkSync, type Stats } from "node:fs";
import path from "node:path";
import { quote } from "../config/diagnostic.ts";

/** path_resolution(7). */
const MOST_LINKS = 40;

/** Who else than root could put another program in the place of this one, in words. All that leads to it has to be root's, and
 *  writable for nobody else: the file, each folder, also those that links lead through, and the links; a sticky folder may be
 *  written to. */
export function whoCouldReplace(program: string): string | undefined {
  const rest = program.split("/");
  let at = "/";
  for (let links = 0, name: string | undefined = ""; name !== undefined; name = rest.shift()) {
    const next = path.join(at, name);
    const stat = lstatSync(next, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const weakness = weaknessOf(next, stat);
    if (weakness !== undefined) return weakness;
    if (!stat.isSymbolicLink()) at = next;
    else {
      links += 1;
      if (links > MOST_LINKS) return undefined;
      const target = readlinkSync(next);
      if (path.isAbsolute(target)) at = "/";
      rest.unshift(...target.split("/"));
    }
  }
  return undefined;
}

function weaknessOf(place: string, stat: Stats): string | undefined {
  if (stat.uid !== 0) return `${quote(place)} is not owned by root`;
  if (stat.isSymbolicLink() || (stat.isDirectory() && (stat.mode & 0o1000) !== 0)) return undefined;
  if ((stat.mode & 0o002) !== 0) return `${quote(place)} is writable by others`;
  if ((stat.mode & 0o020) !== 0 && stat.gid !== 0) return `${quote(place)} is writable by its group`;
  return undefined;
}
