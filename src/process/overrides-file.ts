import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { errnoCode, messageOf } from "../core/errors.ts";
import { type Overrides, parseOverrides, printOverrides } from "../virtual-server/overrides.ts";
import { controlSocketOf, DEFAULT_CONTROL_SOCKET } from "./run-options.ts";

const STATE_FOLDER = process.env.LVSKEEPER_STATE ?? "/var/lib/lvskeeper";
const MOST_BYTES = 16 * 1024 * 1024;

/** Where a daemon keeps what was said of real servers at run time; of another daemon than the default one by the name of
 *  its pid file. */
export function overridesFileOf(parentPidFile: string): string {
  const isDefault = controlSocketOf(parentPidFile) === DEFAULT_CONTROL_SOCKET;
  const name = isDefault ? "" : `-${encodeURIComponent(parentPidFile.replace(/\.pid$/, ""))}`;
  return path.join(STATE_FOLDER, `overrides${name}.json`);
}

/** What the file says; none where it is not there. `trouble`: why it could not be read, in one line. */
export function readOverrides(file: string): { readonly overrides: Overrides; readonly trouble?: string } {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > MOST_BYTES) throw new Error("it is too long");
    return { overrides: parseOverrides(JSON.parse(text)) };
  } catch (error) {
    return errnoCode(error) === "ENOENT" ? { overrides: {} } : { overrides: {}, trouble: messageOf(error) };
  }
}

/** Replaces the file, or leaves it as it was. Why it could not be written, in one line; undefined when it was. */
export function writeOverrides(file: string, overrides: Overrides): string | undefined {
  const own = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    const fd = openSync(own, "w", 0o600);
    try {
      writeFileSync(fd, printOverrides(overrides)); // all of it: a full disk ends a single write short, without an error
      fsyncSync(fd); // a name that points to an empty file after a power cut would lose all
    } finally {
      closeSync(fd);
    }
    renameSync(own, file);
    return undefined;
  } catch (error) {
    removeQuietly(own);
    return messageOf(error);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // what made writing impossible makes this impossible too
  }
}
