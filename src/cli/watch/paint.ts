import { beginSynchronizedOutput, clearViewport, cursorTo, endSynchronizedOutput, eraseEndLine } from "ansi-escapes";
import type { ScreenLine, Style } from "./draw.ts";

/** Select Graphic Rendition, ECMA-48 8.3.117. Without color weight and inversion are left. */
const COLORED: Readonly<Record<Style, string>> = {
  plain: "",
  good: "32",
  bad: "1;31",
  title: "1",
  dim: "2",
  bar: "7",
};
const PLAIN: Readonly<Record<Style, string>> = { ...COLORED, good: "", bad: "1" };

/** A line with the escapes of its styles. */
export function paintLine({ spans, cursor }: ScreenLine, hasColors: boolean): string {
  const codes = hasColors ? COLORED : PLAIN;
  const texts = spans.map(({ text, style }) => {
    const code = [codes[style], cursor && style !== "bar" ? "7" : ""].filter((one) => one !== "").join(";");
    return code === "" || text === "" ? text : `\x1b[${code}m${text}\x1b[m`;
  });
  return texts.join("");
}

/** What to write so that a terminal which shows `before` shows `after`: the lines that changed, at once. Without `before`
 *  nothing is known of what it shows. A line is erased
 *  before it is written: behind a text that ends in the last column, some terminals would erase that column. */
export function repaint(before: readonly string[] | undefined, after: readonly string[]): string {
  const changed = after.flatMap((text, i) => (text === before?.[i] ? [] : [cursorTo(0, i) + eraseEndLine + text]));
  if (changed.length === 0) return "";
  return beginSynchronizedOutput + (before ? "" : clearViewport) + changed.join("") + endSynchronizedOutput;
}
