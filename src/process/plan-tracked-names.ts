import type { Root } from "./options.ts";
import type { TrackedNames } from "./plan-context.ts";

/** What FILE_CHECK and BFD_CHECK may name. */
export function trackedNames(root: Root): TrackedNames {
  const files = [...root.track_file, ...root.vrrp_track_file].map(
    ({ argument, weight }) => [argument, weight.reverse ? -weight.weight : weight.weight] as const,
  );
  return { files: new Map(files), sessions: new Set(root.bfd_instance.map(({ argument }) => argument)) };
}
