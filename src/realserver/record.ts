import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import { type Changes, NO_CHANGES } from "./model.ts";

/** Where it is written what `up` changed in this network namespace: in /run, which ends when the kernel's state does. */
export function recordFile(): string {
  const { ino } = statSync("/proc/self/ns/net");
  return `/run/lvskeeper/realserver-${ino}.json`;
}

/** Throws DirectorError for a file that is none of ours. */
export function readChanges(file: string): Changes {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return NO_CHANGES;
    throw unusable(file, error);
  }
  try {
    const read = JSON.parse(text) as Changes;
    if (!Array.isArray(read.addresses) || !Array.isArray(read.routes) || typeof read.settings !== "object")
      throw new Error("its members are others");
    return read;
  } catch (error) {
    throw unusable(file, error);
  }
}

const unusable = (file: string, cause: unknown): DirectorError =>
  new DirectorError("realserver/record", `cannot read what \`up\` did from ${file}: ${messageOf(cause)}`, {
    hint: "remove the file, then what is there now counts as what was before",
    cause,
  });

/** Without changes there is no file. */
export function writeChanges(file: string, changes: Changes): void {
  const isEmpty = changes.addresses.length + changes.routes.length + Object.keys(changes.settings).length === 0;
  try {
    if (isEmpty) {
      rmSync(file, { force: true });
      return;
    }
    writeWhole(file, `${JSON.stringify(changes)}\n`, 0o600);
  } catch (cause) {
    throw new DirectorError("realserver/record", `cannot write ${file}: ${messageOf(cause)}`, {
      hint: "run as root; without it `down` would not know what was before",
      cause,
    });
  }
}

/** Replaces a file whole, or leaves it as it was. Throws what node:fs throws. */
export function writeWhole(file: string, text: string, mode: number): void {
  const own = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    writeFileSync(own, text, { mode });
    renameSync(own, file);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  }
}
