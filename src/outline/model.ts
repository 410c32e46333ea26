/** Whether something is as it is to be. Words say so too: color only helps. */
export type Mark = "good" | "bad" | "plain";

/** `optional`: left out first where there is no room. */
export type Cell = { readonly text: string; readonly mark: Mark; readonly optional?: true };

/** One thing of the status, with what belongs to it below. */
export type Row = {
  /** Its own in the whole outline, and the same in the next one. */
  readonly key: string;
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly mark: Mark;
  readonly sinceWallMs: number;
  /** Open connections; 0 where that means nothing. */
  readonly load: number;
  readonly children: readonly Row[];
  /** More of it, a fact a line. Made only when somebody looks. */
  readonly details: () => readonly string[];
};

/** Its rows are all of one kind, with as many cells each; `id` is the kind. */
export type Section = {
  readonly id: "processes" | "instances" | "trackers" | "services" | "sessions" | "reloads" | "warnings";
  readonly title: string;
  readonly rows: readonly Row[];
  /** What is to say beside the rows. */
  readonly remarks: readonly string[];
};

/** The status in the order in which a person reads it, for one screen, a live one or a pipe. */
export type Outline = {
  readonly headline: string;
  readonly mark: Mark;
  readonly about: readonly string[];
  readonly sections: readonly Section[];
};

/** How long ago a wall-clock time is, in words. */
export type Since = (wallMs: number) => string;

/** What all parts of an outline are drawn with. */
export type OutlineContext = {
  readonly since: Since;
  /** How long something took, in words. */
  readonly took: (ms: number) => string;
  /** In what time something is due, in words. */
  readonly due: (wallMs: number) => string;
  /** Of words that say what the kernel counts now. */
  readonly flow: (text: string) => string;
  readonly nowWallMs: number;
};

export const cell = (text: string, mark: Mark = "plain"): Cell => ({ text, mark });
export const optional = (text: string): Cell => ({ text, mark: "plain", optional: true });

const NO_DETAILS = (): readonly string[] => [];

/** A row whose first cell is its name. */
export function row(
  kind: string,
  name: string,
  cells: readonly Cell[],
  rest: Partial<Omit<Row, "name" | "cells">> = {},
): Row {
  return {
    key: `${kind} ${name}`,
    name,
    cells: [cell(name), ...cells],
    mark: "plain",
    sinceWallMs: 0,
    load: 0,
    children: [],
    details: NO_DETAILS,
    ...rest,
  };
}

/** What there is of some facts, one behind the other, each once. */
export const joined = (facts: readonly (string | undefined | false)[], separator = "; "): string =>
  [...new Set(facts.filter((fact) => fact !== undefined && fact !== false && fact !== ""))].join(separator);
