import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What settings of the kernel had before we changed them, by file; for a successor that finds our values there. */
export type SettingsMemory = {
  load(): ReadonlyMap<string, string>;
  /** Throws where it cannot be kept. */
  save(originals: ReadonlyMap<string, string>): void;
};

/** For those that nobody succeeds to. */
export const noMemory: SettingsMemory = { load: () => new Map(), save: () => {} };

const MOST_BYTES = 1024 * 1024;
/** A setting's place below its folder: no way out of it. */
const isPlace = (file: string): boolean => /^[^/]+(\/[^/]+)*$/.test(file) && !file.split("/").includes("..");

/** One part of a file of JSON. The file is gone when nothing is remembered; it has to lie where a start of the machine
 *  empties the folder, as that empties the settings. */
export function createSettingsMemory(file: string, part: string): SettingsMemory {
  const read = (): Record<string, unknown> => {
    try {
      const text = readFileSync(file, "utf8");
      const value: unknown = text.length > MOST_BYTES ? undefined : JSON.parse(text);
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
      return {}; // nothing is remembered, or nothing that could be read
    }
  };
  return {
    load() {
      const { [part]: own } = read();
      const entries = typeof own === "object" && own !== null ? Object.entries(own) : [];
      return new Map(
        entries.filter((entry): entry is [string, string] => typeof entry[1] === "string" && isPlace(entry[0])),
      );
    },
    save(originals) {
      const { [part]: _, ...others } = read();
      const all = { ...others, ...(originals.size > 0 && { [part]: Object.fromEntries(originals) }) };
      if (Object.keys(all).length === 0) {
        rmSync(file, { force: true });
        return;
      }
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(`${file}.new`, `${JSON.stringify(all, undefined, 1)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}
