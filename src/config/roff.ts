import { wrap } from "./wrap.ts";

/** Pieces of a page in the man macros of groff and mandoc. */
export type Release = { readonly version: string; readonly date: string };

export const titleLine = (title: string, section: number, { version, date }: Release): string =>
  `.TH ${title} ${section} ${date} "lvskeeper ${version}"`;

/** Lines as they stand, under the text of an entry. */
export const exampleLines = (example: string): string[] => [
  ".RS 9",
  ".EX",
  ...example.split("\n").map((line) => guarded(escaped(line))),
  ".EE",
  ".RE",
];

/** Columns of the source, so that a reader of a difference sees it. */
const WIDTH = 78;

/** A paragraph: a sentence a line, `code` in bold, backticks gone. */
export function paragraph(text: string): string[] {
  const roff = text
    .split("`")
    .map((part, i) => (i % 2 === 1 ? `\\fB${escaped(part)}\\fR` : escaped(part)))
    .join("");
  return roff
    .split(/(?<=[.:;])\s+(?=[A-Z“]|\\fB[A-Z])/)
    .flatMap((sentence) => wrap(sentence.trim(), WIDTH, 0))
    .map(guarded);
}

/** Characters that roff has names for, or that a terminal without them would leave out; others by their number. */
const NAMED: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  "“": "\\(lq",
  "”": "\\(rq",
  "’": "\\(cq",
  "…": "...",
  "–": "\\(en",
  "—": "\\(em",
  "§": "section ",
  µ: "u",
  "×": "\\(mu",
};

/** Text as roff prints it. */
export const escaped = (text: string): string =>
  text.replace(
    /[\\\-'`^~]|[^ -~]/gu,
    (c) => NAMED[c] ?? `\\[u${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}]`,
  );

/** A line that would be a request is none. */
const guarded = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

/** The argument of a macro. */
export const argument = (text: string): string => `"${escaped(text).replaceAll('"', "\\(dq")}"`;
