type Entries = Record<string, unknown>;

const isRecord = (value: unknown): value is Readonly<Entries> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const emptyRecord = (): Entries => Object.create(null) as Entries; // a name such as __proto__ is a name like any other

/** State that is gathered in parts: what a child reports for its successor. Changed in place, because a report of one
 *  verdict among thousands must cost one entry. */
export type SavedState = {
  /** Lays `part` over what is kept, entry by entry in each of its records; an entry that is null in `part` is forgotten
   *  (a real server that a reload removed), so that a daemon which runs for years keeps only what is. */
  merge(part: object): void;
  /** What is kept, as plain JSON; undefined while nothing was reported. */
  value(): object | undefined;
};

/** `keepNulls`: for parts that are themselves to be merged later, where a forgotten entry must stay marked. */
export function createSavedState(options: { readonly keepNulls: boolean } = { keepNulls: false }): SavedState {
  let kept: Entries | undefined;
  return {
    merge(part) {
      kept ??= emptyRecord();
      for (const [name, entries] of Object.entries(part)) {
        if (!isRecord(entries)) {
          kept[name] = entries;
          continue;
        }
        const before = kept[name];
        const record = isRecord(before) ? (before as Entries) : emptyRecord();
        for (const [key, value] of Object.entries(entries)) {
          if (value === null && !options.keepNulls) delete record[key];
          else record[key] = value;
        }
        kept[name] = record;
      }
    },
    value: () => kept,
  };
}
