import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { native } from "../../native/index.ts";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";

/** Two starters that both find a stale file both replace it; after this long only the last one's pid is read back. */
const TAKE_OVER_MS = 100;

/** Descriptors of our pid files. keepalived knows a running one by the lock of its pid file, and so do we. */
const held = new Map<string, number>();

/** Makes `file` this process's pid file. Rejects with DirectorError when a running director holds it, or when it cannot
 *  be written; a file left by one that is gone is replaced. */
export async function claimPidFile(file: string): Promise<void> {
  const holder = runningHolder(file);
  if (holder !== undefined) throw alreadyRunning(file, holder);
  const own = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(own, `${process.pid}\n`, { mode: 0o644 });
  } catch (cause) {
    throw new DirectorError("pid/unwritable", `cannot write the pid file ${file}: ${messageOf(cause)}`, {
      hint: "name a place that can be written with --pid",
      cause,
    });
  }
  try {
    linkSync(own, file); // atomic: there is never an empty file, and only one starter gets the name
    rmSync(own);
    lock(file);
    return;
  } catch (cause) {
    if (errnoCode(cause) !== "EEXIST") {
      rmSync(own, { force: true });
      throw new DirectorError("pid/unwritable", `cannot make the pid file ${file}: ${messageOf(cause)}`, { cause });
    }
  }
  const rival = runningHolder(file);
  if (rival !== undefined) {
    rmSync(own, { force: true });
    throw alreadyRunning(file, rival);
  }
  renameSync(own, file);
  await delay(TAKE_OVER_MS);
  const winner = readPid(file);
  if (winner !== undefined && winner !== process.pid) throw alreadyRunning(file, winner);
  lock(file);
}

/** Locks a pid file until it is removed, or this process ends. Whoever cannot lock goes without. */
function lock(file: string): void {
  const fd = lockedDescriptor(file);
  if (fd !== undefined) held.set(file, fd);
}

/** Undefined where somebody else has the lock, or nobody can have one. */
function lockedDescriptor(file: string): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, "r+");
    if (native().lockFile(fd)) return fd;
  } catch {
    // not there, not ours to write, a file system without locks, no addon
  }
  if (fd !== undefined) closeSync(fd);
  return undefined;
}

function isLockedByOther(file: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(file, "r+");
    return !native().lockFile(fd);
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const alreadyRunning = (file: string, pid: number): DirectorError =>
  new DirectorError("pid/running", `a director is already running with pid file ${file} (pid ${pid})`, {
    hint: "stop it with `lvskeeper stop`, or start this one with its own --pid",
  });

/** The pid in `file`, undefined when there is none. */
export function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8").trim());
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The pid of a live director that holds `file`. A pid that now belongs to another program, or to us, holds nothing: in a
 *  container the same few pids come round at every start. */
function runningHolder(file: string): number | undefined {
  const pid = readPid(file);
  if (pid === undefined || pid === process.pid) return undefined;
  if (isLockedByOther(file)) return pid;
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    const isDirector = /^([^\0]*\/)?(lvskeeper|keepalived)/.test(commandLine);
    return isDirector || commandLine.includes(process.argv[1] ?? "\0\0") ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a child's pid file. A failure costs the file, never the child. */
export function writePidFile(file: string, pid: number): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${pid}\n`, { mode: 0o644 });
    if (!held.has(file)) lock(file);
    return true;
  } catch {
    return false;
  }
}

/** Removes a pid file that was left by a process that is gone: who looks at it must not take it for one that runs. */
export function removeLeftPidFile(file: string): void {
  if (runningHolder(file) === undefined) removePidFile(file);
}

export function removePidFile(file: string): void {
  const fd = held.get(file);
  held.delete(file);
  try {
    if (fd !== undefined) closeSync(fd);
    rmSync(file, { force: true });
  } catch {
    // a read-only or full file system; a stale pid file is recognised at the next start
  }
}
