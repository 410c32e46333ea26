import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { errnoCode, messageOf } from "../core/errors.ts";
import { Observed } from "../core/observed.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { type Alternative, alternativesOf } from "./glob.ts";
import { type SourceText, spanIn } from "./text.ts";

/** The largest file that is read. The largest real ones (tens of thousands of real servers) have some ten megabytes. */
const MAX_BYTES = 32 * 1024 * 1024;
/** The longest line that is read; keepalived's own ends at 1022 characters. */
const MAX_LINE_BYTES = 128 * 1024;
const MAX_SHOWN = 256;
const MAX_MATCHES = 1000;
/** What a file is compared in with what it was: a reload that changes nothing takes no more memory than this. */
const PIECE_BYTES = 64 * 1024;
const LF = 10;

export type ReadSource = { readonly source: SourceText; readonly warnings: readonly Diagnostic[] };

/** What the question after a file's bytes is remembered under. */
export const textKey = (file: string): string => `text ${file}`;

/** Reads one configuration file. Everything that can be wrong with it as a file is the error: it is never thrown. */
export function readSource(file: string, observed = new Observed()): Result<ReadSource, Diagnostic> {
  const bytes = observed.see<FileBytes>(textKey(file), (then) => readBytes(file, then), sameBytes);
  return bytes.ok ? decodeSource(file, bytes.value) : bytes;
}

type FileBytes = Result<Buffer, Diagnostic>;

function sameBytes(then: FileBytes, now: FileBytes): boolean {
  if (then.ok && now.ok) return then.value.equals(now.value);
  return !then.ok && !now.ok && then.error.message === now.error.message;
}

/** `then`: what it was before, which comes back when it still is. */
function readBytes(file: string, then?: FileBytes): FileBytes {
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
    return then?.ok && stat.size === then.value.length && isStill(fd, then.value) ? then : ok(readAll(fd, stat.size));
  } catch (error) {
    return err(whole("file/unreadable", file, `cannot be read: ${messageOf(error)}`, undefined));
  } finally {
    closeSync(fd);
  }
}

function isStill(fd: number, bytes: Buffer): boolean {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, bytes.length));
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, piece, 0, Math.min(piece.length, bytes.length - at), at);
    if (count === 0 || piece.compare(bytes, at, at + count, 0, count) !== 0) return false;
    at += count;
  }
  return true;
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
    case "ENAMETOOLONG":
      return whole("file/missing", file, "does not exist: its name is too long", undefined);
    case "ELOOP":
      return whole("file/unreadable", file, "cannot be read: its symbolic links form a loop", undefined);
    default:
      return whole("file/unreadable", file, `cannot be read: ${messageOf(error)}`, undefined);
  }
}

function whole(code: string, file: string, what: string, hint: string | undefined): Diagnostic {
  return { severity: "error", code, message: `${shown(file)} ${what}`, file, ...(hint !== undefined && { hint }) };
}

