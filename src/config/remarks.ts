import { NOT_SUPPORTED, type Problems, quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { Member } from "./row.ts";

/** Says what is to be said of a keyword whatever its value is: that it is not supported, or an old form, or without effect;
 *  at each place, since each has to be changed. */
export function remarkOn(member: Member, keyword: Token, problems: Problems): void {
  const of = member.kind === "alias" ? member.of : member;
  const notSupported = member.notSupported ?? of.notSupported;
  const noEffect = member.noEffect ?? of.noEffect;
  if (notSupported === undefined && noEffect === undefined && member.deprecated === undefined) return;
  const name = quote(member.name);
  if (notSupported !== undefined)
    problems.error(NOT_SUPPORTED, `${name} is not supported by this version`, keyword, { hint: notSupported });
  if (noEffect !== undefined)
    problems.warning("conf/no-effect", `${name} is accepted, and has no effect: ${noEffect}`, keyword);
  if (member.deprecated !== undefined)
    problems.warning("conf/deprecated", `${name} is an old form`, keyword, { hint: member.deprecated });
}
