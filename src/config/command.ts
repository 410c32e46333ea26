import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { ValueType } from "./row.ts";

/** A command as the file has it: its words unquoted, and the account named after it. Which program and which account that
 *  is, is found out where accounts and files are looked at. */
export type CommandLine = {
  readonly words: readonly string[];
  readonly user?: string;
  readonly group?: string;
};

/** `"COMMAND ARGUMENTS" [USER [GROUP]]`: only the first word of the line is the command, so arguments need quotes.
 *  Without `account` more words are no account, and are ignored as keepalived does. */
export const command = (options: { readonly account: boolean }): ValueType<CommandLine> => ({
  syntax: options.account ? '"COMMAND ARGUMENTS" [USER [GROUP]]' : '"COMMAND ARGUMENTS"',
  body: "none",
  read: (words) => {
    const first = words.need("a command");
    if (!first) return undefined;
    const rest = words.takeAll();
    if (/^[\u201c\u201d\u2018\u2019]/.test(first.text))
      return words.bad(first, "a command", { hint: "write plain quotes instead of typographic ones" });
    const line = splitQuoted(rawText(first, rest.at(-1) ?? first), false);
    const commandWord = line?.[0];
    const argv = commandWord === undefined ? undefined : splitQuoted(stripOuter(commandWord), true);
    if ([first, ...rest].some(isUnterminated)) return undefined; // that has been reported
    if (!line || !argv) return words.bad(first, "a command", { hint: "a quote is open at the end of the line" });
    if (argv.some((word) => word.includes("\0")))
      return words.bad(first, "a command", { hint: "no program can be given a NUL character" });
    if (argv.length === 0 || argv[0] === "") return words.bad(first, "a command", { hint: "it is empty" });
    return { words: argv, ...(options.account ? account(line) : extraWords(words, line, rest)) };
  },
});

function account(line: readonly string[]): { user?: string; group?: string } {
  const [user, group] = line.slice(1).map(stripOuter);
  return { ...(user !== undefined && { user }), ...(group !== undefined && { group }) };
}

function extraWords(words: Arguments, line: readonly string[], rest: readonly Token[]): object {
  const first = rest[0];
  if (line.length > 1 && first)
    words.problems.warning(
      "conf/extra-words",
      `${quote(first.text)} and what follows is not given to the command`,
      first,
      {
        hint: "put the command and its arguments between double quotes",
      },
    );
  return {};
}

const rawText = (first: Token, last: Token): string => first.source.text.slice(first.start, last.end);

/** The quotes that hold one word together as a whole; inside them the second splitting finds words again. */
function stripOuter(raw: string): string {
  const first = raw[0];
  return raw.length >= 2 && (first === '"' || first === "'") && raw.at(-1) === first && closesAt(raw) === raw.length - 1
    ? raw.slice(1, -1)
    : raw;
}

function closesAt(raw: string): number {
  for (let i = 1; i < raw.length; i++) {
    if (raw[i] === "\\") i++;
    else if (raw[i] === raw[0]) return i;
  }
  return -1;
}

/** Words of a raw text: `'…'` and `"…"` quote, adjacent parts join, a backslash protects the next character. `resolve`
 *  takes quotes off and resolves escapes; otherwise words are given raw. Undefined when a quote stays open. */
export function splitQuoted(raw: string, resolve: boolean): readonly string[] | undefined {
  const words: string[] = [];
  let current: string | undefined;
  let quoteOpen = "";
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i] as string;
    if (c === "\\" && i + 1 < raw.length) {
      const [value, length] = resolve ? unescaped(raw, i + 1) : [raw.slice(i, i + 2), 1];
      current = (current ?? "") + value;
      i += length;
    } else if (quoteOpen !== "" ? c === quoteOpen : c === '"' || c === "'") {
      quoteOpen = quoteOpen === "" ? c : "";
      current = (current ?? "") + (resolve ? "" : c);
    } else if (quoteOpen === "" && (c === " " || c === "\t")) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else current = (current ?? "") + c;
  }
  if (quoteOpen !== "") return undefined;
  return current === undefined ? words : [...words, current];
}

const LETTERS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The character an escape stands for, and how many characters after the backslash it took. */
function unescaped(raw: string, at: number): readonly [string, number] {
  const rest = raw.slice(at, at + 3);
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) return [String.fromCharCode(Number.parseInt(octal, 8) & 0xff), octal.length];
  const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
  if (hex) return [String.fromCharCode(Number.parseInt(hex[1] as string, 16)), hex[0].length];
  if (rest[0] === "c" && rest.length > 1) return [String.fromCharCode(rest.charCodeAt(1) & 0x1f), 2];
  const c = rest[0] as string;
  return [LETTERS[c] ?? c, 1];
}

/** Whether a word begins with a double quote that nothing closes. */
const isUnterminated = ({ quoted, source, start, end }: Token): boolean =>
  quoted && (end - start < 2 || source.text[end - 1] !== '"');
