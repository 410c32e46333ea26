import { plainText } from "../../core/plain-text.ts";
import { durationText } from "../../outline/duration.ts";
import type { Mark } from "../../outline/model.ts";
import { cutTo, padTo, widthOf, wrapTo } from "../text-width.ts";
import { HELP } from "./help.ts";
import { type BodyLine, INDENT } from "./lines.ts";
import { HEAD_ROWS, listRows, type Silence, type View } from "./view.ts";

/** `bar`: of the last line; `title`: of a heading; `dim`: of less weight. */
export type Style = Mark | "title" | "dim" | "bar";
export type Span = { readonly text: string; readonly style: Style };
/** One line of the screen. `cursor`: the one that keys act upon. */
export type ScreenLine = { readonly spans: readonly Span[]; readonly cursor: boolean };

/** The whole screen: `rows` lines of at most `columns` columns, without a control character. Pure. */
export function draw(view: View, nowMs: number): readonly ScreenLine[] {
  const { columns, rows } = view;
  const body = view.help ? helpLines(listRows(view)) : listLines(view);
  const blank = Math.max(0, rows - HEAD_ROWS - 1 - body.length);
  const lines = [...headLines(view, nowMs), ...body, ...Array.from({ length: blank }, () => line([]))];
  return [...lines.slice(0, Math.max(0, rows - 1)), footLine(view)].slice(0, rows).map((one) => cutLine(one, columns));
}

const span = (text: string, style: Style = "plain"): Span => ({ text, style });
const line = (spans: readonly Span[], cursor = false): ScreenLine => ({ spans, cursor });

/** The headline on one line or two, and one about the director or why it is silent. */
function headLines({ outline, silence, columns }: View, nowMs: number): ScreenLine[] {
  const text = outline ? plainText(outline.headline) : "Asking the director...";
  const [first = "", ...rest] = wrapTo(text, columns);
  const head = [first, rest.join(" ")].filter((one) => one !== "");
  const about = silence ? silenceText(silence, nowMs, outline !== undefined) : (outline?.about.join("; ") ?? "");
  const lines = [
    ...head.map((one) => line([span(one, outline?.mark ?? "plain")])),
    line([span(plainText(about), silence ? "bad" : "dim")]),
    line([]),
  ];
  return lines.slice(0, HEAD_ROWS);
}

const silenceText = ({ sinceMs, reason }: Silence, nowMs: number, hasOld: boolean): string =>
  `NO ANSWER for ${durationText(nowMs - sinceMs)}${hasOld ? ", what is shown is as old" : ""}: ${reason}`;

const helpLines = (rows: number): ScreenLine[] =>
  HELP.slice(0, rows).map(([keys, does]) =>
    line(keys === "" ? [span(does, "title")] : [span(`  ${padTo(keys, 22)}`, "good"), span(does)]),
  );

function listLines(view: View): ScreenLine[] {
  const { lines, top, at, columns, outline, selection } = view;
  if (lines.length === 0 && outline) {
    const nothing = selection.filter === "" ? "everything is well" : `nothing has ${selection.filter} in it`;
    return [line([]), line([span(`  ${nothing}; Esc shows all`, "dim")])].slice(0, listRows(view));
  }
  return lines.slice(top, top + listRows(view)).map((one, i) => bodyLine(one, top + i === at.index, columns));
}

function bodyLine(body: BodyLine, cursor: boolean, columns: number): ScreenLine {
  const mark = cursor ? ">" : " ";
  switch (body.kind) {
    case "blank":
      return line([span(mark)], cursor);
    case "title":
      return line([span(mark), span(` ${body.text}`, "title")], cursor);
    case "text":
      return line([span(mark), span(`${" ".repeat(INDENT * (body.depth + 1) + 1)}${body.text}`, "dim")], cursor);
    case "row":
      return line([span(mark), ...rowSpans(body, columns)], cursor);
  }
}

/** The part of a line that its last cell gets, for which columns that are optional make place: it says why. */
const LAST_CELL = 0.5;

function rowSpans({ cells, widths, depth, open, row }: Extract<BodyLine, { kind: "row" }>, columns: number): Span[] {
  const sign = open ? "-" : row.children.length > 0 ? "+" : " ";
  const indent = `${" ".repeat(INDENT * depth)} ${sign} `;
  const last = cells.length - 1;
  const kept = keptColumns(cells, widths, columns - indent.length - 1);
  const spans = cells.flatMap(({ text, mark }, i): Span[] => {
    const width = widths[i] ?? 0;
    if (!kept.has(i) || width === 0) return [];
    const said = plainText(text);
    return [span(i === last ? said : `${padTo(said, width)}  `, mark)];
  });
  return [span(indent), ...spans];
}

/** The columns for which there is place: those that are optional go first, from the right. */
function keptColumns(
  cells: Extract<BodyLine, { kind: "row" }>["cells"],
  widths: readonly number[],
  columns: number,
): Set<number> {
  const kept = new Set(cells.keys());
  const last = cells.length - 1;
  const wanted = Math.min(widths[last] ?? 0, Math.floor(LAST_CELL * columns));
  const taken = (): number => [...kept].reduce((sum, i) => sum + (i === last ? wanted : (widths[i] ?? 0) + 2), 0);
  for (let i = last - 1; i > 0 && taken() > columns; i--) if (cells[i]?.optional) kept.delete(i);
  return kept;
}

/** What can be done, or the filter while it is typed; and where we are. */
function footLine(view: View): ScreenLine {
  const { columns, lines, at, selection, typingOver, help } = view;
  const place = lines.length === 0 ? "" : ` ${at.index + 1}/${lines.length} `;
  const text =
    typingOver === undefined
      ? help
        ? " any key goes back"
        : keysText(selection)
      : ` filter: ${plainText(selection.filter)}_  (Enter keeps it, Esc drops it)`;
  const room = columns - widthOf(place);
  return line([span(padTo(cutTo(text, room), room) + place, "bar")]);
}

const keysText = ({ filter, order, troubleOnly }: View["selection"]): string =>
  [
    " q quit",
    "? help",
    filter === "" ? "/ filter" : `/ filter: ${plainText(filter)}`,
    `s sort: ${order}`,
    troubleOnly ? "t trouble only" : "t all shown",
    "Enter expand",
  ].join("  ");

/** Cut at the edge of the screen. */
function cutLine({ spans, cursor }: ScreenLine, columns: number): ScreenLine {
  const kept: Span[] = [];
  let room = columns;
  for (const { text, style } of spans) {
    if (room <= 0) break;
    const part = cutTo(text, room);
    kept.push({ text: part, style });
    room -= widthOf(part);
  }
  return { spans: kept, cursor };
}
