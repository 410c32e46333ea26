import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { errnoCode } from "../core/errors.ts";

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

/** The number in a file; 0 when it is not there or empty, undefined when it cannot be read or holds no number of 32 bits. */
export function readNumberFile(file: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    return errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR" ? 0 : undefined;
  }
  try {
    const bytes = Buffer.alloc(MOST_BYTES);
    return leadingNumber(bytes.toString("latin1", 0, readSync(fd, bytes)));
  } catch {
    return undefined; // a directory, or a file system that has gone away
  } finally {
    closeSync(fd);
  }
}

/** Makes a file with a number in it. One that is there is left as it is, unless `overwrite`. Throws what node:fs throws. */
export function initNumberFile(file: string, value: number, overwrite: boolean): void {
  try {
    writeFileSync(file, `${value}\n`, { flag: overwrite ? "w" : "wx", mode: 0o644 });
  } catch (error) {
    if (errnoCode(error) !== "EEXIST") throw error;
  }
}
