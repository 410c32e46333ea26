import { plainText } from "../core/plain-text.ts";
import type { Outline, Row, Section } from "../outline/model.ts";
import { outlineOf } from "../outline/status.ts";
import type { DirectorStatus } from "../process/status.ts";
import { padTo, widthOf } from "./text-width.ts";

/** One screen that answers: does it serve, who is master, what is down, since when, and why. */
export const statusText = (status: DirectorStatus): string => outlineText(outlineOf(status));

export function outlineText({ headline, about, sections }: Outline): string {
  const blocks = [[headline, ...about].map(plainText), ...sections.map(sectionLines)];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function sectionLines({ title, rows, remarks }: Section): string[] {
  const inner = columns(rows.flatMap(({ children }) => children));
  let next = 0;
  return [
    plainText(title),
    ...columns(rows).flatMap((line, i) => {
      const count = rows[i]?.children.length ?? 0;
      next += count;
      return [`  ${line}`, ...inner.slice(next - count, next).map((one) => `    ${one}`)];
    }),
    ...remarks.map((remark) => `  ${plainText(remark)}`),
  ];
}

/** Rows as lines; every cell but the last as wide as its column, and a column that is empty left out. */
function columns(rows: readonly Row[]): string[] {
  const texts = rows.map(({ cells }) => cells.map(({ text }) => plainText(text)));
  const widths = columnWidths(texts);
  return texts.map((cells) =>
    cells
      .map((text, i) => (widths[i] === 0 ? "" : `${padTo(text, widths[i] ?? 0)}  `))
      .join("")
      .trimEnd(),
  );
}

/** How wide the widest text of each column is. */
export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const cells of rows)
    for (const [i, text] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(text));
  return widths;
}
