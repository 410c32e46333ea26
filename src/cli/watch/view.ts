import type { Outline } from "../../outline/model.ts";
import { type BodyLine, bodyLines, ORDERS, type Selection } from "./lines.ts";

/** A key as it was pressed: a name ("up", "return", "q"), and the text that it types, if any. */
export type Key = { readonly name: string; readonly ctrl: boolean; readonly text: string };

/** Why there is nothing new of the director; `sinceMs` monotonic. */
export type Silence = { readonly reason: string; readonly sinceMs: number };

/** The state of the live screen. */
export type View = {
  readonly columns: number;
  readonly rows: number;
  /** Absent: the director has not answered yet. */
  readonly outline: Outline | undefined;
  readonly silence: Silence | undefined;
  readonly selection: Selection;
  /** While a filter is typed: the one before. */
  readonly typingOver: string | undefined;
  readonly help: boolean;
  /** Made of outline, selection and columns. */
  readonly lines: readonly BodyLine[];
  /** The line with the cursor, by its key and its place. */
  readonly at: { readonly key: string; readonly index: number };
  /** The first line of the list that is on the screen. */
  readonly top: number;
};

export type ViewEvent =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "told"; readonly outline: Outline }
  | { readonly type: "silent"; readonly silence: Silence }
  | { readonly type: "resized"; readonly columns: number; readonly rows: number };

export const firstView = (columns: number, rows: number): View => ({
  ...sized(columns, rows),
  outline: undefined,
  silence: undefined,
  selection: { filter: "", order: "as configured", troubleOnly: false, open: new Map() },
  typingOver: undefined,
  help: false,
  lines: [],
  at: { key: "", index: 0 },
  top: 0,
});

/** A terminal that does not know its size says 0. */
const sized = (columns: number, rows: number): Pick<View, "columns" | "rows"> => ({
  columns: columns > 0 ? columns : 80,
  rows: rows > 0 ? rows : 24,
});

/** The headline, what is said about the director, and the last line. */
export const HEAD_ROWS = 3;
const FOOT_ROWS = 1;
export const listRows = ({ rows }: Pick<View, "rows">): number => Math.max(0, rows - HEAD_ROWS - FOOT_ROWS);

/** The screen after an event; undefined: whoever looks wants to go. */
export function step(view: View, event: ViewEvent): View | undefined {
  switch (event.type) {
    case "key":
      return keyed(view, event.key);
    case "told":
      return relined({ ...view, outline: event.outline, silence: undefined });
    case "silent":
      return { ...view, silence: event.silence };
    case "resized":
      return relined({ ...view, ...sized(event.columns, event.rows) });
  }
}

function keyed(view: View, key: Key): View | undefined {
  if (key.ctrl && (key.name === "c" || key.name === "d")) return undefined;
  if (view.typingOver !== undefined) return typed(view, view.typingOver, key);
  if (view.help) return key.name === "q" ? undefined : { ...view, help: false };
  const page = Math.max(1, listRows(view) - 1);
  switch (key.ctrl ? `ctrl-${key.name}` : key.name) {
    case "q":
      return undefined;
    case "?":
    case "h":
    case "f1":
      return { ...view, help: true };
    case "up":
    case "k":
      return moved(view, -1);
    case "down":
    case "j":
      return moved(view, 1);
    case "pageup":
    case "ctrl-b":
    case "b":
      return moved(view, -page);
    case "pagedown":
    case "ctrl-f":
    case "space":
      return moved(view, page);
    case "home":
    case "g":
      return moved(view, -view.lines.length);
    case "end":
    case "G":
      return moved(view, view.lines.length);
    case "return":
    case "enter":
      return opened(view, (open) => !open);
    case "right":
    case "l":
    case "+":
      return opened(view, () => true);
    case "left":
    case "-":
      return opened(view, () => false);
    case "e":
      return allOpened(view);
    case "/":
      return { ...view, typingOver: view.selection.filter };
    case "escape":
      return selected(view, { filter: "", troubleOnly: false });
    case "s":
      return selected(view, { order: after(view, 1) });
    case "S":
      return selected(view, { order: after(view, -1) });
    case "d":
    case "t":
      return selected(view, { troubleOnly: !view.selection.troubleOnly });
    default:
      return view;
  }
}

