import { type Diagnostic, Problems } from "./diagnostic.ts";
import { lineText, type SourceText } from "./text.ts";

/** A format that is sometimes given to us under a wrong name, or instead of what should have become of it. */
type Format = {
  /** What the file is, in a sentence after "this is". */
  readonly name: string;
  readonly hint: string;
  /** The line (counted from 1) that tells it; undefined for other texts. */
  readonly tell: (lines: readonly Line[]) => number | undefined;
};

type Line = { readonly number: number; readonly text: string };

/** As many lines tell what a file is. */
const MAX_LINES = 400;

const WRONG_FILE = "name the keepalived.conf with -f";

/** At the first line alone. */
const first =
  (pattern: RegExp): Format["tell"] =>
  ([line]) =>
    line && pattern.test(line.text) ? line.number : undefined;

/** When so many lines are of a kind, and so large a part of all. */
const mostly =
  (pattern: RegExp, least: number, part: number): Format["tell"] =>
  (lines) => {
    const alike = lines.filter(({ text }) => pattern.test(text));
    return alike.length >= least && alike.length >= lines.length * part ? alike[0]?.number : undefined;
  };

/** When most lines that open or close no block are of a kind. */
const ofStatements =
  (pattern: RegExp): Format["tell"] =>
  (lines) =>
    mostly(pattern, 3, 0.6)(lines.filter(({ text }) => !/[{}]\s*$/.test(text)));

const FORMATS: readonly Format[] = [
  { name: "a program, a script for a shell or the like", hint: WRONG_FILE, tell: first(/^#!\s*\//) },
  {
    name: "XML or HTML",
    hint: "was a web page saved instead of the file?",
    tell: first(/^\s*<(!DOCTYPE|\?xml|html|[a-z]+>)/i),
  },
  { name: "JSON", hint: WRONG_FILE, tell: first(/^\s*(\{\s*("|$)|\[\s*(\{|"|$))/) },
  {
    name: "a file of [sections], as systemd and MySQL have them",
    hint: WRONG_FILE,
    tell: first(/^\s*\[[\w .-]+\]\s*$/),
  },
  {
    name: "a table saved by ipvsadm",
    hint: "`ipvsadm -R` restores it; as a configuration write virtual_server blocks",
    tell: mostly(/^-[AaE] -[tuf] /, 1, 0.5),
  },
  {
    name: "a configuration of ldirectord",
    hint: "write a virtual_server block for each `virtual=`",
    tell: mostly(/^(virtual|virtual6)\s*=|^\s+(real|real6|checktype|scheduler|fallback)\s*=/, 2, 0.4),
  },
  {
    name: "a configuration of haproxy",
    hint: WRONG_FILE,
    tell: mostly(/^(defaults|(frontend|backend|listen)\s+\S+)/, 1, 0),
  },
  { name: "a configuration of nginx", hint: WRONG_FILE, tell: ofStatements(/;\s*(#.*)?$/) },
  {
    name: "YAML",
    hint: "a keepalived.conf has a keyword and a value on a line, without `:`, and braces around blocks",
    tell: mostly(/^\s*(- )?[\w."'/-]+:(\s|$)|^---\s*$|^\s*- /, 2, 0.6),
  },
];

/** What a text is, when it is no configuration of ours at all: one finding instead of one for each of its lines. `blocks`
 *  are the block keywords of the top level: a text with one of them is a configuration, however odd the rest. */
export function foreignFormat(source: SourceText, blocks: ReadonlySet<string>): Diagnostic | undefined {
  const unfinished = unfinishedText(source);
  if (unfinished) return unfinished;
  const lines = firstLines(source);
  if (lines.some(({ text }) => blocks.has(/^\s*(\w+)(?=[\s{]|$)/.exec(text)?.[1] ?? ""))) return undefined;
  for (const { name, hint, tell } of FORMATS) {
    const number = tell(lines);
    if (number !== undefined)
      return at(source, number, "conf/other-format", `this is ${name}, not a keepalived.conf`, hint);
  }
  return undefined;
}

/** The first lines that are neither empty nor a comment; the first of all is kept when it is `#!`. */
function firstLines(source: SourceText): readonly Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let number = 1; lines.length < MAX_LINES && start < source.text.length && number < 10 * MAX_LINES; number++) {
    const lineEnd = source.text.indexOf("\n", start);
    const end = lineEnd < 0 ? source.text.length : lineEnd;
    const text = source.text.slice(start, Math.min(end, start + 500)).trimEnd();
    if (!/^\s*([#!]|$)/.test(text) || (number === 1 && text.startsWith("#!"))) lines.push({ number, text });
    start = end + 1;
  }
  return lines;
}

const MERGE = /^<{7} .*$/m;
const TEMPLATE_MARKS = /\{\{|\{%|<%/;
/** Beginnings and ends of what a template engine acts upon. */
const DIRECTIVES = [
  ["{%", "%}"],
  ["<%", "%>"],
] as const;

type Stretch = { readonly start: number; readonly end: number };

/** A text that something else should have worked on before. */
function unfinishedText(source: SourceText): Diagnostic | undefined {
  const merge = MERGE.exec(source.text);
  if (merge)
    return atPlace(
      source,
      merge.index,
      merge.index + merge[0].length,
      "conf/merge-conflict",
      "a merge that was not finished: both versions stand here",
      "keep one of both, and remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`",
    );
  const place = placeholderOf(source.text);
  if (!place) return undefined;
  return atPlace(
    source,
    place.start,
    place.end,
    "conf/template",
    "a place that a template engine should have filled in",
    "render the template first, and check what it gives",
  );
}

/** The first place for a template engine, line by line: one expression for the whole text would look for an end from each
 *  beginning, and take minutes for a file of them. */
function placeholderOf(text: string): Stretch | undefined {
  if (!TEMPLATE_MARKS.test(text)) return undefined;
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf("\n", start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    const line = text.slice(start, end);
    const place = /^\s*[#!]/.test(line) ? undefined : placeholderIn(line);
    if (place) return { start: start + place.start, end: start + place.end };
    start = end + 1;
  }
  return undefined;
}

/** `{{ … }}`, `{% … %}` or `<% … %>`: the leftmost of a line. */
function placeholderIn(line: string): Stretch | undefined {
  const places: Stretch[] = [];
  const value = /\{\{[^{}]*\}\}/.exec(line);
  if (value) places.push({ start: value.index, end: value.index + value[0].length });
  for (const [open, close] of DIRECTIVES) {
    const [start, last] = [line.indexOf(open), line.lastIndexOf(close)];
    if (start >= 0 && last >= start + open.length) places.push({ start, end: last + close.length });
  }
  return places.sort((a, b) => a.start - b.start)[0];
}

function at(source: SourceText, line: number, code: string, message: string, hint: string): Diagnostic {
  const text = lineText(source, line);
  const start = source.text.split("\n", line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const lead = text.length - text.trimStart().length;
  return atPlace(source, start + lead, start + text.trimEnd().length, code, message, hint);
}

function atPlace(
  source: SourceText,
  start: number,
  end: number,
  code: string,
  message: string,
  hint: string,
): Diagnostic {
  const problems = new Problems();
  problems.error(code, message, { source, start, end }, { hint });
  return problems.list[0] as Diagnostic;
}
