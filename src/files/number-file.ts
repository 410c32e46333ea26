import { closeSync, constants, openSync, readSync, writeFileSync } from "node:fs";
import { errnoCode } from "../core/errors.ts";

const { O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
/** Bytes of a tracked file that are looked at. */
const MOST_BYTES = 127;
const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;

/** The number that a text begins with: decimal, 0x hexadecimal or 0 octal, blanks before it and anything behind it passed
 *  over. 0 where there is none; undefined for one that 32 bits do not hold. */
export function leadingNumber(text: string): number | undefined {
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
  if (!match) return 0;
  const digits = match[2] as string;
  const size = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const value = match[1] === "-" ? -size : size;
  return value >= INT32.min && value <= INT32.max ? value + 0 : undefined;
}

/** The number in a file; 0 when it is not there or empty, undefined when it cannot be read or holds no number of 32 bits.
 *  Never waits: whoever may write to the folder may put a FIFO in the file's place. */
export function readNumberFile(file: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    return errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR" ? 0 : undefined;
  }
  try {
    const bytes = Buffer.alloc(MOST_BYTES);
    return leadingNumber(bytes.toString("latin1", 0, readSync(fd, bytes)));
  } catch {
    return undefined; // a directory, a FIFO, or a file system that has gone away
  } finally {
    closeSync(fd);
  }
}

/** Makes a file with a number in it. One that is there is left as it is, unless `overwrite`. Never waits; throws what node:fs
 *  throws. */
export function initNumberFile(file: string, value: number, overwrite: boolean): void {
  const flags = O_WRONLY | O_CREAT | O_NONBLOCK | (overwrite ? O_TRUNC : O_EXCL);
  let fd: number;
  try {
    fd = openSync(file, flags, 0o644);
  } catch (error) {
    if (errnoCode(error) === "EEXIST") return;
    throw error;
  }
  try {
    writeFileSync(fd, `${value}\n`);
  } finally {
    closeSync(fd);
  }
}
