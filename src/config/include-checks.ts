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

const CHECK_NAMES: Readonly<Record<string, keyof IncludeChecks>> = {
  read: "read",
  readable: "read",
  match: "match",
  wildcard_match: "wildcard",
  brace_match: "brace",
};

/** What is checked after an `include_check` with these words. Words that are none of its own are left to who reads its value. */
export function changedChecks(before: IncludeChecks, words: readonly string[]): IncludeChecks {
  if (words.length === 0) return ALL_CHECKS;
  const after: { -readonly [K in keyof IncludeChecks]: boolean } = { ...before };
  words.forEach((word, index) => {
    const sign = /^[+-]/.exec(word)?.[0];
    const name = CHECK_NAMES[sign === undefined ? word : word.slice(1)];
    if (name === undefined || (sign === undefined && index > 0)) return;
    if (sign === undefined) Object.assign(after, NO_CHECKS, { read: true });
    after[name] = sign !== "-";
  });
  return after;
}
