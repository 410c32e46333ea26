import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { errnoCode, messageOf } from "../core/errors.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { globSegments } from "./glob.ts";
import { type SourceText, spanIn } from "./text.ts";

/** The largest file that is read. The largest real ones (tens of thousands of real servers) have some ten megabytes. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_MATCHES = 1000;

export type ReadSource = { readonly source: SourceText; readonly warnings: readonly Diagnostic[] };

/** Reads one configuration file. Everything that can be wrong with it as a file is the error: it is never thrown. */
export function readSource(file: string): Result<ReadSource, Diagnostic> {
  const bytes = readBytes(file);
  return bytes.ok ? decodeSource(file, bytes.value) : bytes;
}

function readBytes(file: string): Result<Buffer, Diagnostic> {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return err(cannotOpen(file, error));
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory())
      return err(whole("file/directory", file, "is a directory", "name the file inside it, e.g. with -f"));
    if (!stat.isFile()) return err(whole("file/not-regular", file, "is not a regular file", "save it to a file first"));
    if (stat.size > MAX_BYTES)
      return err(
        whole("file/too-large", file, `is larger than ${MAX_BYTES / 1024 / 1024} MiB`, "is it the right file?"),
      );
    return ok(readAll(fd, stat.size));
  } catch (error) {
    return err(whole("file/unreadable", file, `cannot be read: ${messageOf(error)}`, undefined));
  } finally {
    closeSync(fd);
  }
}

/** The bytes there are, whatever the size was when the file was opened. */
function readAll(fd: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(fd, buffer, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

function cannotOpen(file: string, error: unknown): Diagnostic {
  switch (errnoCode(error)) {
    case "ENOENT":
      return whole("file/missing", file, "does not exist", "name the configuration file with -f");
    case "EACCES":
    case "EPERM":
      return whole("file/unreadable", file, "cannot be read: permission denied", "run as root, or check its mode");
    case "ENOTDIR":
      return whole("file/missing", file, "does not exist: a part of its path is not a directory", undefined);
    case "ELOOP":
      return whole("file/unreadable", file, "cannot be read: its symbolic links form a loop", undefined);
    default:
      return whole("file/unreadable", file, `cannot be read: ${messageOf(error)}`, undefined);
  }
}

function whole(code: string, file: string, what: string, hint: string | undefined): Diagnostic {
  return { severity: "error", code, message: `${file} ${what}`, file, ...(hint !== undefined && { hint }) };
}

/** UTF-8 text of a file, with or without a byte-order mark. Other bytes are taken as Latin-1 with a warning, since old
 *  comments are in all kinds of encodings; a file that is no text at all is the error. */
export function decodeSource(file: string, bytes: Uint8Array): Result<ReadSource, Diagnostic> {
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)))
    return err(whole("file/utf-16", file, "is UTF-16 text", `convert it: iconv -f UTF-16 -t UTF-8 ${file}`));
  const binary = bytes.indexOf(0);
  if (binary >= 0 || mostlyControls(bytes))
    return err(
      whole(
        "file/binary",
        file,
        binary >= 0 ? `is not text: byte ${binary} is NUL` : "is not text",
        "is it the right file?",
      ),
    );
  try {
    return ok({ source: { file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) }, warnings: [] });
  } catch {
    const source = { file, text: Buffer.from(bytes).toString("latin1") };
    const at = firstInvalid(bytes);
    const warning: Diagnostic = {
      severity: "warning",
      code: "file/encoding",
      message: "not UTF-8: the file is read as Latin-1",
      file,
      span: spanIn(source, at, at + 1),
      hint: "convert it with iconv",
    };
    return ok({ source, warnings: [warning] });
  }
}

function mostlyControls(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 4096);
  let controls = 0;
  for (const b of sample) if ((b < 32 && b !== 9 && b !== 10 && b !== 12 && b !== 13) || b === 127) controls++;
  return controls > sample.length / 20;
}

/** Offset of the first byte that is no part of UTF-8; decoding stops there and the rest is put off by `stream`. */
function firstInvalid(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8").decode(bytes);
  const replaced = text.indexOf("\ufffd");
  return replaced < 0 ? 0 : Math.min(Buffer.byteLength(text.slice(0, replaced)), bytes.length - 1);
}

/** Files that match a pattern (`*`, `?`, `[…]`, `{a,b}`), sorted, relative to the directory of the file naming it. As
 *  keepalived, directories and files with an execute bit are passed over. */
export function matchingFiles(pattern: string, includingFile: string): readonly string[] {
  const absolute = path.resolve(path.dirname(includingFile), pattern);
  const found = new Set<string>();
  for (const segments of globSegments(absolute)) walk("/", segments, found);
  return [...found].sort();
}

function walk(base: string, segments: readonly (string | RegExp)[], found: Set<string>): void {
  const [first, ...rest] = segments;
  if (found.size >= MAX_MATCHES) return;
  if (first === undefined) {
    if (isPlainFile(base)) found.add(base);
  } else if (typeof first === "string") walk(path.join(base, first), rest, found);
  else
    for (const name of namesIn(base)) {
      if (first.test(name)) walk(path.join(base, name), rest, found);
    }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function isPlainFile(file: string): boolean {
  try {
    const stat = statSync(file);
    return stat.isFile() && (stat.mode & 0o111) === 0;
  } catch {
    return false;
  }
}
