import { chownSync, closeSync, constants, fstatSync, openSync, rmSync, writeSync } from "node:fs";
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
export function openFifo(options: FifoOptions): Fifo {
  const { path, owner } = options;
  const door = native();
  const undo: (() => void)[] = [];
  const letGo = (): void => {
    for (const one of undo.toReversed()) one();
  };
  try {
    if (make(path)) {
      undo.push(() => rmSync(path, { force: true }));
      if (owner) chownSync(path, owner.uid, owner.gid);
    }
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    undo.push(() => closeSync(fd));
    checkOwner(fd, path, owner);
    const opens = watchOpens(path);
    undo.push(() => door.close(opens));
    return fifoOf(fd, opens, options, letGo);
  } catch (error) {
    letGo();
    throw error;
  }
}

function fifoOf(fd: number, opens: number, { current, onDropped }: FifoOptions, letGo: () => void): Fifo {
  const door = native();
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

  const buffer = Buffer.alloc(4096);
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
      letGo();
    },
  };
}

/** Whether the FIFO had to be made. */
function make(path: string): boolean {
  try {
    native().makeFifo(path, MODE);
    return true;
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return false;
    throw new Error(`cannot make the FIFO ${path}: ${messageOf(error)}`);
  }
}

/** A descriptor that can be read when somebody opens the FIFO. */
function watchOpens(path: string): number {
  const door = native();
  let fd: number | undefined;
  try {
    fd = door.openInotify();
    door.watchOpens(fd, path);
    return fd;
  } catch (error) {
    if (fd !== undefined) door.close(fd);
    throw new Error(
      `cannot watch the FIFO ${path}: ${messageOf(error)}: raise fs.inotify.max_user_instances, or close other files`,
    );
  }
}

function checkOwner(fd: number, path: string, owner: FifoOptions["owner"]): void {
  const stat = fstatSync(fd);
  if (!stat.isFIFO()) throw new Error(`${path} is no FIFO: remove it, or name another path`);
  if (stat.uid !== process.getuid?.() && stat.uid !== owner?.uid)
    throw new Error(`the FIFO ${path} belongs to user ${stat.uid}: remove it, or name that user after the path`);
}
