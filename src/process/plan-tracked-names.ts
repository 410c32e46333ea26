import type { Root } from "./options.ts";
import type { TrackedNames } from "./plan-context.ts";

/** What FILE_CHECK and BFD_CHECK may name. */
export function trackedNames(_root: Root): TrackedNames {
  return { files: new Map(), sessions: new Set() };
}
