import { Arguments } from "./arguments.ts";
import { type Problems, quote, relatedAt } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { type AnyBlock, type BlockOf, type BlockRow, type Member, ORIGIN, type Origin, type Row } from "./row.ts";
import { closest } from "./suggest.ts";
import { lineAt, lineText } from "./text.ts";
import { type Statement, wordsSpan } from "./tree.ts";

/** Reads the statements of a whole file as the values of its root block. */
export function interpret<N extends string, A, M extends readonly Member[]>(
  root: BlockRow<N, A, M>,
  statements: readonly Statement[],
  problems: Problems,
): BlockOf<BlockRow<N, A, M>> {
  const interpreter = new Interpreter(root, problems);
  return interpreter.block(root, statements, undefined, undefined) as BlockOf<BlockRow<N, A, M>>;
}

type Values = Record<string, unknown> & { [ORIGIN]: Origin };

class Interpreter {
  readonly #problems: Problems;
  readonly #root: AnyBlock;
  /** Keyword → the blocks it may stand in; made when it is first needed. */
  #homes: ReadonlyMap<string, readonly string[]> | undefined;
  /** Warnings about a keyword as such are given at its first place. */
  readonly #said = new Set<Member>();
  #definitionSeen = false;

  constructor(root: AnyBlock, problems: Problems) {
    this.#root = root;
    this.#problems = problems;
  }

  block(schema: AnyBlock, statements: readonly Statement[], at: Statement | undefined, argument: unknown): Values {
    const keywords = new Map<string, Statement>();
    const values: Values = { argument, [ORIGIN]: { statement: at ?? NOWHERE, keywords } };
    for (const member of schema.rows) {
      if (member.kind === "block" || (member.kind === "row" && member.repeat === "all")) values[member.name] = [];
      else if (member.kind === "row") values[member.name] = member.default;
    }
    for (const statement of statements) this.#statement(schema, statement, values, keywords);
    return values;
  }

  #statement(schema: AnyBlock, statement: Statement, values: Values, keywords: Map<string, Statement>): void {
    const [keyword] = statement.words;
    const found = keyword.quoted ? undefined : schema.byName.get(keyword.text);
    if (!found) {
      this.#unknown(schema, statement);
      return;
    }
    if (this.#hasReference(statement)) return;
    const member = found.kind === "alias" ? found.of : found;
    this.#remarks(found, keyword);
    if (found.notSupported !== undefined || found.noEffect !== undefined) return;
    if (member.kind === "block") this.#blockValue(member, statement, values);
    else if (member.kind === "row") this.#rowValue(member, statement, values, keywords);
    if (member.kind === "block") keywords.set(member.name, statement);
  }

