import { brief, type Placed, type Problems, quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace } from "../config/place.ts";
import { ORIGIN, type Origin } from "../config/row.ts";
import { closest } from "../config/suggest.ts";
import type { Statement } from "../config/tree.ts";
import type { PlanContext } from "./plan-context.ts";

export type Named = { readonly argument: string; readonly [ORIGIN]: Origin };

/** Says of each block whose name another has already that it is so. */
export function reportDoubles(blocks: readonly Named[], keyword: string, { problems }: PlanContext): void {
  const first = new Map<string, Named>();
  for (const block of blocks) {
    const earlier = first.get(block.argument);
    if (earlier)
      problems.error("conf/duplicate", `there is another ${keyword} ${quote(block.argument)}`, blockPlace(block), {
        hint: "give it another name",
        related: [relatedAt("the other one", blockPlace(earlier))],
      });
    else first.set(block.argument, block);
  }
}

/** So many names of a file are looked for among so many others: a generated file may have thousands that are all wrong. */
const MAX_SUGGESTIONS = 50;
const MAX_CANDIDATES = 1000;

/** How many names have been looked for, by the list their problems are in. */
const asked = new WeakMap<Problems, number>();

/** The name that is probably meant, where that is found out in short time. */
export function nearName(name: string, known: Iterable<string>, problems: Problems): string | undefined {
  const before = asked.get(problems) ?? 0;
  asked.set(problems, before + 1);
  return before < MAX_SUGGESTIONS ? closest(name, [...known].slice(0, MAX_CANDIDATES)) : undefined;
}

/** Says that something names what is not there. */
export function undefinedName(
  kind: string,
  name: string,
  known: Iterable<string>,
  at: Placed,
  { problems }: PlanContext,
): void {
  const near = nearName(name, known, problems);
  problems.warning("vrrp/undefined-name", `there is no ${kind} ${quote(name)}: ignored`, at, {
    hint: near ? `did you mean ${quote(near)}?` : `add \`${kind} ${brief(name)} { … }\`, or remove this line`,
  });
}

/** Says of a name that stands before what it means. It is found here; keepalived finds only what it has read. */
export function definedLater(kind: string, definition: Named, at: Placed, { problems }: PlanContext): void {
  const name = quote(definition.argument);
  problems.warning("vrrp/defined-later", `${kind} ${name} stands after this: keepalived would not find it`, at, {
    hint: `move \`${kind} ${brief(definition.argument)} { … }\` before this, where keepalived reads the file too`,
    related: [relatedAt("it stands here", blockPlace(definition))],
  });
}

/** Which of two blocks of the top level stands first in the text, through included files. */
export class ReadingOrder {
  readonly #rank: ReadonlyMap<Statement, number>;

  constructor(root: { readonly [ORIGIN]: Origin }) {
    this.#rank = new Map(root[ORIGIN].statements.map((statement, index) => [statement, index]));
  }

  /** Index of the statement; -1 for one that is not of the top level. */
  rankOf(statement: Statement): number {
    return this.#rank.get(statement) ?? -1;
  }

  isAfter(a: { readonly [ORIGIN]: Origin }, b: { readonly [ORIGIN]: Origin }): boolean {
    return this.rankOf(a[ORIGIN].statement) > this.rankOf(b[ORIGIN].statement);
  }
}
