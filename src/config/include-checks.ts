import type { ValueType } from "./row.ts";
import { readChoice } from "./types.ts";

/** Which problems of an include are errors: a file that matches and cannot be read, a plain name or a directory that is not
 *  there, a pattern that matches nothing, one of the alternatives of `{a,b}` that matches nothing. */
export type IncludeChecks = {
  readonly read: boolean;
  readonly match: boolean;
  readonly wildcard: boolean;
  readonly brace: boolean;
};

export const NO_CHECKS: IncludeChecks = { read: false, match: false, wildcard: false, brace: false };
export const ALL_CHECKS: IncludeChecks = { read: true, match: true, wildcard: true, brace: true };

/** What the forms of `include` check beside what `include_check` asks for. */
const FORMS: Readonly<Record<string, Partial<IncludeChecks>>> = {
  include: {},
  includer: { read: true },
  includem: { read: true, match: true },
  includew: { read: true, match: true, wildcard: true },
  includeb: { read: true, brace: true },
  includea: ALL_CHECKS,
};

export const isInclude = (keyword: string): boolean => Object.hasOwn(FORMS, keyword);

export const checksOf = (keyword: string, asked: IncludeChecks): IncludeChecks => ({ ...asked, ...FORMS[keyword] });

const WORDS = ["read", "match", "wildcard_match", "brace_match"] as const;
type Word = (typeof WORDS)[number];

const CHECKED: Readonly<Record<Word, keyof IncludeChecks>> = {
  read: "read",
  match: "match",
  wildcard_match: "wildcard",
  brace_match: "brace",
};

/** A word of `include_check`: the sign before it, and which it is. */
function signed(text: string): { readonly sign: string | undefined; readonly name: string } {
  const sign = /^[+-]/.exec(text)?.[0];
  const name = sign === undefined ? text : text.slice(1);
  return { sign, name: name === "readable" ? "read" : name };
}

const isWord = (name: string): name is Word => Object.hasOwn(CHECKED, name);

/** What is checked after an `include_check` with these words. Words that are none of its own are left to who reads its value. */
export function changedChecks(before: IncludeChecks, words: readonly string[]): IncludeChecks {
  if (words.length === 0) return ALL_CHECKS;
  const after: { -readonly [K in keyof IncludeChecks]: boolean } = { ...before };
  words.forEach((word, index) => {
    const { sign, name } = signed(word);
    if (!isWord(name) || (sign === undefined && index > 0)) return;
    if (sign === undefined) Object.assign(after, NO_CHECKS, { read: true });
    after[CHECKED[name]] = sign !== "-";
  });
  return after;
}

/** The value of `include_check`: `set` replaces what is checked, then `add` and `remove` apply. */
export type IncludeCheckWords = {
  readonly set?: readonly Word[];
  readonly add: readonly Word[];
  readonly remove: readonly Word[];
};

/** Words with `+` or `-` before them; nothing means all. A first word without a sign replaces the set, which then has `read`
 *  in any case; a later one has to have a sign. */
export function includeCheckWords(): ValueType<IncludeCheckWords> {
  return {
    syntax: `[[+|-]${WORDS.join("|")}]...`,
    body: "none",
    values: WORDS,
    show: ({ set, add, remove }) =>
      [...(set ?? []), ...add.map((name) => `+${name}`), ...remove.map((name) => `-${name}`)].join(" "),
    read: (words) => {
      if (words.rest === 0) return { set: WORDS, add: [], remove: [] };
      const changes: { set?: Word[]; add: Word[]; remove: Word[] } = { add: [], remove: [] };
      let first = true;
      for (let token = words.take(); token; token = words.take(), first = false) {
        const { sign, name } = signed(token.text);
        const check = readChoice(words, { ...token, text: name }, WORDS, false);
        if (check === undefined) return void words.takeAll();
        if (sign === "+") changes.add.push(check);
        else if (sign === "-") changes.remove.push(check);
        else if (first) changes.set = [...new Set<Word>(["read", check])];
        else {
          words.bad(token, "a word with `+` or `-` before it", { hint: `write \`+${check}\`` });
          return void words.takeAll();
        }
      }
      return changes;
    },
  };
}