  #rowValue(row: Row, statement: Statement, values: Values, keywords: Map<string, Statement>): void {
    const earlier = keywords.get(row.name);
    if (earlier && row.repeat === "first") {
      this.#problems.warning(
        "conf/repeated",
        `${quote(row.name)} is given twice: the first counts`,
        statement.words[0],
        {
          related: [relatedAt("this one counts", wordsSpan(earlier.words))],
        },
      );
      return;
    }
    const words = new Arguments(statement, this.#problems, 1);
    if (row.type.body !== "none") words.finish();
    if (row.type.body !== "none" && !statement.block) return; // the parser has said what is missing
    const value = row.type.read(words);
    if (value === undefined) return;
    if (row.type.body === "none") words.finish();
    if (row.repeat === "all") (values[row.name] as unknown[]).push(value);
    else if (row.type.body !== "none" && earlier) values[row.name] = [...(values[row.name] as []), ...(value as [])];
    else values[row.name] = value;
    keywords.set(row.name, statement);
  }

  #blockValue(schema: AnyBlock, statement: Statement, values: Values): void {
    const words = new Arguments(statement, this.#problems, 1);
    const argument = schema.argument?.read(words);
    if (schema.argument === undefined || argument !== undefined) words.finish();
    const inner = this.block(schema, statement.block?.statements ?? [], statement, argument);
    if (schema.argument !== undefined && argument === undefined) return; // its argument has been reported
    const list = values[schema.name] as Values[];
    const [only] = list;
    if (schema.repeat === "merge" && only) list[0] = merge(schema, only, inner);
    else list.push(inner);
  }

  /** What is to be said of a keyword whatever its value is. */
  #remarks(member: Member, keyword: Token): void {
    const name = quote(member.name);
    if (member.notSupported !== undefined)
      this.#problems.error("conf/not-supported", `${name} is not supported by this version`, keyword, {
        hint: member.notSupported,
      });
    if (this.#said.has(member)) return;
    this.#said.add(member);
    if (member.noEffect !== undefined)
      this.#problems.warning("conf/no-effect", `${name} is accepted, and has no effect: ${member.noEffect}`, keyword);
    if (member.deprecated !== undefined)
      this.#problems.warning("conf/deprecated", `${name} is an old form`, keyword, { hint: member.deprecated });
  }

  /** Definitions (`$NAME=value`) are no part of this version: said once, and values that use one are passed over. */
  #hasReference(statement: Statement): boolean {
    const word = statement.words.find(
      ({ text, quoted }) => !quoted && /^\$[A-Za-z_]\w*$|\$\{[A-Za-z_]\w*[ }]/.test(text),
    );
    if (!word) return false;
    this.#notSubstituted(word);
    return true;
  }

  #notSubstituted(at: Token): void {
    if (this.#definitionSeen) return;
    this.#definitionSeen = true;
    this.#problems.error(
      "conf/definition",
      "definitions (`$NAME=value` and its uses, `~SEQ`, `@id`) are not supported by this version",
      at,
      {
        hint: "write the values out",
      },
    );
  }

  #unknown(schema: AnyBlock, statement: Statement): void {
    const [keyword] = statement.words;
    if (/^(\$[A-Za-z_]|~(SEQ|LST)|@)/.test(keyword.text)) this.#notSubstituted(keyword);
    else if (this.#definitionSeen)
      return; // what the definitions make of the file is not known
    else if (!/^[A-Za-z_"$]/.test(keyword.text) && !statement.block && this.#strayText(keyword, statement)) return;
    else if (!this.#misplaced(schema, keyword)) this.#notAKeyword(schema, keyword);
  }

  /** A line that begins with no letter of a keyword: the rest of a comment that somebody's editor wrapped. */
  #strayText(keyword: Token, statement: Statement): boolean {
    const first = keyword.text.codePointAt(0) ?? 0;
    if (first < 128) return false;
    const line = lineAt(keyword.source, keyword.start);
    const comment = /[#!]/.test(lineText(keyword.source, line - 1));
    this.#problems.warning(
      "conf/stray-text",
      comment
        ? `not a keyword: looks like the rest of the comment on line ${line - 1}; ignored`
        : "not a keyword; ignored",
      wordsSpan(statement.words),
      { hint: "put a `#` before it" },
    );
    return true;
  }

  #misplaced(schema: AnyBlock, keyword: Token): boolean {
    this.#homes ??= homesOf(this.#root);
    const homes = this.#homes.get(keyword.text);
    if (!homes) return false;
    const [last, ...others] = [...homes].reverse().map(placeName);
    const where =
      others.length === 0
        ? last
        : `${others.slice(0, 5).reverse().join(", ")}${others.length > 5 ? ", …" : ""} or ${last}`;
    this.#problems.error(
      "conf/wrong-block",
      `${quote(keyword.text)} belongs in ${where}; this is ${placeName(schema.name)}`,
      keyword,
      {
        hint: "move it there; a `}` before it may be missing or too many",
      },
    );
    return true;
  }

  #notAKeyword(schema: AnyBlock, keyword: Token): void {
    const near = closest(keyword.text, schema.byName.keys());
    const hint = near
      ? `did you mean \`${near}\`?`
      : /^[\u201c\u201d\u2018\u2019]/.test(keyword.text)
        ? "write plain quotes instead of typographic ones"
        : undefined;
    this.#problems.error(
      "conf/unknown-keyword",
      `unknown keyword ${quote(keyword.text)} in ${placeName(schema.name)}`,
      keyword,
      { hint },
    );
  }
}

const NOWHERE: Statement = { words: [{ text: "", source: { file: "", text: "" }, start: 0, end: 0, quoted: false }] };

const placeName = (block: string): string => (block === "root" ? "the top level" : `\`${block}\``);

function homesOf(root: AnyBlock): ReadonlyMap<string, readonly string[]> {
  const homes = new Map<string, string[]>();
  const visit = (schema: AnyBlock): void => {
    for (const member of schema.rows) {
      const known = homes.get(member.name) ?? [];
      if (!known.includes(schema.name)) homes.set(member.name, [...known, schema.name]);
      if (member.kind === "block") visit(member);
    }
  };
  visit(root);
  return homes;
}

/** A later block of a keyword that is read as one: what it gives wins, its lists are added. */
function merge(schema: AnyBlock, before: Values, after: Values): Values {
  const merged = { ...before } as Values;
  for (const member of schema.rows) {
    const [a, b] = [before[member.name], after[member.name]];
    if (Array.isArray(a) && Array.isArray(b)) merged[member.name] = [...a, ...b];
    else if (after[ORIGIN].keywords.has(member.name)) merged[member.name] = b;
  }
  const keywords = new Map([...before[ORIGIN].keywords, ...after[ORIGIN].keywords]);
  merged[ORIGIN] = { statement: before[ORIGIN].statement, keywords };
  return merged;
}
