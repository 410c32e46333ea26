import { native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { down, local, upVerdict } from "./checker.ts";
import type { BodyPattern, Verdict } from "./model.ts";

/** PCRE2_* of pcre2.h, by the names that the configuration has for them. */
const OPTIONS: Readonly<Record<string, number>> = {
  allow_empty_class: 0x1,
  alt_bsux: 0x2,
  auto_callout: 0x4,
  caseless: 0x8,
  dollar_endonly: 0x10,
  dotall: 0x20,
  dupnames: 0x40,
  extended: 0x80,
  firstline: 0x100,
  match_unset_backref: 0x200,
  multiline: 0x400,
  never_ucp: 0x800,
  never_utf: 0x1000,
  no_auto_capture: 0x2000,
  no_auto_possess: 0x4000,
  no_dotstar_anchor: 0x8000,
  no_start_optimize: 0x1_0000,
  ucp: 0x2_0000,
  ungreedy: 0x4_0000,
  utf: 0x8_0000,
  never_backslash_c: 0x10_0000,
  alt_circumflex: 0x20_0000,
  alt_verbnames: 0x40_0000,
  use_offset_limit: 0x80_0000,
  extended_more: 0x100_0000,
  literal: 0x200_0000,
  match_invalid_utf: 0x400_0000,
  endanchored: 0x2000_0000,
  no_utf_check: 0x4000_0000,
  anchored: 0x8000_0000,
};

/** The bytes of a page that are looked at. */
export const maxPatternBytes = 1024 * 1024;
/** An expression that backtracks without end is given up after this. It runs on a thread of its own. */
const matchLimitMs = 1000;

const bits = (options: readonly string[]): number =>
  options.reduce((sum, name) => (sum | (OPTIONS[name] ?? 0)) >>> 0, 0);

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
            bits(options),
            body,
            minOffset,
            maxOffset === undefined ? -1 : maxOffset - 1,
            matchLimitMs,
          );
    if (outcome === "timeout") return down("content", `${path}: ${name} found no end within 1 s`);
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
    const fault = native().patternError(Buffer.from(pattern), bits(options));
    return fault && `${fault.message}, at byte ${fault.offset} of the expression`;
  } catch {
    return undefined;
  }
}
