import stringWidth from "string-width";

const ASCII = /^[\x20-\x7e]*$/;
const characters = new Intl.Segmenter();

/** How many columns of a terminal a text takes; Chinese characters take two. It has no control characters. */
export const widthOf = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text));

export const padTo = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** Stands in the last column of a line that goes on. */
const CUT = ">";

/** The text within so many columns; a `>` at its end where something is left out. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width <= 0 ? "" : headOf(text, width - 1) + CUT;
}

/** As many whole characters as fit. */
function headOf(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, width);
  let head = "";
  let taken = 0;
  for (const { segment } of characters.segment(text)) {
    taken += widthOf(segment);
    if (taken > width) break;
    head += segment;
  }
  return head;
}

/** The words of a text in lines of at most `width` columns; a word that is longer is broken. */
export function wrapTo(text: string, width: number): string[] {
  const room = Math.max(2, width);
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = "";
    }
    while (widthOf(word) > room) {
      const head = headOf(word, room);
      lines.push(head);
      word = word.slice(head.length);
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
