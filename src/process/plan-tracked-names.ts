import type { Root } from "./options.ts";
import type { TrackedNames } from "./plan-context.ts";
import { trackFileBlocks } from "./plan-track-files.ts";

/** What FILE_CHECK and BFD_CHECK may name. */
export function trackedNames(root: Root): TrackedNames {
  return {
    files: new Map(
      trackFileBlocks(root).map(({ argument, weight: { weight, reverse } }) => [argument, reverse ? -weight : weight]),
    ),
    sessions: new Set(root.bfd_instance.map(({ argument }) => argument)),
  };
}
