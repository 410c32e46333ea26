import type { ValueType } from "../config/row.ts";
import { readChoice } from "../config/types.ts";

const CHECKS = ["read", "match", "wildcard_match", "brace_match"] as const;
export type IncludeCheck = (typeof CHECKS)[number];

/** What `include_check` changes: `set` replaces what is checked, then `add` and `remove` apply. */
export type IncludeChecks = {
  readonly set?: readonly IncludeCheck[];
  readonly add: readonly IncludeCheck[];
  readonly remove: readonly IncludeCheck[];
};

/** Words with `+` or `-` before them; nothing means all. A first word without a sign replaces the set, which then has `read`
 *  in any case; a later one has to have a sign. */
export function includeChecks(): ValueType<IncludeChecks> {
  return {
    syntax: `[[+|-]${CHECKS.join("|")}]...`,
    body: "none",
    values: CHECKS,
    show: ({ set, add, remove }) =>
      [...(set ?? []), ...add.map((name) => `+${name}`), ...remove.map((name) => `-${name}`)].join(" "),
    read: (words) => {
      if (words.rest === 0) return { set: CHECKS, add: [], remove: [] };
      const changes: { set?: IncludeCheck[]; add: IncludeCheck[]; remove: IncludeCheck[] } = { add: [], remove: [] };
      let first = true;
      for (let token = words.take(); token; token = words.take(), first = false) {
        const sign = /^[+-]/.exec(token.text)?.[0];
        const name = sign === undefined ? token.text : token.text.slice(1);
        const check = readChoice(words, { ...token, text: name === "readable" ? "read" : name }, CHECKS, false);
        if (check === undefined) return void words.takeAll();
        if (sign === "+") changes.add.push(check);
        else if (sign === "-") changes.remove.push(check);
        else if (first) changes.set = [...new Set<IncludeCheck>(["read", check])];
        else {
          words.bad(token, "a word with `+` or `-` before it", { hint: `write \`+${check}\`` });
          return void words.takeAll();
        }
      }
      return changes;
    },
  };
}
