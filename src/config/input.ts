import type { Surroundings } from "./definitions.ts";
import type { Problems } from "./diagnostic.ts";
import { quote } from "./diagnostic.ts";
import { Expander, type Work } from "./expand.ts";
import { changedChecks, checksOf, type IncludeChecks } from "./include-checks.ts";
import { Lexer, type Segment, type Token } from "./lexer.ts";
import type { SourceText } from "./text.ts";

const MAX_FILES = 1000;
const MAX_INCLUDE_DEPTH = 16;

/** The files an `include` line names, read. Problems of reading them are reported by whoever reads. */
export type Includes = (pattern: Token, checks: IncludeChecks) => readonly SourceText[];

/** The segments of a file and of those it includes, one after the other, with all definitions expanded. */
export class Input {
  readonly #problems: Problems;
  readonly #includes: Includes;
  readonly #expander: Expander;
  readonly #reading: FileReader[] = [];
  /** The file that the last segment came from; it may have ended with it. */
  #current: FileReader;
  #files = 0;

  constructor(source: SourceText, problems: Problems, includes: Includes, around: Surroundings, checks: IncludeChecks) {
    this.#problems = problems;
    this.#includes = includes;
    this.#expander = new Expander(around, problems);
    this.#current = new FileReader(source, [source.file], checks, this.#expander, problems);
    this.#reading.push(this.#current);
  }

  /** Undefined at the end of the main file, and when there is too much to expand. */
  next(): Segment | undefined {
    const reader = this.#reading.at(-1);
    if (!reader || this.#expander.exhausted) return undefined;
    this.#current = reader;
    const segment = reader.next();
    if (segment.ends === "end") this.#reading.pop();
    return segment;
  }

  /** Whether reading ended before the end, because definitions make more than can be read. */
  get exhausted(): boolean {
    return this.#expander.exhausted;
  }

  /** The file that is being read. */
  get source(): SourceText {
    return this.#current.source;
  }

  /** `include_check WORDS`: holds to the end of its file, and in those that the file includes. */
  changeChecks(words: readonly string[]): void {
    this.#current.checks = changedChecks(this.#current.checks, words);
  }

  /** `include PATTERN` and its other forms: what comes next is read from the files it names. */
  include([keyword, pattern]: readonly [Token, ...Token[]]): void {
    const { chain, checks } = this.#current;
    if (!pattern) {
      this.#problems.error("conf/missing-value", `${quote(keyword.text)} needs a file or a pattern`, keyword, {
        hint: `e.g. ${quote(`${keyword.text} conf.d/*.conf`)}`,
      });
      return;
    }
    if (chain.length > MAX_INCLUDE_DEPTH) {
      this.#problems.error(
        "conf/include-depth",
        `files include each other more than ${MAX_INCLUDE_DEPTH} deep`,
        pattern,
        { hint: "does a file include itself under another name?" },
      );
      return;
    }
    if (this.#files > MAX_FILES) return; // that has been said, and what would be read is dropped
    for (const source of this.#includes(pattern, checksOf(keyword.text, checks)).toReversed()) {
      if (chain.includes(source.file))
        this.#problems.error(
          "conf/include-cycle",
          `${source.file} is being read already: it includes itself`,
          pattern,
          {
            hint: "remove this line, or name the other files",
          },
        );
      else if (this.#files++ < MAX_FILES)
        this.#reading.push(new FileReader(source, [...chain, source.file], checks, this.#expander, this.#problems));
      else if (this.#files === MAX_FILES + 1)
        this.#problems.error("conf/too-many-files", `more than ${MAX_FILES} files: the rest is not read`, pattern, {
          hint: "does a file include others again and again?",
        });
    }
  }
}

/** One file being read; `chain` are the files that include it, itself the last. */
class FileReader {
  readonly source: SourceText;
  readonly chain: readonly string[];
  checks: IncludeChecks;
  readonly #lexer: Lexer;
  readonly #expander: Expander;
  readonly #problems: Problems;
  /** Lines that came of definitions and are yet to be read, before the file goes on. */
  readonly #work: Work[] = [];
  #expanded: Lexer | undefined;

  constructor(
    source: SourceText,
    chain: readonly string[],
    checks: IncludeChecks,
    expander: Expander,
    problems: Problems,
  ) {
    this.source = source;
    this.chain = chain;
    this.checks = checks;
    this.#expander = expander;
    this.#problems = problems;
    this.#lexer = new Lexer(source, problems, true);
  }

  next(): Segment {
    for (;;) {
      const segment = this.#expanded ? this.#nextExpanded(this.#expanded) : this.#nextInFile();
      if (segment) return segment;
    }
  }

  #nextExpanded(lexer: Lexer): Segment | undefined {
    const segment = lexer.next();
    if (segment.ends !== "end") return segment;
    this.#expanded = undefined;
    return segment.words.length > 0 ? { words: segment.words, ends: "line" } : undefined;
  }

  #nextInFile(): Segment | undefined {
    if (this.#work.length === 0) {
      const segment = this.#lexer.next();
      if (segment.ends !== "special") return segment;
      const line = this.#lexer.takeLine();
      if (line) this.#work.push({ line, depth: 0, inFile: true });
    }
    const line = this.#expander.step(this.#work, this.source.file, () => this.#lexer.takeLine());
    if (line) this.#expanded = new Lexer(line, this.#problems);
    return undefined;
  }
}
