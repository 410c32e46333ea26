import { commentStart, inQuotes } from "./comment.ts";
import type { Definitions, Surroundings } from "./definitions.ts";
import { type Problems, quote } from "./diagnostic.ts";
import { type Line, LineBuilder, lineFor, sliceLine, stretchOf, type Use } from "./origin.ts";
import { readSequence, type Sequence } from "./sequence.ts";
import { type Budget, type Substituted, substitute } from "./substitute.ts";

/** Lines that are yet to be expanded, the next one last: those of a definition, or the repetitions of a sequence. */
export type Work =
  | { readonly line: Line; readonly depth: number; readonly inFile: boolean }
  | { readonly lines: readonly Line[]; readonly use: Use; readonly depth: number; next: number }
  | { readonly sequence: Sequence; readonly list: Line; readonly rest: Line; readonly depth: number; next: number };

/** The lines of the file after the one being expanded, for definitions of several lines. */
export type MoreLines = () => Line | undefined;

const MAX_DEPTH = 64;
/** What all definitions and sequences of a configuration together may make: enough for 40,000 real servers. */
const MAX_LINES = 600_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** Of so many lines each character's origin is kept; of the others, where they are used, which takes less memory. */
const MAX_DETAILED_LINES = 50_000;
const MAX_REFERENCES = 2_500_000;

