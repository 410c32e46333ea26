import { type Entry, entries, entriesNamed, pathOf } from "../config/docs.ts";
import { type ExplainStyle, explainEntries, explainWord } from "../config/explain.ts";
import { languageWords, predefined } from "../config/language.ts";
import { closest } from "../config/suggest.ts";
import { wrap } from "../config/wrap.ts";
import { codeEntries, codeNames } from "../process/codes.ts";
import { explainCode } from "../process/codes-page.ts";
import { explainMessage, type MessageEntry, messageEntries } from "../process/messages-page.ts";
import { root } from "../process/options.ts";

/** Prints the manual of a keyword (`priority`, or `real_server.weight` for one place of several, or `virtual_ipaddress[].dev`
 *  for an option of a line), of a word of the language (`~SEQ`), of a code of a diagnostic (`lint/no-vip`) or of a message
 *  of the log (`quorum.lost`), and gives the exit status: 1 for one that is not known. */
export async function explainCommand(keyword: string): Promise<number> {
  if (keyword.includes("/")) return explainDiagnostic(keyword);
  const found = entriesNamed(root, keyword);
  if (found.length > 0) {
    process.stdout.write(`${explainEntries(found, style())}\n`);
    return 0;
  }
  const words = [...languageWords, ...predefined].filter(({ name }) => bare(name) === bare(keyword));
  if (words.length > 0) process.stdout.write(`${words.map((word) => explainWord(word, style())).join("\n\n")}\n`);
  if (words.length > 0) return 0;
  const messages = messageEntries.filter(({ event }) => event === keyword);
  if (messages.length > 0) process.stdout.write(`${messages.map(paragraphs).join("\n\n")}\n`);
  if (messages.length > 0) return 0;
  process.stderr.write(`unknown keyword ${keyword}${hint(keyword)}\n`);
  return 1;
}

function explainDiagnostic(code: string): number {
  const entry = codeEntries.find((one) => one.code === code);
  if (entry) {
    process.stdout.write(`${wrapped(explainCode(entry))}\n`);
    return 0;
  }
  const near = closest(code, codeNames());
  process.stderr.write(
    `unknown code ${code}${near ? `: did you mean ${near}?` : "; docs/diagnostics.md lists them all"}\n`,
  );
  return 1;
}

const paragraphs = (message: MessageEntry): string => wrapped(explainMessage(message));

/** A title, and its paragraphs in the terminal's width. */
function wrapped(text: string): string {
  const [title, ...parts] = text.split("\n\n");
  return [title, ...parts.map((part) => wrap(part.trim(), style().columns, 2).join("\n"))].join("\n\n");
}

/** `$_PWD`, `${_PWD}` and `_PWD` are one. */
const bare = (name: string): string => name.replace(/[${}]/g, "");

/** A terminal's width up to what is good to read; bold where it shows. */
function style(): ExplainStyle {
  const { columns, isTTY } = process.stdout;
  return { columns: Math.min(columns ?? 100, 100), bold: isTTY === true && !process.env.NO_COLOR };
}

/** The nearest name, in the block named before it or anywhere; or where a keyword is that is not in that block. */
function hint(keyword: string): string {
  const all = entries(root);
  const dot = keyword.lastIndexOf(".");
  const [block, last] = [keyword.slice(0, Math.max(dot, 0)), keyword.slice(dot + 1)];
  const elsewhere = dot < 0 ? [] : entriesNamed(root, last);
  if (elsewhere.length > 0) return `: there is ${elsewhere.slice(0, 4).map(pathOf).join(", ")}${more(elsewhere)}`;
  const inside = dot < 0 ? [] : all.filter(({ path }) => `.${path.join(".")}`.endsWith(`.${block}`));
  const near = closest(last, namesOf(inside));
  if (near !== undefined) return `: did you mean ${block}.${near}?`;
  const any = closest(last, namesOf(all));
  return any ? `: did you mean ${any}?` : "; docs/keywords.md lists them all";
}

const namesOf = (found: readonly Entry[]): ReadonlySet<string> => new Set(found.map(({ member }) => member.name));

const more = (places: readonly Entry[]): string => (places.length > 4 ? ", …" : "");
