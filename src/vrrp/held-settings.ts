import { readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";

/** Settings of the kernel that have another value for as long as they are needed. */
export type HeldSettings = {
  /** These, each a file and its value, are to hold; those of before that are not among them get back what they had. */
  update(settings: Iterable<readonly [file: string, value: string]>): void;
  /** What a setting had before it was held, or has now; undefined where it cannot be read. */
  original(file: string): string | undefined;
};

type OnFailure = (file: string, error: string) => void;

export function writeSetting(folder: string, file: string, value: string, onFailure: OnFailure): void {
  try {
    writeFileSync(`${folder}/${file}`, value);
  } catch (error) {
    onFailure(file, messageOf(error));
  }
}

/** `onFailure` is told what could not be set. Files are relative to `folder`. */
export function createHeldSettings(onFailure: OnFailure, folder: string): HeldSettings {
  const before = new Map<string, string>();
  const read = (file: string): string => readFileSync(`${folder}/${file}`, "latin1").trim();
  return {
    update(settings) {
      const wanted = new Map(settings);
      for (const [file, value] of before)
        if (!wanted.has(file)) {
          before.delete(file);
          try {
            writeFileSync(`${folder}/${file}`, value);
          } catch {
            // its interface is gone, and its settings with it
          }
        }
      for (const [file, value] of wanted) {
        try {
          const had = read(file);
          if (had === value) continue;
          writeFileSync(`${folder}/${file}`, value);
          if (!before.has(file)) before.set(file, had);
        } catch (error) {
          onFailure(file, messageOf(error));
        }
      }
    },
    original(file) {
      const held = before.get(file);
      if (held !== undefined) return held;
      try {
        return read(file);
      } catch {
        return undefined;
      }
    },
  };
}
