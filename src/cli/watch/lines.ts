import { plainText } from "../../core/plain-text.ts";
import type { Cell, Outline, Row, Section } from "../../outline/model.ts";
import { columnWidths } from "../status-text.ts";
import { wrapTo } from "../text-width.ts";

/** How rows are put in order. */
export const ORDERS = [
  "as configured",
  "worst first",
  "latest change first",
  "most connections first",
  "name",
] as const;
export type Order = (typeof ORDERS)[number];

/** What of an outline is to be seen. */
export type Selection = {
  readonly filter: string;
  readonly order: Order;
  /** Only what is not well. */
  readonly troubleOnly: boolean;
  /** Rows that somebody opened or closed, by their keys. */
  readonly open: ReadonlyMap<string, boolean>;
};

/** A line of the list below the headline. `widths` are those of all rows of its kind in its section. */
export type BodyLine =
  | { readonly kind: "title" | "blank"; readonly key: string; readonly text: string; readonly depth: 0 }
  | { readonly kind: "text"; readonly key: string; readonly text: string; readonly depth: number }
  | {
      readonly kind: "row";
      readonly key: string;
      readonly row: Row;
      readonly cells: readonly Cell[];
      readonly widths: readonly number[];
      readonly depth: number;
      /** Absent: there is nothing to open. */
      readonly open: boolean;
    };

/** Beyond so many real servers virtual servers are closed at first. */
const OPEN_UP_TO = 200;
/** Columns before the text of a line, for each level. */
export const INDENT = 2;

/** The whole list, as long as it is. Only what is drawn of it is made into text. */
export function bodyLines(outline: Outline, selection: Selection, columns: number): readonly BodyLine[] {
  const all = outline.sections.flatMap(({ rows }) => rows);
  const openAtFirst = all.reduce((sum, { children }) => sum + children.length, 0) <= OPEN_UP_TO;
  const lines: BodyLine[] = [];
  for (const section of outline.sections) {
    const shown = sectionLines(section, selection, columns, openAtFirst);
    if (shown.length === 0) continue;
    if (lines.length > 0) lines.push({ kind: "blank", key: `before ${section.title}`, text: "", depth: 0 });
    lines.push({ kind: "title", key: `title ${section.title}`, text: plainText(section.title), depth: 0 }, ...shown);
  }
  return lines;
}

function sectionLines(section: Section, selection: Selection, columns: number, openAtFirst: boolean): BodyLine[] {
  const rows = chosen(section.rows, selection);
  const widths = widthsOf(rows.map(({ row }) => row));
  const inner = widthsOf(rows.flatMap(({ row, isOpen }) => (isOpen(openAtFirst) ? row.children : [])));
  const lines = rows.flatMap(({ row, children, isOpen }) => {
    const open = isOpen(openAtFirst);
    const own = rowLine(row, widths, 0, open);
    return open ? [own, ...detailLines(row, 1, columns), ...childLines(children, inner, selection, columns)] : [own];
  });
  const remarks = isNarrowed(selection) ? [] : section.remarks;
  return [...lines, ...remarks.flatMap((text, i) => textLines(`remark ${section.title} ${i}`, text, 0, columns))];
}

const childLines = (
  children: readonly Row[],
  widths: readonly number[],
  { open }: Selection,
  columns: number,
): BodyLine[] =>
  children.flatMap((row) => {
    const isOpen = open.get(row.key) ?? false;
    return [rowLine(row, widths, 1, isOpen), ...(isOpen ? detailLines(row, 2, columns) : [])];
  });

const rowLine = (row: Row, widths: readonly number[], depth: number, open: boolean): BodyLine => ({
  kind: "row",
  key: row.key,
  row,
  cells: row.cells,
  widths,
  depth,
  open,
});

const detailLines = (row: Row, depth: number, columns: number): BodyLine[] =>
  row.details().flatMap((text, i) => textLines(`detail ${row.key} ${i}`, text, depth, columns));

const textLines = (key: string, text: string, depth: number, columns: number): BodyLine[] =>
  wrapTo(plainText(text), columns - INDENT * (depth + 2)).map((line, i) => ({
    kind: "text",
    key: `${key} ${i}`,
    text: line,
    depth,
  }));

const widthsOf = (rows: readonly Row[]): number[] =>
  columnWidths(rows.map(({ cells }) => cells.map(({ text }) => plainText(text))));

const isNarrowed = ({ filter, troubleOnly }: Selection): boolean => filter !== "" || troubleOnly;

type Chosen = {
  readonly row: Row;
  readonly children: readonly Row[];
  readonly isOpen: (atFirst: boolean) => boolean;
};

/** The rows that are to be seen, in order, each with those below it. What is looked for is opened. */
function chosen(rows: readonly Row[], selection: Selection): readonly Chosen[] {
  const { open, order } = selection;
  const found = rows.flatMap((row): Chosen[] => {
    const fitsItself = fits(row, selection);
    const children = row.children.filter(
      (child) => fits(child, selection, row.name) && (!selection.troubleOnly || child.mark === "bad"),
    );
    if (!fitsItself && children.length === 0) return [];
    const isOpen = (atFirst: boolean): boolean =>
      open.get(row.key) ?? (row.children.length > 0 && (isNarrowed(selection) ? children.length > 0 : atFirst));
    return [{ row, children: inOrder(children, order, (child) => child), isOpen }];
  });
  return inOrder(found, order, ({ row }) => row);
}

/** Whether a row has what is looked for; `of` is the name of the one it belongs to. */
function fits(row: Row, { filter, troubleOnly }: Selection, of = ""): boolean {
  if (troubleOnly && row.mark !== "bad") return false;
  if (filter === "") return true;
  const wanted = filter.toLowerCase();
  return of.toLowerCase().includes(wanted) || row.cells.some(({ text }) => text.toLowerCase().includes(wanted));
}

const names = new Intl.Collator("en", { numeric: true });
const worse = (row: Row): number => (row.mark === "bad" ? 0 : 1);

const comparisons: Readonly<Record<Order, ((a: Row, b: Row) => number) | undefined>> = {
  "as configured": undefined,
  "worst first": (a, b) => worse(a) - worse(b),
  "latest change first": (a, b) => b.sinceWallMs - a.sinceWallMs,
  "most connections first": (a, b) => b.load - a.load,
  name: (a, b) => names.compare(a.name, b.name),
};

function inOrder<T>(list: readonly T[], order: Order, rowOf: (one: T) => Row): readonly T[] {
  const compare = comparisons[order];
  return compare ? [...list].sort((a, b) => compare(rowOf(a), rowOf(b))) : list;
}
