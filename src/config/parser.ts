import type { Surroundings } from "./definitions.ts";
import { type Placed, type Problems, quote, type Related, relatedAt } from "./diagnostic.ts";
import { type IncludeChecks, isInclude, NO_CHECKS } from "./include-checks.ts";
import { type Includes, Input } from "./input.ts";
import type { Segment, Token } from "./lexer.ts";
import { realPlace } from "./origin.ts";
import type { Alias, AnyBlock, Member } from "./row.ts";
import type { SourceText } from "./text.ts";
import { indentAt } from "./text.ts";
import { type Block, type Statement, wordsSpan } from "./tree.ts";

/** Deeper nesting than this is no configuration. keepalived's own has four levels. */
const MAX_DEPTH = 32;
/** The largest real configurations have about a million words. */
const MAX_WORDS = 4_000_000;

/** What a configuration is read with, beside its text. */
export type ParseOptions = Partial<Surroundings> & { readonly includeChecks?: IncludeChecks };

type Worded = Segment & { readonly words: readonly [Token, ...Token[]] };

type Frame = {
  /** The statement that opened this block; undefined for the file as a whole. */
  readonly opener: Statement | undefined;
  readonly statements: Statement[];
  /** The block's keywords; undefined in a list of items and in a block of no keyword. */
  readonly schema: AnyBlock | undefined;
  readonly opaque: boolean;
};

/** A text as a tree of statements and blocks. Where braces do not pair, the keywords tell where one was most likely meant:
 *  a block keyword that only an outer block can hold means that the inner one ended before it. */
export function parse(
  source: SourceText,
  root: AnyBlock,
  problems: Problems,
  includes: Includes,
  options: ParseOptions = {},
): readonly Statement[] {
  const { configId = "", env = {}, random = Math.random, includeChecks = NO_CHECKS } = options;
  const input = new Input(source, problems, includes, { configId, env, random }, includeChecks);
  return new Parser(root, problems, input).parse();
}

class Parser {
  readonly #problems: Problems;
  readonly #frames: Frame[];
  readonly #input: Input;
  #afterStray = false;
  #words = 0;
  /** A statement whose block has not begun yet, and whether it has to. */
  #pending: { readonly statement: Statement; readonly member: Member | undefined } | undefined;
  /** The brace that closed the last block. */
  #lastClose: Token | undefined;

  constructor(root: AnyBlock, problems: Problems, input: Input) {
    this.#problems = problems;
    this.#input = input;
    this.#frames = [{ opener: undefined, statements: [], schema: root, opaque: false }];
  }

  parse(): readonly Statement[] {
    for (let segment = this.#input.next(); segment; segment = this.#input.next()) {
      this.#words += segment.words.length + 1;
      if (this.#words > MAX_WORDS) {
        this.#problems.error("conf/too-large", `more than ${MAX_WORDS} words: the rest is not read`, this.#at());
        break;
      }
      if (segment.words.length > 0) this.#statement(segment as Worded);
      if (segment.ends === "open") this.#open(segment.brace as Token);
      else if (segment.ends === "close") this.#close(segment.brace as Token);
      if (this.#frames.length > MAX_DEPTH) {
        this.#problems.error("conf/too-deep", `blocks nest deeper than ${MAX_DEPTH}: the rest is not read`, this.#at());
        this.#frames.length = 1;
        break;
      }
    }
    if (this.#input.exhausted) return []; // hundreds of thousands of statements that nobody meant
    this.#finish();
    return (this.#frames[0] as Frame).statements;
  }

  get #top(): Frame {
    return this.#frames.at(-1) as Frame;
  }

  #at(): Placed {
    const last = this.#top.statements.at(-1)?.words[0];
    return last ?? { source: this.#input.source, start: 0, end: 0 };
  }

  #statement(segment: Worded): void {
    const statement: Statement = { words: segment.words, block: undefined };
    this.#afterStray = false;
    const keyword = segment.words[0];
    this.#settlePending(keyword);
    const opens = segment.ends === "open";
    this.#leaveEndedBlocks(keyword, opens);
    if (!this.#top.opaque && !keyword.quoted && isInclude(keyword.text)) {
      this.#input.include(segment.words);
      return;
    }
    if (keyword.text === "include_check" && this.#top.schema?.byName.has(keyword.text))
      this.#input.changeChecks(segment.words.slice(1).map(({ text }) => text));
    this.#reopen(keyword);
    this.#top.statements.push(statement);
    const member = behind(this.#top.schema?.byName.get(keyword.text));
    this.#pending = { statement, member };
  }

  /** A statement came where the block of the last one should have begun. */
  #settlePending(next: Token): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending || !takesBlock(pending.member)) return;
    const { statement, member } = pending;
    this.#problems.error(
      "conf/missing-open",
      `${quote(statement.words[0].text)} has no \`{\``,
      wordsSpan(statement.words),
      {
        hint: openHint(pending.statement, member, "add ` {` to the end of the line"),
        related: [relatedAt("expected before this", next)],
      },
    );
    const isItem = !hasItems(statement, member) || isDeeper(next, statement.words[0]);
    const inner = member?.kind === "block" ? member.byName.has(next.text) : isItem;
    const outer = this.#top.schema?.byName.has(next.text) === true;
    if (inner && (!outer || isDeeper(next, statement.words[0]))) this.#enter(statement, member);
  }

