import { splitQuoted } from "../config/command.ts";
import { quote } from "../config/diagnostic.ts";
import { row, type ValueType } from "../config/row.ts";
import { flag, int, MAX_INT32, readChoice, readInt } from "../config/types.ts";
import { PCRE2_OPTIONS } from "./pcre2.ts";

/** The rest of the line as one word: quotes are taken off and escapes resolved before the expression is compiled, so that
 *  a backslash of its own has to be doubled. */
const pattern = (): ValueType<string> => ({
  syntax: '"PATTERN"',
  body: "none",
  read: (words) => {
    const first = words.need("an expression");
    if (!first) return undefined;
    const last = words.takeAll().at(-1) ?? first;
    const raw = first.source.text.slice(first.start, last.end);
    const parts = splitQuoted(raw, true);
    const at = { source: first.source, start: first.start, end: last.end, text: raw };
    if (!parts) return words.bad(at, "an expression", { hint: "a quote is open at the end of the line" });
    const [value] = parts;
    if (value === undefined || value === "") return words.bad(at, "an expression", { hint: "it is empty" });
    if (parts.length > 1)
      return words.bad(at, "one expression", { hint: "put it between double quotes when it has blanks" });
    const single = /(?<!\\)(?:\\\\)*(\\[dDwWsSBRNXKGzZAQpP.*+?()[\]^$|])/.exec(raw)?.[1];
    if (single !== undefined)
      words.problems.warning("check/regex-escape", `${quote(single)} is read as ${quote(single.slice(1))} alone`, at, {
        hint: `write ${quote(`\\${single}`)}: the first backslash protects the second one`,
      });
    return value;
  },
});

const options = (): ValueType<readonly string[]> => ({
  syntax: "OPTION ...",
  body: "none",
  values: PCRE2_OPTIONS,
  read: (words) => {
    if (!words.need("names of PCRE2 options")) return undefined;
    words.takeAll();
    const found = words.statement.words.slice(1).map((token) => readChoice(words, token, PCRE2_OPTIONS, false));
    return found.includes(undefined) ? undefined : (found as readonly string[]);
  },
});

export type StackSizes = { readonly startBytes: number; readonly maxBytes: number };

const stackSizes = (): ValueType<StackSizes> => ({
  syntax: "START MAXIMUM",
  body: "none",
  unit: "bytes",
  read: (words) => {
    const [start, max] = [words.need("two sizes in bytes"), words.take()];
    if (!start) return undefined;
    if (!max) return words.bad(start, "a start size and a maximum", { hint: "e.g. `regex_stack 32768 524288`" });
    const startBytes = readInt(words, start, 1, MAX_INT32);
    const maxBytes = readInt(words, max, 1, MAX_INT32);
    if (startBytes === undefined || maxBytes === undefined) return undefined;
    if (maxBytes < startBytes) return words.bad(max, "a maximum", { hint: `it is less than the start, ${startBytes}` });
    return { startBytes, maxBytes };
  },
});

const url = { in: "url", process: "checker", since: "2.0.7" } as const;

/** An expression that the body of a page has to match. */
export const regexRows = [
  row({
    ...url,
    name: "regex",
    type: pattern(),
    doc: "Perl-compatible expression that the body has to match; its first MiB is looked at. Needs the library libpcre2-8.",
    example: 'regex "status: (ok|fine)"',
    rfc: "pcre2pattern(3)",
  }),
  row({
    ...url,
    name: "regex_no_match",
    type: flag(),
    default: false,
    doc: "The body must not match.",
    example: "regex_no_match",
  }),
  row({
    ...url,
    name: "regex_options",
    type: options(),
    doc: "How the expression is compiled: names of PCRE2 options in lower case.",
    example: "regex_options caseless multiline",
    rfc: "pcre2api(3)",
  }),
  row({
    ...url,
    name: "regex_min_offset",
    type: int({ min: 0, max: MAX_INT32, unit: "bytes" }),
    default: 0,
    doc: "Where in the body matching starts.",
    example: "regex_min_offset 100",
  }),
  row({
    ...url,
    name: "regex_max_offset",
    type: int({ min: 0, max: MAX_INT32, unit: "bytes" }),
    defaultText: "the end of the body",
    doc: "A match has to begin before this.",
    example: "regex_max_offset 4096",
  }),
  row({
    ...url,
    name: "regex_stack",
    type: stackSizes(),
    doc: "Stack of the compiled expression: what it starts with, and what it may grow to.",
    example: "regex_stack 32768 524288",
    rfc: "pcre2jit(3)",
    noEffect: "the expression is not compiled to machine code, and needs no stack of its own",
  }),
] as const;
