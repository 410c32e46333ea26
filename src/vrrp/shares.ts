import { contribution, fileShare, isFault, isFileFault, type Tracked, type TrackedNumber } from "./tracking.ts";

/** What one tracker does to an instance now. */
export type TrackerShare = {
  /** "script", "interface", "process", "file" …: what `name` is the name of. */
  readonly kind: string;
  readonly name: string;
  /** As configured; 0: it is a fault when it is not well. */
  readonly weight: number;
  readonly reverse?: true;
  /** Absent: not known yet, or a number. */
  readonly up?: boolean;
  readonly value?: number;
  /** What it adds to the priority. */
  readonly share: number;
  /** It keeps the instance in FAULT. */
  readonly isFault: boolean;
};

/** Each tracker of an instance with its share of the priority, by kinds. */
export const sharesOf = (
  kinds: Readonly<Record<string, readonly Tracked[]>>,
  files: readonly TrackedNumber[],
): readonly TrackerShare[] => [
  ...Object.entries(kinds).flatMap(([kind, list]) =>
    list.map((tracked) => ({
      ...factsOf(kind, tracked.track),
      ...(tracked.up !== undefined && { up: tracked.up }),
      share: contribution(tracked),
      isFault: isFault(tracked),
    })),
  ),
  ...files.map((tracked) => ({
    ...factsOf("file", tracked.track),
    value: tracked.value,
    share: isFileFault(tracked) ? 0 : fileShare(tracked),
    isFault: isFileFault(tracked),
  })),
];

const factsOf = (kind: string, { name, weight, reverse }: Tracked["track"]) => ({
  kind,
  name,
  weight,
  ...(reverse && { reverse: true as const }),
});
