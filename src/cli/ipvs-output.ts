import { writeSync } from "node:fs";
import { errnoCode } from "../core/errors.ts";

/** Standard output as this process was given it: to load the stream that Node makes of it takes as long as drawing some
 *  thousand lines. */

const STDOUT = 1;

/** Resolves when it is written, and the bytes may be changed; with false when the reader has gone (`| head`). */
export type Write = (data: string | Uint8Array) => Promise<boolean>;

let readerGone = false;

export const writeOut: Write = async (data) => {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  let written = 0;
  try {
    while (written < bytes.length && !readerGone) written += writeSync(STDOUT, bytes, written);
  } catch (error) {
    // A terminal or pipe that somebody made non-blocking, and that is full: Node's stream waits for it.
    if (errnoCode(error) === "EAGAIN") await byStream(bytes.subarray(written));
    else readerGone = true;
  }
  return !readerGone;
};

function byStream(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", gone);
    function gone(): void {
      readerGone = true;
      resolve();
    }
    process.stdout.write(bytes, () => {
      process.stdout.off("error", gone);
      resolve();
    });
  });
}
