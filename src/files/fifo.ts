import { chownSync, closeSync, constants, fstatSync, openSync, rmSync, writeSync } from "node:fs";
import { native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { WaitingLines } from "./waiting-lines.ts";

/** A FIFO that lines are written to for whoever reads it. Writing never blocks: lines wait in the pipe (64 KiB), and 10,000 more
 *  here; when there are more they are all dropped, and what is true by then is written once there is room. */
export type Fifo = {
  write(line: string): void;
  /** Removes the FIFO if this made it. */
  close(): void;
};

export type FifoOptions = {
  readonly path: string;
  /** Whose it is; absent: ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** The lines that say how everything stands now: written when a reader opens the FIFO, and when lines had been dropped. They
   *  may be more than the pipe holds. */
  readonly current: () => readonly string[];
  /** Lines were dropped: nobody reads (`EAGAIN`). Told once until a reader opens it. */
  readonly onDropped: (error: string) => void;
};

const MODE = 0o644;
/** Lines that wait for room in the pipe. */
const MOST_WAITING = 10_000;
/** PIPE_BUF, pipe(7): so much is written whole or not at all, and nothing of another process comes between. */
const WHOLE_BYTES = 4096;
/** How soon room is looked for; twice as late each time, for nobody may read for months. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 1000;

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
  const lines = new WaitingLines(current);
  let told = false;
  let look: NodeJS.Timeout | undefined;
  let lookMs = FIRST_LOOK_MS;

  const flush = (): void => {
    clearTimeout(look);
    look = undefined;
    for (let next = lines.next(WHOLE_BYTES); next.count > 0; next = lines.next(WHOLE_BYTES)) {
      const failed = put(fd, next.text);
      if (failed !== undefined) {
        if (lines.count > MOST_WAITING) drop(failed);
        look = setTimeout(flush, lookMs).unref();
        lookMs = Math.min(lookMs * 2, LAST_LOOK_MS);
        return;
      }
      lines.taken(next.count);
      lookMs = FIRST_LOOK_MS;
    }
  };

  const drop = (error: string): void => {
    lines.dropAll();
    if (!told) onDropped(error);
    told = true;
  };

  const buffer = Buffer.alloc(4096);
  const stop = door.watch(opens, () => {
    if (door.read(opens, buffer) <= 0) return;
    told = false;
    lookMs = FIRST_LOOK_MS;
    lines.wantsAll = true;
    flush();
  });

  return {
    write(line) {
      lines.add(line);
      if (look === undefined || lines.count > MOST_WAITING) flush();
    },
    close() {
      clearTimeout(look);
      stop();
      letGo();
    },
  };
}

/** Undefined, or what was refused. */
function put(fd: number, text: string): string | undefined {
  try {
    writeSync(fd, text);
    return undefined;
  } catch (error) {
    return errnoCode(error) ?? messageOf(error);
  }
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