  /** Ends blocks that the keyword cannot stand in and an enclosing one can, when it opens a block of its own (in a list:
   *  always): their closing braces are missing. */
  #leaveEndedBlocks(keyword: Token, opens: boolean): void {
    const top = this.#top;
    if (this.#frames.length < 2 || keyword.quoted || top.schema?.byName.has(keyword.text)) return;
    for (let depth = top.opaque ? 0 : this.#frames.length - 2; depth >= 0; depth--) {
      const member = behind(this.#frames[depth]?.schema?.byName.get(keyword.text));
      if (!member || (top.opaque && !(opens && member.kind === "block"))) continue;
      const indented = top.opener !== undefined && this.#outdented(keyword, top);
      const isList = top.schema === undefined && !top.opaque;
      if (!(takesBlock(member) && (opens || depth > 0 || isList)) && !(isList && !looksLikeItem(keyword)) && !indented)
        return;
      this.#reportMissingClose(depth, keyword);
      this.#frames.length = depth + 1;
      return;
    }
  }

  /** Whether a line stands no deeper than the line that opened the block, whose own lines stand deeper. */
  #outdented(keyword: Token, frame: Frame): boolean {
    const opener = realPlace((frame.opener as Statement).words[0]);
    const first = frame.statements[0] && realPlace(frame.statements[0].words[0]);
    const here = realPlace(keyword);
    if (!first || first.source !== opener.source || here.source !== opener.source) return false;
    const outer = indentAt(opener.source, opener.start);
    return indentAt(first.source, first.start) > outer && indentAt(here.source, here.start) <= outer;
  }

