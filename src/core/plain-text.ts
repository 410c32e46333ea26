// What scripts, servers and peers said is shown on terminals: there a control character could move the cursor, color what
// follows or hide it, and one that turns the direction of writing could make a line read as another one.

const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const IS_SAFE = /^[\x20-\x7e]*$/;

/** The text on one line, with `by` in the place of what a terminal would act upon. */
export const withoutUnsafe = (text: string, by: string): string =>
  IS_SAFE.test(text) ? text : text.replaceAll(UNSAFE, by);

/** The text on one line, without anything that a terminal would act upon. */
export const plainText = (text: string): string =>
  withoutUnsafe(text, " ")
    .replaceAll(/\p{Cs}/gu, "\ufffd")
    .trim();
