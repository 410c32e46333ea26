import { lstatSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";

/** sun_path of unix(7) without its last byte: Node would cut what is longer, and listen elsewhere. */
const LONGEST_BYTES = 107;

/** Makes room for a UNIX socket: its folder, and the name, where a predecessor that had no time to remove its socket left
 *  one. Throws an Error with the reason where a socket cannot be, or where there is something that is none. */
export function clearSocketPath(file: string): void {
  if (Buffer.byteLength(file) > LONGEST_BYTES)
    throw new Error(`the path of a socket has ${LONGEST_BYTES} bytes at most: name a shorter one`);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there && !there.isSocket()) throw new Error("there is a file of that name: remove it, or name another path");
  rmSync(file, { force: true });
}

/** Removes a socket that may be left. What is no socket is somebody else's. */
export function removeSocket(file: string): void {
  try {
    if (lstatSync(file).isSocket()) rmSync(file);
  } catch {
    // it is gone, or the folder cannot be written any more: the next start replaces it
  }
}
