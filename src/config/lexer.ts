import { commentStart } from "./comment.ts";
import type { Problems } from "./diagnostic.ts";
import { quote } from "./diagnostic.ts";
import { type Line, lineOf } from "./origin.ts";
import type { SourceText } from "./text.ts";

/** A word or a brace. `text` has neither the double quotes around it nor the backslash of `\#`; the span includes both. */
export type Token = {
  readonly text: string;
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
};

/** The words of one line up to a brace or to its end; `brace` is the brace that ended it. Braces end a line wherever they
 *  stand, glued to a word as well; only double quotes protect them, and `${NAME}`, which is one word with its neighbours.
 *  `special`: the line to come may have something to expand, and has to be taken with takeLine. */
export type Segment = {
  readonly words: readonly Token[];
  readonly ends: "line" | "open" | "close" | "end" | "special";
  readonly brace?: Token;
};

/** A character that makes a line special, and where it stands next. */
type Mark = { readonly mark: string; at: number };

const TAB = 9;
const LF = 10;
const FF = 12;
const CR = 13;
const SPACE = 32;
const BANG = 33;
const QUOTE = 34;
const HASH = 35;
const DOLLAR = 36;
const BACKSLASH = 92;
const I = 105;
const OPEN = 123;
const CLOSE = 125;

/** Blanks that editors and web pages leave behind and nobody can see: no-break space, the zero-width ones, the wide one. */
const isOddBlank = (c: number): boolean =>
  c === 0xa0 || c === 0x3000 || c === 0xfeff || (c >= 0x2000 && c <= 0x200b) || c === 0x202f;
const isBlank = (c: number): boolean => c === SPACE || c === TAB || c === CR || c === FF || (c > 127 && isOddBlank(c));

/** Begins a line whose rest, braces too, is one word: what files to include. */
const INCLUDE = /(include[rmwba]?)[ \t]+/y;

/** Reads a text segment by segment. Never fails: what cannot be right is reported and read as best it can be. */
export class Lexer {
  readonly source: SourceText;
  readonly #problems: Problems;
  readonly #text: string;
  #at = 0;
  #oddBlankSeen = false;
  /** Where the next line begins that may have something to expand, and what makes it one. */
  #special = -1;
  readonly #marks: readonly Mark[];
  readonly #words: Token[] = [];

  /** With `expands`, lines with a `$` and those that begin with `@` or `~` are not read, but left for the caller. */
  constructor(source: SourceText, problems: Problems, expands = false) {
    this.source = source;
    this.#text = source.text;
    this.#problems = problems;
    this.#marks = expands ? ["$", "@", "~"].map((mark) => ({ mark, at: -1 })) : [];
    if (expands) this.#findSpecial();
  }

  /** The line to come, whole. Undefined at the end. */
  takeLine(): Line | undefined {
    const start = this.#at;
    if (start >= this.#text.length) return undefined;
    const lineEnd = this.#text.indexOf("\n", start);
    const end = lineEnd < 0 ? this.#text.length : lineEnd;
    this.#at = lineEnd < 0 ? end : end + 1;
    this.#findSpecial();
    return lineOf(this.source, start, this.#text.charCodeAt(end - 1) === CR && end > start ? end - 1 : end);
  }

  /** The first line from here on with a mark that counts: looked for once for each mark, so that lines without any cost
   *  nothing. */
  #findSpecial(): void {
    let first = this.#text.length;
    for (const mark of this.#marks) {
      if (mark.at < this.#at) mark.at = this.#nextMark(mark.mark);
      first = Math.min(first, mark.at);
    }
    this.#special = first === this.#text.length ? -1 : this.#lineStart(first);
  }

  /** Looks at each line once, however many marks it has. */
  #nextMark(mark: string): number {
    let at = this.#text.indexOf(mark, this.#at);
    while (at >= 0 && mark !== "$" && this.#text.slice(this.#lineStart(at), at).trim() !== "") {
      const lineEnd = this.#text.indexOf("\n", at);
      at = lineEnd < 0 ? -1 : this.#text.indexOf(mark, lineEnd);
    }
    return at < 0 ? this.#text.length : at;
  }

  #lineStart(at: number): number {
    return at === 0 ? 0 : this.#text.lastIndexOf("\n", at - 1) + 1;
  }

