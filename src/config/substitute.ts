import { type Definition, type Definitions, predefined, type Surroundings } from "./definitions.ts";
import { type Problems, quote } from "./diagnostic.ts";
import { type Line, LineBuilder, lineFor, type Place, stretchOf, type Use, within } from "./origin.ts";

/** A line with its definitions substituted, and the lines that follow it out of definitions of several lines, those to be
 *  read first last. Undefined when it cannot be expanded; that has been reported. */
export type Substituted = { readonly line: Line; readonly tails: readonly Tail[]; readonly changed: boolean };
export type Tail = { readonly lines: readonly Line[]; readonly use: Use };

/** What all expansions of a configuration together may use: how many names may be looked up. */
export type Budget = { references: number };

/** keepalived's own lines end at 1022 characters. */
const MAX_LENGTH = 65_536;
const MAX_DEPTH = 64;
const MAX_REPLACEMENTS = 10_000;
/** Names that are only there once others are substituted: `${A${I}}`. */
const MAX_PASSES = 16;

/** `${NAME}`, `${NAME words}`, or `$NAME` before a blank, a comma, a closing parenthesis or the end. */
const REFERENCE = /\$(?:\{([A-Za-z_]\w*)(?: +([\w ]*))?\}|([A-Za-z_]\w*)(?=[ \t,)]|$))/y;
const ENDS_A_NAME = ["", " ", "\t", ",", ")"];

export type Reading = {
  readonly definitions: Definitions;
  readonly around: Surroundings;
  readonly problems: Problems;
  readonly budget: Budget;
};

/** Substitutes all names of a line that have a value, and the names in their values. `file` is the one being read. */
export function substitute(line: Line, file: string, reading: Reading): Substituted | undefined {
  const tails: Tail[] = [];
  let current = line;
  for (let pass = 0; current.text.includes("$"); pass++) {
    const one = new Pass(current, file, reading, tails);
    const next = one.run();
    if (!next) return undefined;
    if (!one.changed) return { line: current, tails, changed: pass > 0 };
    current = next;
    if (pass === MAX_PASSES) {
      one.fail("the names in it never end", { source: line, start: 0, end: line.text.length });
      return undefined;
    }
  }
  return { line: current, tails, changed: current !== line };
}

class Pass {
  readonly #line: Line;
  readonly #file: string;
  readonly #reading: Reading;
  readonly #tails: Tail[];
  readonly #out = new LineBuilder();
  #replacements = 0;

  constructor(line: Line, file: string, reading: Reading, tails: Tail[]) {
    this.#line = line;
    this.#file = file;
    this.#reading = reading;
    this.#tails = tails;
  }

  get changed(): boolean {
    return this.#replacements > 0;
  }

  run(): Line | undefined {
    return this.#expand(this.#line, undefined, "", true, []) ? this.#out.line(this.#line) : undefined;
  }

  /** Adds a text with its names substituted. `follows` is the character after it, `atEnd` whether a line ends with it, `path`
   *  the names in whose values it stands. */
  #expand(line: Line, use: Use | undefined, follows: string, atEnd: boolean, path: readonly string[]): boolean {
    const { text } = line;
    let done = 0;
    for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", Math.max(done, at + 1))) {
      REFERENCE.lastIndex = at;
      const match = REFERENCE.exec(text);
      if (!match) continue;
      if (--this.#reading.budget.references < 0) return false; // whoever keeps the budget says so
      const end = at + match[0].length;
      if (match[3] !== undefined && end === text.length && !ENDS_A_NAME.includes(follows)) continue;
      const name = (match[1] ?? match[3]) as string;
      const definition = match[2] === undefined ? this.#reading.definitions.get(name) : undefined;
      const lineEnds = atEnd && end === text.length;
      if (definition && definition.lines.length > 1 && !lineEnds) continue;
      const builtIn = definition ? undefined : predefined(name, match[2], this.#file, this.#reading.around);
      if (!definition && !builtIn) continue;
      const place = within(stretchOf(line, at, end), use) as Place & { readonly end: number };
      if (builtIn?.wrong !== undefined)
        this.#reading.problems.error("conf/bad-definition", `${quote(`\${${name}}`)} has no value`, placed(place), {
          hint: builtIn.wrong,
        });
      this.#out.copy(line, done, at, use);
      done = end;
      if (!this.#hasRoom(place)) return false;
      if (builtIn) this.#out.add(this.#literal(builtIn.text), place);
      else if (!this.#value(name, definition as Definition, place, text[end] ?? follows, lineEnds, path)) return false;
    }
    this.#out.copy(line, done, text.length, use);
    return this.#out.length <= MAX_LENGTH || this.#tooLong(use?.at ?? stretchOf(line, 0, text.length));
  }

  #value(
    name: string,
    { lines, message }: Definition,
    at: Place & { readonly end: number },
    follows: string,
    atEnd: boolean,
    path: readonly string[],
  ): boolean {
    if (path.includes(name)) return this.fail(`${quote(`$${name}`)} is used in its own value`, placed(at), LOOP);
    if (path.length === MAX_DEPTH) return this.fail(`definitions nest deeper than ${MAX_DEPTH}`, placed(at), LOOP);
    const [first, ...rest] = lines;
    if (!first) return true;
    const use = { at, message };
    if (rest.length > 0) this.#tails.push({ lines: rest, use });
    return this.#expand(first, use, follows, atEnd, [...path, name]);
  }

  /** A `#` or `!` that begins no comment. */
  #literal(text: string): string {
    return (text === "#" || text === "!") && !this.#out.inQuotes ? `\\${text}` : text;
  }

  #hasRoom(at: Place & { readonly end: number }): boolean {
    if (this.#replacements++ === MAX_REPLACEMENTS)
      return this.fail(`more than ${MAX_REPLACEMENTS} values in one line`, placed(at), TOO_LONG);
    return this.#out.length <= MAX_LENGTH || this.#tooLong(at);
  }

  #tooLong(at: Place & { readonly end: number }): false {
    return this.fail(`the line becomes longer than ${MAX_LENGTH} characters`, placed(at), TOO_LONG);
  }

  fail(message: string, at: ReturnType<typeof placed>, kind = LOOP): false {
    this.#reading.problems.error(kind.code, `${message}: the line is left out`, at, { hint: kind.hint });
    return false;
  }
}

const LOOP = { code: "conf/definition-loop", hint: "a definition cannot lead back to itself" };
const TOO_LONG = { code: "conf/too-large", hint: "does a definition multiply itself?" };

/** A place as diagnostics take it, its notes with it. */
const placed = (at: Place & { readonly end: number }): { source: Line; start: number; end: number } => ({
  source: lineFor(" ", at),
  start: 0,
  end: 1,
});
