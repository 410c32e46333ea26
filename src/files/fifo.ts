import { chownSync, closeSync, constants, fstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import { native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";

/** A FIFO that lines are written to for whoever reads it. Writing never blocks: with nobody to read them, lines wait in the
 *  pipe (64 KiB), and are then dropped. */
export type Fifo = {
  write(line: string): void;
  /** Removes the FIFO if this made it. */
  close(): void;
};

export type FifoOptions = {
  readonly path: string;
  /** Whose it is; absent: ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** The lines that say how everything stands now: written when a reader opens the FIFO, and when lines had been dropped. */
  readonly current: () => readonly string[];
  /** A line could not be written: nobody reads (`EAGAIN`). Told once until a reader opens it. */
  readonly onDropped: (error: string) => void;
};

const MODE = 0o644;

/** Opens a FIFO, and makes it where it is missing. Throws an Error whose message names path and remedy: for what is no
 *  FIFO, or belongs to somebody else, who could read and forge what is written there. */
export function openFifo({ path, owner, current, onDropped }: FifoOptions): Fifo {
  const door = native();
  const made = make(path, owner);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    checkOwner(fd, path, owner);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let dropped = false;
  let told = false;

  const put = (line: string): boolean => {
    try {
      writeSync(fd, line);
      return true;
    } catch (error) {
      if (!told) onDropped(errnoCode(error) ?? messageOf(error));
      told = true;
      dropped = true;
      return false;
    }
  };
  const putCurrent = (): boolean => current().every(put);

  const opens = door.openInotify();
  const buffer = Buffer.alloc(4096);
  door.watchOpens(opens, path);
  const stop = door.watch(opens, () => {
    if (door.read(opens, buffer) <= 0) return;
    told = false;
    if (putCurrent()) dropped = false;
  });

  return {
    write(line) {
      // The last state of everything tells more than the first line after a gap.
      if (dropped && putCurrent()) dropped = false;
      else put(line);
    },
    close() {
      stop();
      door.close(opens);
      closeSync(fd);
      if (made) unlinkSync(path);
    },
  };
}

/** Whether the FIFO had to be made. */
function make(path: string, owner: FifoOptions["owner"]): boolean {
  try {
    native().makeFifo(path, MODE);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw new Error(`cannot make the FIFO ${path}: ${messageOf(error)}`);
  }
  if (owner) chownSync(path, owner.uid, owner.gid);
  return true;
}

function checkOwner(fd: number, path: string, owner: FifoOptions["owner"]): void {
  const stat = fstatSync(fd);
  if (!stat.isFIFO()) throw new Error(`${path} is no FIFO: remove it, or name another path`);
  if (stat.uid !== process.getuid?.() && stat.uid !== owner?.uid)
    throw new Error(`the FIFO ${path} belongs to user ${stat.uid}: remove it, or name that user after the path`);
}
