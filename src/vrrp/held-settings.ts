import { readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import { noMemory } from "./settings-memory.ts";

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

/** `onFailure` is told what could not be set. Files are relative to `folder`. What `memory` knows of before was held by a
 *  predecessor that could not give it back. */
export function createHeldSettings(onFailure: OnFailure, folder: string, memory = noMemory): HeldSettings {
  const before = new Map(memory.load());
  /** Before a value is changed, so that none is changed that nobody could give back. */
  const remember = (file: string): void => {
    try {
      memory.save(before);
    } catch (error) {
      onFailure(file, `what it had cannot be kept for a successor: ${messageOf(error)}`);
    }
  };
  const read = (file: string): string => readFileSync(`${folder}/${file}`, "latin1").trim();
  return {
    update(settings) {
      const wanted = new Map(settings);
      let forgotten = false;
      for (const [file, value] of before)
        if (!wanted.has(file)) {
          before.delete(file);
          forgotten = true;
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
          if (!before.has(file)) {
            before.set(file, had);
            remember(file);
          }
          writeFileSync(`${folder}/${file}`, value);
        } catch (error) {
          onFailure(file, messageOf(error));
        }
      }
      if (forgotten) remember("");
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
