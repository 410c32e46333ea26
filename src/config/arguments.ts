import { type Extra, type Placed, type Problems, quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { type Statement, wordsSpan } from "./tree.ts";

/** The words after a keyword, taken one by one by the value's type. */
export class Arguments {
  readonly statement: Statement;
  readonly problems: Problems;
  readonly #words: readonly Token[];
  /** What the words are, for messages: "`priority`", or "an item of `track_script`". */
  #label: string | undefined;
  /** The option of the line that is being read: where missing words are reported. */
  #option: Token | undefined;
  #next: number;

  /** `first` is the index of the first argument: 1 after a keyword, 0 for an item of a list. */
  constructor(statement: Statement, problems: Problems, first: 0 | 1, what?: string) {
    this.statement = statement;
    this.problems = problems;
    this.#words = statement.words;
    this.#next = first;
    this.#label = what;
  }

  /** What the words belong to, for messages. */
  get what(): string {
    return this.#label ?? quote(this.statement.words[0].text);
  }

  get rest(): number {
    return this.#words.length - this.#next;
  }

  /** The coming word, not taken yet. */
  peek(ahead = 0): Token | undefined {
    return this.#words[this.#next + ahead];
  }

  take(): Token | undefined {
    return this.#words[this.#next++];
  }

  /** All words that are left. */
  takeAll(): readonly Token[] {
    const all = this.#words.slice(this.#next);
    this.#next = this.#words.length;
    return all;
  }

  /** The next word, which has to be there: reports `expected` where it is not. */
  need(expected: string): Token | undefined {
    const word = this.take();
    if (word) return word;
    this.problems.error("conf/missing-value", `${this.what} needs ${inWords(expected)}`, this.#option ?? this.all());
    return undefined;
  }

  /** Reads the value of an option of the line: messages name the option. */
  within<T>(option: Token, read: () => T): T {
    const [outerLabel, outerOption] = [this.#label, this.#option];
    this.#label = quote(option.text);
    this.#option = option;
    const value = read();
    this.#label = outerLabel;
    this.#option = outerOption;
    return value;
  }

  /** The words of an item of this list. */
  item(statement: Statement, what: string): Arguments {
    return new Arguments(statement, this.problems, 0, what);
  }

  /** Reports that `word` is not what is expected there. */
  bad(word: Placed & { readonly text: string }, expected: string, extra?: Extra): undefined {
    this.problems.error(
      "conf/bad-value",
      `${quote(word.text)} is not ${expected}`,
      word,
      extra ?? { hint: `expected ${expected}` },
    );
    return undefined;
  }

  all(): Placed {
    return wordsSpan(this.#words);
  }

  /** Reports words that nothing took. `keywords` are those that may stand on lines of their own there. */
  finish(keywords?: { has(name: string): boolean }): void {
    const rest = this.#words.slice(this.#next);
    const [first] = rest;
    if (!first) return;
    if (keywords?.has(first.text) && !first.quoted) {
      this.problems.warning(
        "conf/two-on-a-line",
        `${quote(first.text)} is a keyword, and here it is not read: it stands on the line of ${this.what}`,
        wordsSpan(rest),
        { hint: "write it on a line of its own" },
      );
      return;
    }
    const slashes = first.text.startsWith("//") || first.text.startsWith("--") || first.text.startsWith(";");
    this.problems.warning(
      "conf/extra-words",
      `${rest.length === 1 ? "a word" : `${rest.length} words`} too many after ${this.what}: ignored`,
      wordsSpan(rest),
      { hint: slashes ? "comments begin with `#` or `!`" : "remove it, or put a `#` before it" },
    );
  }
}

/** "a name" for NAME: documentation has the name of a value where a sentence needs words. */
const inWords = (expected: string): string =>
  /^[A-Z]+$/.test(expected) ? `${/^[AEIO]/.test(expected) ? "an" : "a"} ${expected.toLowerCase()}` : expected;
