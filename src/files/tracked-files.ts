import path from "node:path";
import { wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { type FolderEvent, type FolderWatch, openFolderWatch } from "./folder-watch.ts";
import { initNumberFile, readNumberFile } from "./number-file.ts";

/** A file with a number in it. `init`: it is made with this number; with `overwrite` also where it is there already. */
export type TrackedFile = {
  readonly name: string;
  readonly file: string;
  readonly init?: { readonly value: number; readonly overwrite: boolean };
};

/** Files with a number in them, read whenever they have changed. */
export type TrackedFiles = {
  /** The files from now on. `fresh`: those not known yet are made as their `init` says; not so after a crash, when what
   *  they hold counts. */
  configure(files: readonly TrackedFile[], fresh: boolean): void;
  /** 0 for a file that is not there. */
  value(name: string): number;
  /** Each number, and since when it is that one. */
  list(): readonly { readonly name: string; readonly value: number; readonly sinceWallMs: number }[];
  stop(): void;
};

export type TrackedFilesOptions = {
  readonly onChange: (name: string, value: number) => void;
  /** A file or its folder cannot be made or watched; told once until it can. */
  readonly onTrouble: (name: string, error: string) => void;
  readonly open?: typeof openFolderWatch;
};

/** A folder that is not there, or cannot be watched, is looked for this often, and its files read. */
const RETRY_MS = 1000;

type Entry = {
  readonly plan: TrackedFile;
  readonly folder: string;
  readonly base: string;
  value: number;
  sinceWallMs: number;
};

export function createTrackedFiles({ onChange, onTrouble, open = openFolderWatch }: TrackedFilesOptions): TrackedFiles {
  let entries = new Map<string, Entry>();
  const watches = new Map<string, number>();
  const troubled = new Set<string>();
  let watch: FolderWatch | undefined;
  let timer: NodeJS.Timeout | undefined;

  const read = (entry: Entry): void => {
    const value = readNumberFile(entry.plan.file);
    if (value === undefined || value === entry.value) return;
    entry.value = value;
    entry.sinceWallMs = wallMs();
    onChange(entry.plan.name, value);
  };

  const readAll = (): void => {
    for (const entry of entries.values()) read(entry);
  };

  const trouble = (name: string, error: unknown): void => {
    if (!troubled.has(name)) onTrouble(name, messageOf(error));
    troubled.add(name);
  };

  /** Watches the folders that are not watched yet; a file may have changed before its folder was. */
  const watchFolders = (): void => {
    clearTimeout(timer);
    let missing = false;
    for (const entry of entries.values()) {
      if (watches.has(entry.folder)) continue;
      try {
        watch ??= open(onEvents);
        watches.set(entry.folder, watch.add(entry.folder));
        troubled.delete(entry.plan.name);
      } catch (error) {
        missing = true;
        trouble(entry.plan.name, error);
      }
      read(entry);
    }
    if (missing) timer = setTimeout(watchFolders, RETRY_MS);
  };

  const onEvents = (events: readonly FolderEvent[] | undefined): void => {
    for (const { watch: number, name } of events ?? [])
      if (name === undefined) for (const [folder, known] of watches) if (known === number) forget(folder);
    if (events === undefined) readAll();
    else {
      const names = new Set(events.map(({ name }) => name));
      for (const entry of entries.values()) if (names.has(entry.base)) read(entry);
    }
    watchFolders();
  };

  /** A folder that was moved or removed: another may come under its name. */
  const forget = (folder: string): void => {
    const number = watches.get(folder);
    if (number !== undefined) watch?.remove(number);
    watches.delete(folder);
  };

  const init = ({ name, file, init: first }: TrackedFile): void => {
    if (!first) return;
    try {
      initNumberFile(file, first.value, first.overwrite);
    } catch (error) {
      trouble(name, error);
    }
  };

  return {
    configure(files, fresh) {
      const next = new Map<string, Entry>();
      for (const plan of files) {
        const old = entries.get(plan.name);
        const same = old?.plan.file === plan.file;
        if (fresh && !same) init(plan);
        const folder = path.dirname(plan.file);
        const { value, sinceWallMs } = same ? old : { value: 0, sinceWallMs: wallMs() };
        next.set(plan.name, { plan, folder, base: path.basename(plan.file), value, sinceWallMs });
      }
      entries = next;
      const folders = new Set([...entries.values()].map(({ folder }) => folder));
      for (const folder of watches.keys()) if (!folders.has(folder)) forget(folder);
      watchFolders();
      readAll();
    },
    value: (name) => entries.get(name)?.value ?? 0,
    list: () => [...entries.values()].map(({ plan, value, sinceWallMs }) => ({ name: plan.name, value, sinceWallMs })),
    stop() {
      clearTimeout(timer);
      entries.clear();
      watch?.close();
      watch = undefined;
    },
  };
}
