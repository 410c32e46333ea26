import type { Row } from "../outline/model.ts";
import { type LiveTexts, make } from "./live-texts.ts";

export type LiveTable = {
  readonly node: HTMLTableElement;
  /** Rows that are there already stay, in this order. */
  show(rows: readonly Row[]): void;
};

/** A table whose first column has the headings of its rows. */
export function createTable(caption: string, heads: readonly string[], texts: LiveTexts): LiveTable {
  const body = make("tbody");
  const over = make("tr", ...heads.map(headOf));
  const top = make("thead", over);
  const node = make("table", make("caption", caption), top, body);
  // Named one by one, since on a phone they are laid out as no table.
  node.role = "table";
  over.role = "row";
  body.role = top.role = "rowgroup";
  const known = new Map<string, HTMLTableRowElement>();
  const newRow = ({ key, cells }: Row): HTMLTableRowElement => {
    const made = make("tr", ...cells.map((_cell, i) => cellOf(heads[i] ?? "", i === 0)));
    made.role = "row";
    known.set(key, made);
    texts.follow(made);
    return made;
  };
  return {
    node,
    show(rows) {
      const wanted = new Set(rows.map(({ key }) => key));
      for (const [key, old] of known) {
        if (wanted.has(key)) continue;
        known.delete(key);
        texts.forget(old);
      }
      let at = body.firstElementChild;
      for (const one of rows) {
        const shown = known.get(one.key) ?? newRow(one);
        for (const [i, { text, mark }] of one.cells.entries())
          texts.put(shown.children[i] as HTMLElement, withoutHead(text, heads[i]), mark);
        if (shown === at) at = at.nextElementSibling;
        else body.insertBefore(shown, at);
      }
    },
  };
}

/** "150" of "priority 150" below "Priority". */
const withoutHead = (text: string, head = ""): string =>
  text.toLowerCase().startsWith(`${head.toLowerCase()} `) ? text.slice(head.length + 1) : text;

function headOf(text: string): HTMLTableCellElement {
  const head = make("th", text);
  head.scope = "col";
  head.role = "columnheader";
  return head;
}

function cellOf(label: string, isHead: boolean): HTMLTableCellElement {
  const cell = make(isHead ? "th" : "td");
  if (isHead) cell.scope = "row";
  cell.role = isHead ? "rowheader" : "cell";
  cell.dataset.label = label;
  return cell;
}
