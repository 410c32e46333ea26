import { randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** Puts a dump in place whole: whoever opens the file reads all of the old one or all of the new one. The folder may be
 *  one that everybody writes to: no link is followed, and nobody else's file is written to. Programs that wait for the file
 *  by its name want to see it closed after writing (IN_CLOSE_WRITE of inotify(7)), which a rename does not show: so it is
 *  opened and closed once more where it is. Throws what node:fs throws. */
export function writeDump(file: string, text: string, umask: number): void {
  const own = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    const fd = openSync(own, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      fchmodSync(fd, 0o666 & ~umask);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } finally {
      closeSync(fd);
    }
    renameSync(own, file);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
  closeSync(openSync(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
}
