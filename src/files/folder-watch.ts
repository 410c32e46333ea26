import { native } from "../../native/index.ts";

/** What happened in a watched folder: something to the file of this name, or with no name something to the folder itself. */
export type FolderEvent = { readonly watch: number; readonly name?: string };

/** Tells of changes of the files in some folders (inotify(7)): of written ones when they are closed. */
export type FolderWatch = {
  /** The number that its events carry. Throws what node:fs throws: ENOENT, ENOTDIR, ENOSPC. */
  add(folder: string): number;
  remove(watch: number): void;
  close(): void;
};

/** struct inotify_event: watch, mask, cookie, length of the name; then the name, padded with zeros. */
const EVENT_BYTES = 16;
const READ_BYTES = 16 * 1024;
const IN_Q_OVERFLOW = 0x4000;

/** `onEvents` is given what came together; undefined when the kernel had to drop some. Throws what node:fs throws. */
export function openFolderWatch(onEvents: (events: readonly FolderEvent[] | undefined) => void): FolderWatch {
  const door = native();
  const fd = door.openInotify();
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const stop = door.watch(fd, () => {
    const length = door.read(fd, buffer);
    if (length > 0) onEvents(decodeEvents(buffer.subarray(0, length)));
  });
  return {
    add: (folder) => door.watchFolder(fd, folder),
    remove: (watch) => door.unwatchFolder(fd, watch),
    close() {
      stop();
      door.close(fd);
    },
  };
}

/** The events in a read; undefined when one of them says that others were dropped. Never throws. */
export function decodeEvents(bytes: Buffer): readonly FolderEvent[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  const events: FolderEvent[] = [];
  for (let at = 0; at + EVENT_BYTES <= bytes.length; ) {
    if ((view.getUint32(at + 4, little) & IN_Q_OVERFLOW) !== 0) return undefined;
    const end = at + EVENT_BYTES + view.getUint32(at + 12, little);
    const name = bytes.toString("utf8", at + EVENT_BYTES, Math.min(end, bytes.length)).split("\0", 1)[0];
    events.push({ watch: view.getInt32(at, little), ...(name && { name }) });
    at = end;
  }
  return events;
}
