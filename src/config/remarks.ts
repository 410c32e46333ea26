import { NOT_SUPPORTED, type Problems, quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { Member } from "./row.ts";

/** Keywords of which something has been said, by the list it was said in. */
const said = new WeakMap<Problems, Set<Member>>();

/** Says what is to be said of a keyword whatever its value is: that it is not supported (each time), or an old form, or
 *  without effect (once a file). */
export function remarkOn(member: Member, keyword: Token, problems: Problems): void {
  const name = quote(member.name);
  const of = member.kind === "alias" ? member.of : member;
  const notSupported = member.notSupported ?? of.notSupported;
  const noEffect = member.noEffect ?? of.noEffect;
  if (notSupported !== undefined)
    problems.error(NOT_SUPPORTED, `${name} is not supported by this version`, keyword, { hint: notSupported });
  if (noEffect === undefined && member.deprecated === undefined) return;
  const known = said.get(problems) ?? new Set();
  if (known.has(member)) return;
  said.set(problems, known.add(member));
  if (noEffect !== undefined)
    problems.warning("conf/no-effect", `${name} is accepted, and has no effect: ${noEffect}`, keyword);
  if (member.deprecated !== undefined)
    problems.warning("conf/deprecated", `${name} is an old form`, keyword, { hint: member.deprecated });
}
