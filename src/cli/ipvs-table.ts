import { closeSync, openSync } from "node:fs";
import { native } from "../../native/index.ts";
import { twiceAsLong } from "../core/bytes.ts";
import { columnsHeading } from "../ipvs/heading.ts";
import type { ListingOptions } from "../ipvs/listing.ts";
import type { ServiceEntry } from "../ipvs/model.ts";
import { readKernelPlainly } from "../ipvs/plain-read.ts";
import type { Write } from "./ipvs-output.ts";

/** `ipvs -Ln` of a large table, drawn from the kernel's own text of it: all destinations in one go, where generic netlink has
 *  to be asked for those of each service by themselves. Drawn by the addon (native/table_text.h). */

const TABLE_FILE = "/proc/net/ip_vs";
/** Its first line, and the listing's: "IP Virtual Server version 1.2.1 (size=4096)". */
const VERSION = /^IP Virtual Server version \d+\.\d+\.\d+ \(size=\d+\)\n/;
const VERSION_BYTES = 80;
/** Memory that is not touched costs nothing: a table of 17,000 destinations is a megabyte. */
const FILE_BYTES = 4 * 1024 * 1024;
/** Where lines are drawn, to be written together. */
const SHEET_BYTES = 64 * 1024;
/** Services that the kernel is asked for together. */
const ASKED_AT_ONCE = 64;

export type Asked = (entries: readonly ServiceEntry[]) => Promise<string>;

/** The table in the columns of connections, with numbers; services of which the text tells too little as `asked` draws them.
 *  Resolves with false, and nothing is written, where the kernel is to be asked in the ordinary way. */
export async function listPlainly(
  options: ListingOptions,
  write: Write,
  asked: Asked,
  file = TABLE_FILE,
): Promise<boolean> {
  const services = readKernelPlainly();
  const text = services && tableText(file);
  const version = text && VERSION.exec(text.toString("latin1", 0, VERSION_BYTES))?.[0];
  if (!services || !text || version === undefined) return false;
  if (await write(version + columnsHeading(options.columns))) await listFromText(text, services, options, write, asked);
  return true;
}

/** The kernel's text; undefined where it has none, as without /proc. */
function tableText(file: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    return wholeText(fd);
  } finally {
    closeSync(fd);
  }
}

function wholeText(fd: number): Buffer | undefined {
  let bytes: Buffer = Buffer.allocUnsafeSlow(FILE_BYTES);
  for (let length = 0; ; ) {
    const got = native().readWhole(fd, bytes.subarray(length));
    if (got < 0) return undefined;
    length += got;
    if (length < bytes.length) return bytes.subarray(0, length);
    bytes = twiceAsLong(bytes);
  }
}

/** Resolves early when the reader has gone. */
async function listFromText(
  text: Uint8Array,
  services: Buffer,
  { sorted }: ListingOptions,
  write: Write,
  asked: Asked,
): Promise<void> {
  const { orderTable, drawTable } = native();
  const rows = orderTable(services, text, sorted);
  const next = new Uint32Array(1);
  const sheet = Buffer.allocUnsafeSlow(SHEET_BYTES);
  let unknown: ServiceEntry[] = [];
  for (;;) {
    const drawn = drawTable(services, text, sorted, rows, next, sheet);
    const row = 4 * (next[0] as number);
    if (unknown.length > 0 && (drawn > 0 || row >= rows.length || unknown.length === ASKED_AT_ONCE)) {
      if (!(await write(await asked(unknown)))) return;
      unknown = [];
    }
    if (drawn > 0) {
      if (!(await write(sheet.subarray(0, drawn)))) return;
    } else if (row >= rows.length) {
      return;
    } else {
      const { decodePlainService } = await import("../ipvs/plain-service.ts"); // seldom, and with the tables of attributes
      const entry = decodePlainService(services, (rows[row] as number) - NLA_HEADER_BYTES, rows[row + 1] as number);
      if (entry) unknown.push(entry);
      next[0] = row / 4 + 1;
    }
  }
}

/** In front of the attributes of a service stands the header of the one that they are. */
const NLA_HEADER_BYTES = 4;
