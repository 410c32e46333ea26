import { Arguments } from "./arguments.ts";
import { type Problems, quote, relatedAt } from "./diagnostic.ts";
import { keywordHint } from "./keyword-hints.ts";
import type { Token } from "./lexer.ts";
import { realPlace } from "./origin.ts";
import { remarkOn } from "./remarks.ts";
import { type AnyBlock, type BlockOf, type BlockRow, type Member, ORIGIN, type Origin, type Row } from "./row.ts";
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

/** What is probably meant takes a while to find out, and a file of garbage has a million words that mean nothing. */
const MAX_HINTS = 1000;

type Values = Record<string, unknown> & { [ORIGIN]: Origin };

class Interpreter {
  readonly #problems: Problems;
  readonly #root: AnyBlock;
  /** Keyword → the blocks it may stand in; made when it is first needed. */
  #homes: ReadonlyMap<string, readonly string[]> | undefined;
  #hints = 0;
  readonly #defaults = new Map<AnyBlock, object>();

  constructor(root: AnyBlock, problems: Problems) {
    this.#root = root;
    this.#problems = problems;
  }

  block(schema: AnyBlock, statements: readonly Statement[], at: Statement | undefined, argument: unknown): Values {
    const values = Object.create(this.#defaultsOf(schema)) as Values;
    values.argument = argument;
    values[ORIGIN] = { statement: at ?? NOWHERE, statements, schema };
    for (const statement of statements) this.#statement(schema, statement, values);
    return values;
  }

  /** What a block's value is before anything is given in it: the prototype of its values, since most stay as they are. */
  #defaultsOf(schema: AnyBlock): object {
    const known = this.#defaults.get(schema);
    if (known) return known;
    const defaults: Record<string, unknown> = {};
    for (const member of schema.rows) {
      if (member.kind === "block" || (member.kind === "row" && member.repeat === "all")) defaults[member.name] = [];
      else if (member.kind === "row") defaults[member.name] = member.default;
    }
    this.#defaults.set(schema, defaults);
    return defaults;
  }

  #statement(schema: AnyBlock, statement: Statement, values: Values): void {
    const keyword = statement.words[0];
    const found = keyword.quoted ? undefined : schema.byName.get(keyword.text);
    if (!found) {
      this.#unknown(schema, statement);
      return;
    }
    const member = found.kind === "alias" ? found.of : found;
    remarkOn(found, keyword, this.#problems);
    if (member.kind === "block") this.#blockValue(member, statement, values);
    else if (member.kind === "row") this.#rowValue(schema, member, statement, values);
  }

  #rowValue(schema: AnyBlock, row: Row, statement: Statement, values: Values): void {
    const earlier = Object.hasOwn(values, row.name);
    if (earlier && row.repeat === "first") {
      const counts = values[ORIGIN].statements.find(({ words }) => words[0].text === statement.words[0].text);
      this.#problems.warning(
        "conf/repeated",
        `${quote(row.name)} is given twice: the first counts`,
        statement.words[0],
        {
          related: counts && [relatedAt("this one counts", wordsSpan(counts.words))],
        },
      );
      return;
    }
    const words = new Arguments(statement, this.#problems, 1);
    const takesBlock = row.type.body !== "none";
    if (takesBlock && !statement.block) return; // the parser has said what is missing
    if (takesBlock && row.type.named !== true) words.finish();
    const value = row.type.read(words);
    if (value === undefined) return;
    if (!takesBlock) words.finish(schema.byName);
    if (row.repeat === "all") append(values, row.name, value);
    else if (earlier && takesBlock && Array.isArray(value)) values[row.name] = [...(values[row.name] as []), ...value];
    else values[row.name] = value;
  }

  #blockValue(schema: AnyBlock, statement: Statement, values: Values): void {
    const words = new Arguments(statement, this.#problems, 1);
    const argument = schema.argument?.read(words);
    if (statement.block && (schema.argument === undefined || argument !== undefined)) words.finish();
    const statements = statement.block?.statements ?? [];
    const only = schema.repeat === "merge" ? (values[schema.name] as Values[])[0] : undefined;
    if (only) {
      this.#more(schema, statements, only);
      return;
    }
    const inner = this.block(schema, statements, statement, argument);
    if (schema.argument !== undefined && argument === undefined) return; // its argument has been reported
    append(values, schema.name, inner);
  }

  /** A later block of a keyword that is read as one: as if its lines stood at the end of the first. */
  #more(schema: AnyBlock, statements: readonly Statement[], values: Values): void {
    values[ORIGIN] = { ...values[ORIGIN], statements: [...values[ORIGIN].statements, ...statements] };
    for (const statement of statements) this.#statement(schema, statement, values);
  }

  #unknown(schema: AnyBlock, statement: Statement): void {
    const [keyword] = statement.words;
    if (!/^[A-Za-z_"$]/.test(keyword.text) && !statement.block && this.#strayText(keyword, statement)) return;
    else if (!this.#misplaced(schema, keyword)) this.#notAKeyword(schema, keyword, statement.words[1]?.text);
  }

  /** A line that begins with no letter of a keyword: the rest of a comment that somebody's editor wrapped. */
  #strayText(keyword: Token, statement: Statement): boolean {
    const first = keyword.text.codePointAt(0) ?? 0;
    if (first < 128) return false;
    const { source, start } = realPlace(keyword);
    const line = lineAt(source, start);
    const comment = /[#!]/.test(lineText(source, line - 1));
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
    const where = alternatives(nearestFirst(homes, schema).map(placeName));
    // A default of all instances is given in global_defs by a longer name: vrrp_garp_master_delay.
    const here = schema.byName.get(`vrrp_${keyword.text}`)?.name;
    this.#problems.error(
      "conf/wrong-block",
      `${quote(keyword.text)} belongs in ${where}; this is ${placeName(schema.name)}`,
      keyword,
      {
        hint: here ? `here it is ${quote(here)}` : "move it there; a `}` before it may be missing or too many",
      },
    );
    return true;
  }

  #notAKeyword(schema: AnyBlock, keyword: Token, next: string | undefined): void {
    this.#problems.error(
      "conf/unknown-keyword",
      `unknown keyword ${quote(keyword.text)} ${schema.name === "root" ? "at" : "in"} ${placeName(schema.name)}`,
      keyword,
      { hint: this.#hints++ < MAX_HINTS ? keywordHint(keyword.text, schema, next) : undefined },
    );
  }
}

const NOWHERE: Statement = { words: [{ text: "", source: { file: "", text: "" }, start: 0, end: 0, quoted: false }] };

/** "a", "a or b", "a, b or c", "a, b, c or 5 other blocks". */
const alternatives = (names: readonly string[]): string => {
  const listed = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} other blocks`] : names;
  return listed.length < 2 ? listed.join() : `${listed.slice(0, -1).join(", ")} or ${listed.at(-1)}`;
};

/** Of the blocks that a keyword may stand in, those within the one where it stands come first. */
function nearestFirst(homes: readonly string[], schema: AnyBlock): readonly string[] {
  const within = new Set<string>();
  const visit = ({ rows }: AnyBlock): void => {
    for (const member of rows) {
      if (member.kind !== "block" || within.has(member.name)) continue;
      within.add(member.name);
      visit(member);
    }
  };
  visit(schema);
  return [...homes.filter((name) => within.has(name)), ...homes.filter((name) => !within.has(name))];
}

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

/** Adds to a list of a block's value, whose default is the empty list of all blocks of its kind. */
function append(values: Values, name: string, value: unknown): void {
  if (Object.hasOwn(values, name)) (values[name] as unknown[]).push(value);
  else values[name] = [value];
}