/** A filter works while it is typed. */
function typed(view: View, before: string, key: Key): View {
  const { filter } = view.selection;
  const done = { ...view, typingOver: undefined };
  switch (key.ctrl ? `ctrl-${key.name}` : key.name) {
    case "return":
    case "enter":
      return done;
    case "escape":
      return selected(done, { filter: before });
    case "backspace":
    case "ctrl-h":
      return selected(view, { filter: [...filter].slice(0, -1).join("") });
    case "ctrl-u":
    case "ctrl-w":
      return selected(view, { filter: "" });
    default:
      return key.ctrl || key.text === "" ? view : selected(view, { filter: filter + key.text });
  }
}

const after = ({ selection }: View, step: number) => {
  const next = (ORDERS.indexOf(selection.order) + step + ORDERS.length) % ORDERS.length;
  return ORDERS[next] ?? "as configured";
};

const selected = (view: View, change: Partial<Selection>): View =>
  relined({ ...view, selection: { ...view.selection, ...change } });

function opened(view: View, to: (open: boolean) => boolean): View {
  const line = view.lines[view.at.index];
  if (line?.kind !== "row") return view;
  const open = to(line.open);
  const next = selected(view, { open: new Map([...view.selection.open, [line.key, open]]) });
  return open ? withBelow(next) : next;
}

/** What belongs to the line of the cursor on the screen too, as far as it fits. */
function withBelow(view: View): View {
  const { lines, at } = view;
  const depth = lines[at.index]?.depth ?? 0;
  let end = at.index;
  while ((lines[end + 1]?.depth ?? 0) > depth) end += 1;
  const top = Math.min(at.index, Math.max(view.top, end - listRows(view) + 1));
  return { ...view, top };
}

/** Opens what has others below it; or closes it, when all of that is open. */
function allOpened(view: View): View {
  const keys = (view.outline?.sections ?? []).flatMap(({ rows }) => rows).filter(({ children }) => children.length > 0);
  const isShown = new Map(view.lines.flatMap((line) => (line.kind === "row" ? [[line.key, line.open] as const] : [])));
  const to = keys.some(({ key }) => isShown.get(key) === false);
  return selected(view, { open: new Map([...view.selection.open, ...keys.map(({ key }) => [key, to] as const)]) });
}

/** The cursor stays on what it was on; where that is gone, at its place. */
function relined(view: View): View {
  const lines = view.outline ? bodyLines(view.outline, view.selection, view.columns) : [];
  const { key, index } = view.at;
  const same = lines[index]?.key === key ? index : lines.findIndex((line) => line.key === key);
  const place = same < 0 ? Math.min(index, lines.length - 1) : same;
  return scrolled({ ...view, lines }, stop(lines, place, 1) ?? stop(lines, place, -1) ?? 0);
}

/** To the next line that can be stood on. */
function moved(view: View, by: number): View {
  const { lines, at } = view;
  const last = lines.length - 1;
  const wanted = Math.max(0, Math.min(last, at.index + by));
  const way = by < 0 ? -1 : 1;
  const places = [stop(lines, wanted, way), stop(lines, wanted, -way)];
  return scrolled(view, places.find((place) => place !== undefined) ?? 0);
}

/** The first line from one on, this way, that is no heading and not blank. */
function stop(lines: View["lines"], from: number, way: number): number | undefined {
  for (let i = from; i >= 0 && i < lines.length; i += way) {
    const kind = lines[i]?.kind;
    if (kind === "row" || kind === "text") return i;
  }
  return undefined;
}

/** The cursor at a line, and that on the screen. */
function scrolled(view: View, wanted: number): View {
  const { lines } = view;
  const rows = Math.max(1, listRows(view));
  const index = Math.max(0, Math.min(lines.length - 1, wanted));
  const last = Math.max(0, lines.length - rows);
  // At the first line its heading is to be seen too.
  const highest = stop(lines, index - 1, -1) === undefined ? 0 : index;
  const top = Math.min(last, Math.max(Math.min(view.top, highest), index - rows + 1));
  return { ...view, at: { key: lines[index]?.key ?? "", index }, top: Math.max(0, top) };
}
