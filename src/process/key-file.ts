import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errnoCode, messageOf } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";

/** What is wrong with a file, in words that follow its name, and the remedy. */
export type FileFault = { readonly message: string; readonly hint: string };

/** Reads a file that holds a secret of `least` to `most` bytes; a newline at its end does not belong to it. It is refused
 *  where others than its owner may read or write it. Never waits, whatever the name leads to. */
export function readKeyFile(
  file: string,
  { least, most }: { readonly least: number; readonly most: number },
): Result<Buffer, FileFault> {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const missing = errnoCode(error) === "ENOENT";
    const message = missing ? "does not exist" : `cannot be opened: ${messageOf(error)}`;
    return err({ message, hint: `it has to hold ${least} to ${most} bytes, for its owner only` });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return err({ message: "is not a regular file", hint: "name the file that holds the key" });
    if ((stat.mode & 0o077) !== 0)
      return err({ message: "may be used by others than its owner", hint: `chmod 600 ${file}` });
    const buffer = Buffer.alloc(most + 2);
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
    const key = bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
    if (key.length >= least && key.length <= most) return ok(key);
    const size = key.length > most ? `more than ${most} bytes` : `${key.length} bytes`;
    return err({ message: `holds ${size}`, hint: `a key has ${least} to ${most}` });
  } catch (error) {
    return err({ message: `cannot be read: ${messageOf(error)}`, hint: "is the disk in order?" });
  } finally {
    closeSync(fd);
  }
}
