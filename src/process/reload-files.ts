import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import type { ReloadPlan } from "./plan-global-model.ts";

/** The file that is there while a reload is done; without a path of its own it stands beside the pid file. */
export const markerFileOf = ({ markerFile }: ReloadPlan, pidFile: string): string | undefined =>
  markerFile && (markerFile.path ?? `${pidFile.replace(/\.pid$/, "")}.reload`);

/** Makes the file that tells others of a reload; the returned function takes it away. Problems cost the file, never the
 *  reload: each is given to `onTrouble`. */
export function markReload(file: string | undefined, onTrouble: (error: unknown) => void): () => void {
  if (file === undefined) return () => {};
  try {
    writeFileSync(file, "", { mode: 0o644 });
  } catch (error) {
    onTrouble(error);
  }
  return () => {
    try {
      rmSync(file, { force: true });
    } catch (error) {
      onTrouble(error);
    }
  };
}

/** Adds what is wrong with a configuration to the log file that the running one names for it. */
export function logRefusal(file: string | undefined, text: string, onTrouble: (error: unknown) => void): void {
  if (file === undefined || text === "") return;
  try {
    appendFileSync(file, `${text}\n`, { mode: 0o600 });
  } catch (error) {
    onTrouble(error);
  }
}
