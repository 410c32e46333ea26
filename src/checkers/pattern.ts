import { native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { down, local, secondsText, upVerdict } from "./checker.ts";
import type { BodyPattern, Verdict } from "./model.ts";
import { pcre2Bits } from "./pcre2.ts";

/** The bytes of a page that are looked at. */
export const maxPatternBytes = 1024 * 1024;
/** An expression that backtracks without end is given up after this. It runs on a thread of its own. */
const matchLimitMs = 1000;

const shown = (pattern: string): string => (pattern.length > 60 ? `${pattern.slice(0, 60)}...` : pattern);

/** Whether a body matches its expression, or does not where it must not. By PCRE2 itself, as keepalived does it, so that
 *  an expression means the same. */
export async function judgePattern(path: string, wanted: BodyPattern, body: Buffer): Promise<Verdict> {
  const { pattern, negate, options, minOffset, maxOffset } = wanted;
  const name = `the expression ${shown(pattern)}`;
  try {
    const outcome =
      minOffset > body.length
        ? "none"
        : await native().matchPattern(
            Buffer.from(pattern),
            pcre2Bits(options),
            body,
            minOffset,
            maxOffset === undefined ? -1 : maxOffset - 1,
            matchLimitMs,
          );
    if (outcome === "timeout")
      return down("content", `${path}: ${name} found no end within ${secondsText(matchLimitMs)}`);
    if ((outcome === "match") === negate)
      return down("content", `${path}: the body ${negate ? "matches" : "does not match"} ${name}`);
    return upVerdict;
  } catch (cause) {
    if (errnoCode(cause) === "ENOSYS")
      return local("`regex` needs the library libpcre2-8, which is not installed here");
    return down("content", `${path}: ${name} cannot be matched: ${messageOf(cause)}`);
  }
}

/** What is wrong with an expression, in the words of PCRE2; undefined: nothing, or there is no PCRE2 here to ask. */
export function patternFault({ pattern, options }: Pick<BodyPattern, "pattern" | "options">): string | undefined {
  try {
    const fault = native().patternError(Buffer.from(pattern), pcre2Bits(options));
    return fault && `${fault.message}, at byte ${fault.offset} of the expression`;
  } catch {
    return undefined;
  }
}