  #reportMissingClose(depth: number, before: Token | undefined): void {
    const open = this.#frames.slice(depth + 1);
    const blamed = open.map((frame) => this.#blame(frame)).filter((statement) => statement !== undefined);
    const [first, ...others] = blamed.reverse();
    if (!first) return;
    const related: Related[] = others.map((other) =>
      relatedAt(`so is ${quote(other.words[0].text)}, opened here`, wordsSpan(other.words)),
    );
    if (before) related.push(relatedAt("it has to end before this", before));
    else related.push(relatedAt("it has to end after this", wordsSpan(lastStatement(first).words)));
    this.#problems.error(
      "conf/missing-close",
      `the block of ${quote(first.words[0].text)} is not closed`,
      wordsSpan(first.words),
      { hint: open.length === 1 ? "a `}` is missing" : `${open.length} \`}\` are missing`, related },
    );
  }

  /** The block whose brace is missing: of an open one, the innermost block at its end whose `}` stands in the column of
   *  the block around it. */
  #blame({
    opener,
    statements,
  }: Pick<Frame, "statements"> & { readonly opener: Statement | undefined }): Statement | undefined {
    if (!opener) return undefined;
    const last = statements.findLast((statement) => statement.block);
    const brace = last?.block?.close && realPlace(last.block.close);
    const outer = realPlace(opener.words[0]);
    if (!last?.block || !brace || brace.source !== outer.source) return opener;
    const inner = realPlace(last.words[0]);
    const column = indentAt(brace.source, brace.start);
    if (column !== indentAt(outer.source, outer.start) || column === indentAt(inner.source, inner.start)) return opener;
    return this.#blame({ opener: last, statements: last.block.statements });
  }

  /** A keyword of the block that has just been closed, where it cannot stand: the block's `}` came too early. Within a
   *  block the line has to stand deeper than that block's, since it may as well be in the wrong place. */
  #reopen(keyword: Token): void {
    const schema = this.#top.schema;
    const last = this.#top.statements.at(-1);
    const brace = last?.block?.close;
    const member = behind(last && schema?.byName.get(last.words[0].text));
    if (!brace || brace !== this.#lastClose || schema?.byName.has(keyword.text)) return;
    if (member?.kind !== "block" || !member.byName.has(keyword.text)) return;
    if (this.#frames.length > 1 && !isDeeper(keyword, last.words[0])) return;
    this.#problems.error("conf/extra-close", `this \`}\` ends ${quote(last.words[0].text)} too early`, brace, {
      hint: "remove it, or the one before it",
      related: [relatedAt(`${quote(keyword.text)} belongs in that block`, keyword)],
    });
    this.#lastClose = undefined;
    this.#frames.push({ opener: last, statements: (last.block as Block).statements, schema: member, opaque: false });
  }

  #open(brace: Token): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) {
      const { statement, member } = pending;
      if (member !== undefined && !takesBlock(member))
        this.#problems.error("conf/unexpected-block", `${quote(statement.words[0].text)} takes no block`, brace, {
          hint: "remove the `{`, what follows it and its `}`",
        });
      this.#enter(statement, member);
      return;
    }
    this.#strayBrace("conf/unexpected-open", "a `{` with nothing before it", brace);
    this.#frames.push({ opener: undefined, statements: [], schema: undefined, opaque: true });
  }

  #enter(statement: Statement, member: Member | undefined): void {
    const inList = this.#top.schema === undefined && !this.#top.opaque;
    const opaque = this.#top.opaque || inList || !takesBlock(member);
    statement.block = { statements: [], opaque, close: undefined };
    const schema = member?.kind === "block" ? member : undefined;
    this.#frames.push({ opener: statement, statements: statement.block.statements, schema, opaque });
  }

  /** Of several such braces in a row only the first is told. */
  #strayBrace(code: string, message: string, brace: Token): void {
    if (!this.#afterStray) this.#problems.error(code, message, brace, { hint: "remove it" });
    this.#afterStray = true;
  }

  #close(brace: Token): void {
    this.#settleAtClose(brace);
    const frame = this.#frames.length > 1 ? this.#frames.pop() : undefined;
    if (!frame) {
      this.#strayBrace("conf/extra-close", "a `}` with no block to end", brace);
      return;
    }
    if (frame.opener?.block) {
      frame.opener.block.close = brace;
      frame.opener.block.statements = frame.statements.slice(); // without the room that a list keeps to grow into
    }
    this.#lastClose = brace;
  }

  /** `keyword }`: the block of the keyword never began. */
  #settleAtClose(brace: Token): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending && takesBlock(pending.member))
      this.#problems.error(
        "conf/missing-open",
        `${quote(pending.statement.words[0].text)} has no block`,
        wordsSpan(pending.statement.words),
        {
          hint: openHint(pending.statement, pending.member, "add `{ }`, or remove the line"),
          related: [relatedAt("expected before this", brace)],
        },
      );
  }

  #finish(): void {
    const pending = this.#pending;
    if (pending && takesBlock(pending.member)) {
      const { words } = pending.statement;
      this.#problems.error("conf/missing-open", `${quote(words[0].text)} has no block`, wordsSpan(words), {
        hint: openHint(pending.statement, pending.member, "add `{ }`, or remove the line"),
      });
    }
    if (this.#frames.length > 1) this.#reportMissingClose(0, undefined);
  }
}

/** The row or block that an alias stands for. */
const behind = (member: Member | undefined): Exclude<Member, Alias> | undefined =>
  member?.kind === "alias" ? member.of : member;

/** Whether a line is indented further than another of the same file. */
function isDeeper(line: Token, than: Token): boolean {
  const [here, there] = [realPlace(line), realPlace(than)];
  return here.source === there.source && indentAt(here.source, here.start) > indentAt(there.source, there.start);
}

/** Whether items of a list stand on its line, and only the braces around them are missing. */
const hasItems = ({ words }: Statement, member: Member | undefined): boolean =>
  member?.kind === "row" && member.type.named !== true && words.length > 1;

/** What to write where a block is missing. */
function openHint(statement: Statement, member: Member | undefined, otherwise: string): string {
  const { words } = statement;
  const items = words.slice(1, 5).map(({ text }) => text);
  return hasItems(statement, member) ? `write ${quote(`${words[0].text} { ${items.join(" ")} }`)}` : otherwise;
}

const takesBlock = (member: Member | undefined): boolean =>
  member?.kind === "block" || (member?.kind === "row" && member.type.body !== "none");

/** What stands in lists: an address, or the weight of a tracker named like a keyword. */
const looksLikeItem = (word: Token): boolean => /^[\d:]/.test(word.text);

/** The last statement of a block, as deep as there is one. */
function lastStatement(statement: Statement): Statement {
  let last = statement;
  for (let next = last.block?.statements.at(-1); next; next = next.block?.statements.at(-1)) last = next;
  return last;
}