  next(): Segment {
    const list = this.#words; // one for all: what is kept of a segment has no room to grow into
    let count = 0;
    let lineBegins = this.#at === 0 || this.#text.charCodeAt(this.#at - 1) === LF;
    for (;;) {
      if (this.#at === this.#special) return { words: list.slice(0, count), ends: "special" };
      this.#skipBlanks();
      const start = this.#at;
      if (start >= this.#text.length) return { words: list.slice(0, count), ends: "end" };
      const c = this.#text.charCodeAt(start);
      if (c === LF) {
        this.#at++;
        if (count > 0) return { words: list.slice(0, count), ends: "line" };
        lineBegins = true;
      } else if (c === HASH || c === BANG) this.#skipComment();
      else if (c === OPEN || c === CLOSE) {
        this.#at++;
        const brace = this.#token(start, start, this.#at, false);
        return { words: list.slice(0, count), ends: c === OPEN ? "open" : "close", brace };
      } else if (lineBegins && c === I && count === 0 && this.#isInclude()) {
        list[count++] = this.#plainWord();
        const pattern = this.#restOfLine();
        if (pattern) list[count++] = pattern;
      } else list[count++] = c === QUOTE ? this.#quotedWord() : this.#plainWord();
    }
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text.charCodeAt(this.#at);
      if (!isBlank(c)) return;
      if (c > 127 && !this.#oddBlankSeen) this.#reportOddBlank(c);
    }
  }

  #reportOddBlank(c: number): void {
    this.#oddBlankSeen = true;
    const name = c === 0xa0 ? "a no-break space" : c === 0x3000 ? "a full-width space" : "an invisible character";
    this.#problems.warning(
      "conf/odd-blank",
      `${name} (U+${c.toString(16).toUpperCase().padStart(4, "0")}) is taken as a blank`,
      { source: this.source, start: this.#at, end: this.#at + 1 },
      { hint: "keepalived would take it as part of a word" },
    );
  }

  #isInclude(): boolean {
    INCLUDE.lastIndex = this.#at;
    return INCLUDE.test(this.#text);
  }

  /** Everything up to the comment or the end of the line, as one word; double quotes around it are no part of it. */
  #restOfLine(): Token | undefined {
    const lineEnd = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, lineEnd < 0 ? undefined : lineEnd);
    const rest = line.slice(0, commentStart(line)).trimEnd();
    const start = this.#at + rest.length - rest.trimStart().length;
    this.#at += rest.length;
    if (start === this.#at) return undefined;
    const quoted = /^"[^"]+"$/.test(rest.trimStart());
    return quoted ? this.#token(start, start + 1, this.#at - 1, true) : this.#token(start, start, this.#at, false);
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #token(start: number, textStart: number, end: number, quoted: boolean): Token {
    return { text: this.#text.slice(textStart, end), source: this.source, start, end: quoted ? end + 1 : end, quoted };
  }

  /** From a double quote to the next one on the line. A backslash keeps the quote after it from ending the word; what
   *  escapes mean is up to those keywords that have them. */
  #quotedWord(): Token {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      const c = this.#text.charCodeAt(at);
      if (c === BACKSLASH && this.#text.charCodeAt(at + 1) !== LF) at++;
      else if (c === QUOTE) {
        this.#at = at + 1;
        return this.#token(start, start + 1, at, true);
      } else if (c === LF) break;
    }
    return this.#unterminated(start);
  }

  #unterminated(start: number): Token {
    const lineEnd = this.#text.indexOf("\n", start);
    let end = lineEnd < 0 ? this.#text.length : lineEnd;
    if (this.#text.charCodeAt(end - 1) === CR && end > start + 1) end--;
    this.#at = end;
    const token = { text: this.#text.slice(start + 1, end), source: this.source, start, end, quoted: true };
    this.#problems.error(
      "conf/unterminated-quote",
      `the quote before ${quote(token.text.slice(0, 24))} is not closed on its line`,
      { source: this.source, start, end: start + 1 },
      { hint: 'add the closing `"`' },
    );
    return token;
  }

  #plainWord(): Token {
    const start = this.#at;
    let escaped = false;
    let at = start;
    for (; at < this.#text.length; at++) {
      const c = this.#text.charCodeAt(at);
      if (c === BACKSLASH) {
        const next = this.#text.charCodeAt(at + 1);
        if (next === HASH || next === BANG) escaped = true;
        if (next !== LF && next !== CR && !isBlank(next) && at + 1 < this.#text.length) at++;
      } else if (c === DOLLAR && this.#text.charCodeAt(at + 1) === OPEN) {
        at = this.#endOfReference(at);
      } else if (c === LF || c === QUOTE || c === HASH || c === BANG || c === OPEN || c === CLOSE || isBlank(c)) break;
    }
    this.#at = at;
    const token = this.#token(start, start, at, false);
    return escaped ? { ...token, text: token.text.replaceAll(/\\([#!])/g, "$1") } : token;
  }

  /** Offset of the `}` of `${NAME}` or `${_RANDOM 1 5}` at `at`; `at` itself where it is no reference. */
  #endOfReference(at: number): number {
    const reference = /^\$\{[A-Za-z_]\w*(?: [\w ]*)?\}/.exec(this.#text.slice(at, at + 80));
    return reference ? at + reference[0].length - 1 : at;
  }
}
