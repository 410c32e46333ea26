import { closeSync, openSync, readSync } from "node:fs";
import {
  drawFromFile,
  drawnLimit,
  placeOf,
  readTableFile,
  TABLE_FILE,
  type TableFile,
} from "../ipvs/admin/table-file.ts";
import { type ListingOptions, listingWith } from "../ipvs/listing.ts";
import type { ServiceEntry } from "../ipvs/model.ts";
import type { Write } from "./ipvs-output.ts";

/** `ipvs -Ln` of a large table, drawn from the kernel's own text of it. */

/** Memory that is not touched costs nothing: a table of 17,000 destinations is a megabyte. */
const FILE_BYTES = 4 * 1024 * 1024;
/** Where lines are drawn, in front of the file's text. */
const SHEET_BYTES = 64 * 1024;
/** Services that the kernel is asked for together. */
const ASKED_AT_ONCE = 64;

/** Undefined on a kernel without /proc. */
export function tableFile(): TableFile | undefined {
  let fd: number;
  try {
    fd = openSync(TABLE_FILE, "r");
  } catch {
    return undefined;
  }
  try {
    return readTableFile(behindSheet(fd), SHEET_BYTES);
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** readFileSync() takes a buffer for each of the pages that the kernel gives, and copies them all in the end. */
function behindSheet(fd: number): Uint8Array {
  let bytes = new Uint8Array(Buffer.allocUnsafeSlow(FILE_BYTES).buffer);
  for (let length = SHEET_BYTES; ; ) {
    const got = readSync(fd, bytes, length, bytes.length - length, null);
    if (got === 0) return bytes.subarray(0, length);
    length += got;
    if (length < bytes.length) continue;
    const longer = new Uint8Array(Buffer.allocUnsafeSlow(2 * length).buffer);
    longer.set(bytes);
    bytes = longer;
  }
}

/** Each service with its destinations; those of which the file tells too little as `asked` draws them. Resolves early when
 *  the reader has gone. */
export async function listFromFile(
  file: TableFile,
  services: readonly ServiceEntry[],
  options: ListingOptions,
  write: Write,
  asked: (entries: readonly ServiceEntry[]) => Promise<string>,
): Promise<void> {
  const sheet = Buffer.from(file.bytes.buffer, 0, SHEET_BYTES);
  let used = 0;
  let unknown: ServiceEntry[] = [];
  const flush = (): Promise<boolean> => {
    const drawn = sheet.subarray(0, used);
    used = 0;
    return write(drawn);
  };
  const ask = async (): Promise<boolean> => {
    const entries = unknown;
    unknown = [];
    return (await flush()) && write(await asked(entries));
  };
  for (const entry of services) {
    const place = placeOf(file, entry.service.id);
    const waited = unknown.length === ASKED_AT_ONCE || (place !== undefined && unknown.length > 0);
    if (waited && !(await ask())) return;
    const line = place && listingWith(entry, "", options);
    const size = place && line !== undefined ? 3 * line.length + drawnLimit(place) : SHEET_BYTES + 1;
    if (used + size > SHEET_BYTES && size <= SHEET_BYTES && !(await flush())) return;
    if (!place || line === undefined || size > SHEET_BYTES) {
      unknown.push(entry);
      continue;
    }
    const end = drawFromFile(file, place, options.sorted, used + sheet.write(line, used, "latin1"));
    if (end === undefined) unknown.push(entry);
    else used = end;
  }
  if (unknown.length > 0) await ask();
  else await flush();
}
