// Prints the name of each file of a folder that is closed after writing, one a line: `node close-write.mjs FOLDER`.
import { native } from "../../../native/index.ts";

const IN_CLOSE_WRITE = 8;
const HEADER_BYTES = 16;

const fd = native().openInotify();
native().watchFolder(fd, process.argv[2] ?? "/tmp");
const buffer = Buffer.alloc(65_536);
native().watch(fd, () => {
  const length = native().read(fd, buffer);
  for (let at = 0; at + HEADER_BYTES <= length; ) {
    const nameLength = buffer.readUInt32LE(at + 12);
    const name = buffer.toString("utf8", at + HEADER_BYTES, at + HEADER_BYTES + nameLength).replaceAll("\0", "");
    if (buffer.readUInt32LE(at + 4) & IN_CLOSE_WRITE) console.log(name);
    at += HEADER_BYTES + nameLength;
  }
});
console.log("watching");
setInterval(() => {}, 60_000);