/** A name as it may stand in a message: the ends of one that is longer than any that exists. */
const shown = (file: string): string =>
  file.length > MAX_SHOWN ? `${file.slice(0, MAX_SHOWN / 2)}\u2026${file.slice(-MAX_SHOWN / 2)}` : file;

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
  const long = longLine(bytes);
  if (long !== undefined)
    return err(
      whole(
        "file/long-line",
        file,
        `has a line of more than ${MAX_LINE_BYTES / 1024} KiB: ${long}`,
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

/** Number of the first line that is too long, found by looking at the text in steps of that length. */
function longLine(bytes: Uint8Array): number | undefined {
  for (let start = 0; start + MAX_LINE_BYTES < bytes.length; ) {
    const lineEnd = bytes.lastIndexOf(LF, start + MAX_LINE_BYTES);
    if (lineEnd < start) return bytes.subarray(0, start).reduce((line, byte) => (byte === LF ? line + 1 : line), 1);
    start = lineEnd + 1;
  }
  return undefined;
}

/** As many control characters may stand in any text: an editor's slip is told at its place, as a word that is none. */
const A_FEW_CONTROLS = 8;

function mostlyControls(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 4096);
  let controls = 0;
  for (const b of sample) if ((b < 32 && b !== 9 && b !== 10 && b !== 12 && b !== 13) || b === 127) controls++;
  return controls > Math.max(A_FEW_CONTROLS, sample.length / 20);
}

/** Offset of the first byte that is no part of UTF-8; decoding stops there and the rest is put off by `stream`. */
function firstInvalid(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8").decode(bytes);
  const replaced = text.indexOf("\ufffd");
  return replaced < 0 ? 0 : Math.min(Buffer.byteLength(text.slice(0, replaced)), bytes.length - 1);
}

/** The directory that names in a file are relative to. */
export const directoryOf = (file: string): string => path.dirname(path.resolve(file));

/** What a pattern comes to: files that can be read; what is passed over, and why; and what it names that is not there, with
 *  the checks that make this an error. */
export type Matches = {
  readonly found: readonly string[];
  readonly skipped: readonly { readonly file: string; readonly why: "executable" | "no-file" }[];
  readonly missing: readonly {
    readonly pattern: string;
    readonly checks: readonly ("match" | "wildcard" | "brace")[];
  }[];
};

/** Files that match a pattern (`*`, `?`, `[…]`, `{a,b}`), sorted, relative to the directory of the file naming it. As
 *  keepalived, files with an execute bit are passed over, and so is what is no file and only matches a wildcard. */
export function matchFiles(pattern: string, includingFile: string): Matches {
  const directory = directoryOf(includingFile);
  const tried = alternativesOf(pattern).map((alternative) => {
    const found = new Set<string>();
    walk(path.isAbsolute(pattern) ? "/" : directory, alternative.segments, found);
    return { ...alternative, found };
  });
  const isWild = tried.some((alternative) => alternative.isWild);
  const names = [...new Set(tried.flatMap(({ found }) => [...found]))].sort();
  const kinds = names.map((file) => ({ file, kind: kindOf(file) ?? "file" }));
  return {
    found: kinds.filter(({ kind }) => kind === "file").map(({ file }) => file),
    skipped: kinds.flatMap(({ file, kind }) =>
      kind === "file" || (isWild && kind === "no-file") ? [] : [{ file, why: kind }],
    ),
    missing: missingOf(pattern, names, tried, directory),
  };
}

function missingOf(
  pattern: string,
  names: readonly string[],
  tried: readonly (Alternative & { readonly found: ReadonlySet<string> })[],
  directory: string,
): Matches["missing"] {
  const [first, ...others] = tried;
  if (names.length > 0)
    return tried.filter(({ found }) => found.size === 0).map(({ text }) => ({ pattern: text, checks: ["brace"] }));
  if (!first) return [];
  const wild = first.segments.findIndex((segment) => typeof segment !== "string");
  const above = path.join(path.isAbsolute(pattern) ? "/" : directory, ...(first.segments.slice(0, wild) as string[]));
  const check = wild >= 0 && isDirectory(above) ? "wildcard" : "match";
  return [{ pattern, checks: others.length > 0 ? [check, "brace"] : [check] }];
}

function walk(base: string, segments: readonly (string | RegExp)[], found: Set<string>): void {
  const [first, ...rest] = segments;
  if (found.size >= MAX_MATCHES) return;
  if (first === undefined) {
    if (kindOf(base)) found.add(base);
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

const isDirectory = (file: string): boolean => {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
};

/** Undefined when nothing is there. What cannot be looked at is a file: whoever reads it says why it cannot be read. */
function kindOf(file: string): "file" | "executable" | "no-file" | undefined {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return "no-file";
    return (stat.mode & 0o111) === 0 ? "file" : "executable";
  } catch (error) {
    return errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR" ? undefined : "file";
  }
}