const CONDITION = /^@(\^?)(\S+)(?:\s+|$)/;
const DEFINITION = /^\$([A-Za-z_]\w*)=\s*/;
const SEQUENCE = /^~(SEQx?|LST)\(/;

/** Conditions, definitions and sequences, line by line in the order of reading; what is defined in one file holds in those
 *  read after it. A line is looked at again after its names are substituted: it may then begin with any of them. */
export class Expander {
  readonly #definitions: Definitions = new Map();
  readonly #around: Surroundings;
  readonly #problems: Problems;
  readonly #budget: Budget = { references: MAX_REFERENCES };
  #lines = 0;
  #characters = 0;
  /** Names that have been told to have no value where one was expected. */
  readonly #told = new Set<string>();

  constructor(around: Surroundings, problems: Problems) {
    this.#around = around;
    this.#problems = problems;
  }

  /** Does the last piece of work; gives the line it came to, if it came to one. `file` is the one being read. */
  step(work: Work[], file: string, more: MoreLines): Line | undefined {
    const next = work.at(-1) as Work;
    if ("line" in next) {
      work.pop();
      return this.#line(next.line, next.depth, work, file, next.inFile ? more : undefined);
    }
    if ("lines" in next) {
      const line = next.lines[next.next++] as Line;
      if (next.next === next.lines.length) work.pop();
      const builder = new LineBuilder();
      builder.copy(line, 0, line.text.length, next.use);
      return this.#line(builder.line(line), next.depth, work, file, undefined);
    }
    const { names } = next.sequence;
    const values = next.sequence.values(next.next++);
    if (next.next === next.sequence.count) work.pop();
    names.forEach((name, i) => {
      const value = values[i] as string;
      this.#definitions.set(name, {
        lines: [lineFor(value, stretchOf(next.list, 0, next.list.text.length))],
        message: `where \`$${name}\` is \`${value}\`, from this list`,
      });
    });
    return this.#line(next.rest, next.depth, work, file, undefined);
  }

  /** One line, as far as it goes: at most one condition, sequence or substitution a round. */
  #line(from: Line, depth: number, work: Work[], file: string, more: MoreLines | undefined): Line | undefined {
    let line = content(from);
    if (!this.#hasRoom(line, work)) return undefined;
    for (let round = 0; line.text !== ""; round++) {
      if (depth + round > MAX_DEPTH) return this.#tooDeep(line, work);
      const condition = CONDITION.exec(line.text);
      if (condition) {
        const rest = sliceLine(line, condition[0].length);
        if ((condition[2] === this.#around.configId) === (condition[1] === "^")) {
          if (more && continues(rest)) valueLines(rest, more, 0); // the condition holds for the whole definition
          return undefined;
        }
        line = rest;
        continue;
      }
      if (this.#define(line, more)) return undefined;
      const sequence = SEQUENCE.exec(line.text);
      if (sequence) {
        this.#repeat(line, sequence, depth, work, file);
        return undefined;
      }
      const substituted = this.#substitute(line, file);
      if (!substituted) {
        this.#hasRoom(line, work);
        return undefined;
      }
      for (const { lines, use } of substituted.tails) work.push({ lines, use, depth: depth + 1, next: 0 });
      line = content(substituted.line);
      if (!substituted.changed || !/^[@$~]/.test(line.text)) return this.#isSpaced(line) ? undefined : this.#done(line);
    }
    return undefined;
  }

  #define(line: Line, more: MoreLines | undefined): boolean {
    const match = DEFINITION.exec(line.text);
    if (!match) return false;
    const name = match[1] as string;
    const value = sliceLine(line, match[0].length);
    const lines = more ? valueLines(value, more, MAX_LINES - this.#lines) : value.text === "" ? [] : [value];
    this.#lines += lines.length;
    this.#definitions.set(name, {
      lines,
      message: `in the expansion of ${quote(`$${name}`)}, defined here`,
    });
    return true;
  }

  #repeat(line: Line, match: RegExpExecArray, depth: number, work: Work[], file: string): void {
    const close = line.text.indexOf(")");
    const place = { source: line, start: 0, end: close < 0 ? line.text.length : close + 1 };
    if (close < 0) {
      this.#problems.error("conf/bad-sequence", `the list of ${quote(match[0])} is not closed`, place, {
        hint: "add the closing `)`",
      });
      return;
    }
    const list = this.#substitute(sliceLine(line, match[0].length, close), file);
    if (!list) {
      this.#hasRoom(line, work);
      return;
    }
    const sequence = readSequence(match[1] as "SEQ" | "SEQx" | "LST", list.line.text);
    if (sequence.ok)
      work.push({
        sequence: sequence.value,
        list: sliceLine(line, 0, close + 1),
        rest: content(sliceLine(line, close + 1)),
        depth: depth + 1,
        next: 0,
      });
    else this.#problems.error("conf/bad-sequence", sequence.error.message, place, { hint: sequence.error.hint });
  }

  #substitute(line: Line, file: string): Substituted | undefined {
    return substitute(line, file, {
      definitions: this.#definitions,
      around: this.#around,
      problems: this.#problems,
      budget: this.#budget,
    });
  }

  /** Whether there is more than can be expanded, so that nothing else is worth reading. */
  get exhausted(): boolean {
    return this.#told.has("");
  }

  #hasRoom(line: Line, work: Work[]): boolean {
    this.#characters += line.text.length;
    if (++this.#lines <= MAX_LINES && this.#characters <= MAX_CHARACTERS && this.#budget.references >= 0) return true;
    if (!this.#told.has("")) {
      this.#told.add("");
      this.#problems.error(
        "conf/too-large",
        "definitions and sequences make too many lines: the configuration is not read",
        { source: line, start: 0, end: line.text.length },
        { hint: `at most ${MAX_LINES}, ${MAX_CHARACTERS / 1024 / 1024} MiB` },
      );
    }
    work.length = 0;
    return false;
  }

  #tooDeep(line: Line, work: Work[]): undefined {
    this.#problems.error(
      "conf/definition-loop",
      `definitions and sequences nest deeper than ${MAX_DEPTH}: the line is left out`,
      { source: line, start: 0, end: line.text.length },
      { hint: "a definition cannot lead back to itself" },
    );
    work.length = 0;
    return undefined;
  }

  /** `$NAME = value`, which keepalived takes for a keyword. */
  #isSpaced(line: Line): boolean {
    const spaced = /^\$[A-Za-z_]\w*\s+=/.exec(line.text);
    if (!spaced) return false;
    const place = { source: line, start: 0, end: spaced[0].length };
    this.#problems.error("conf/bad-definition", "a definition has no blank before its `=`", place, {
      hint: `write ${quote(line.text.replace(/\s+=\s*/, "="))}`,
    });
    return true;
  }

  /** A line with nothing left to substitute. */
  #done(line: Line): Line {
    if (line.text.includes("$")) this.#remarks(line);
    this.#characters += line.text.length;
    if (this.#lines <= MAX_DETAILED_LINES) return line;
    const { source, start, end } = stretchOf(line, 0, line.text.length);
    return lineFor(line.text, { source, start, end });
  }

  /** Names that are left, where somebody most likely thought of a value. */
  #remarks(line: Line): void {
    let quoted = false;
    let seen = 0;
    for (const match of line.text.matchAll(/\$(?:\{([A-Za-z_]\w*)[ }]|([A-Za-z_]\w*))/g)) {
      const name = (match[1] ?? match[2]) as string;
      const definition = this.#definitions.get(name);
      const end = match.index + match[0].length;
      if (inQuotes(line.text.slice(seen, match.index))) quoted = !quoted;
      seen = match.index;
      if (definition && definition.lines.length > 1)
        this.#tell(
          `\\ ${name}`,
          line,
          match.index,
          end,
          `${quote(`$${name}`)} has several lines, and is not substituted here`,
          "it can stand at the end of a line only",
        );
      else if (definition && match[2] !== undefined)
        this.#tell(
          `$ ${name}`,
          line,
          match.index,
          end,
          `${quote(`$${name}`)} is not substituted before ${quote(line.text[end] ?? "")}`,
          `write ${quote(`\${${name}}`)}`,
        );
      else if (!definition && match[1] !== undefined && !quoted)
        this.#tell(
          name,
          line,
          match.index,
          end,
          `${quote(`\${${name}}`)} is not defined, and stays as it is`,
          `define it before its use: ${quote(`$${name}=VALUE`)}`,
        );
    }
  }

  #tell(key: string, source: Line, start: number, end: number, message: string, hint: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#problems.warning("conf/not-substituted", message, { source, start, end }, { hint });
  }
}

/** A line without its comment and the blanks at its ends. */
function content(line: Line): Line {
  const text = line.text.slice(0, commentStart(line.text));
  return sliceLine(line, text.length - text.trimStart().length, Math.max(text.trimEnd().length, 0));
}

const continues = (line: Line): boolean => DEFINITION.test(line.text) && line.text.endsWith("\\");

/** The lines of a definition: each that ends in a backslash goes on with the next one. An empty line ends them, one that has
 *  only a comment does not. There is room for so many. */
function valueLines(first: Line, more: MoreLines, room: number): readonly Line[] {
  const lines: Line[] = [];
  for (let line: Line | undefined = first; line; ) {
    const goesOn = line.text.endsWith("\\");
    const part = goesOn ? content(sliceLine(line, 0, line.text.length - 1)) : line;
    if (part.text !== "" && lines.length < room) lines.push(part);
    if (!goesOn) break;
    do {
      const next = more();
      line = next && content(next);
      if (next && line?.text === "" && next.text.trim() === "") return lines;
    } while (line?.text === "");
  }
  return lines;
}
