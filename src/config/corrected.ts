import { quote } from "./diagnostic.ts";
import type { ValueType } from "./row.ts";

/** Another value in the place of one that cannot be meant so; `why` completes "is read as VALUE: ". `hint` is what to do,
 *  where that is not to write the other value. */
export type Correction<T> = {
  readonly value: T;
  readonly shown: string;
  readonly why: string;
  readonly hint?: string;
};

/** As `type`, but where `correct` has a better value that one is taken, with a warning at the word. For what keepalived
 *  complains about and goes on with. */
export const corrected = <T>(type: ValueType<T>, correct: (value: T) => Correction<T> | undefined): ValueType<T> => ({
  ...type,
  read: (words) => {
    const at = words.peek();
    const value = type.read(words);
    const better = value === undefined ? undefined : correct(value);
    if (!at || !better) return value;
    words.problems.warning("conf/corrected", `${quote(at.text)} is read as ${quote(better.shown)}: ${better.why}`, at, {
      hint: better.hint ?? `write ${quote(better.shown)}`,
    });
    return better.value;
  },
});

/** A number is brought into `min` to `max`. */
export const clamped = (
  type: ValueType<number>,
  { min, max }: { readonly min: number; readonly max: number },
  why = `the range is ${min} to ${max}`,
): ValueType<number> =>
  corrected(type, (value) => {
    const near = Math.min(max, Math.max(min, value));
    return near === value ? undefined : { value: near, shown: String(near), why };
  });
