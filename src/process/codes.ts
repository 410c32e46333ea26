/** A code of a diagnostic, as docs/diagnostics.md and `explain` have it. */
export type CodeEntry = {
  readonly code: string;
  /** What is found. */
  readonly means: string;
  /** What comes of it. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
};

export const codeEntries: readonly CodeEntry[] = [];

export const codeNames = (): readonly string[] => codeEntries.map(({ code }) => code);
