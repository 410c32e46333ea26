import type { Arguments } from "./arguments.ts";
import type { ValueType } from "./row.ts";

/** What documentation says of a type beside its syntax. */
export type Facts<T> = Pick<ValueType<T>, "unit" | "range" | "values" | "show" | "items">;

/** A type whose value is the words after the keyword, without a block. */
export const line = <T>(
  syntax: string,
  read: (words: Arguments) => T | undefined,
  facts: Facts<T> = {},
): ValueType<T> => ({ syntax, body: "none", ...facts, read });

/** A type of which nothing need be given: `bare` is its value then. */
export const optional = <T, const B = T>(type: ValueType<T>, bare: B): ValueType<T | B> => {
  const { unit, range, values, items } = type;
  const show = (value: T | B): string => (value === bare ? "" : (type.show?.(value as T) ?? String(value)));
  return {
    syntax: `[${type.syntax}]`,
    body: type.body,
    ...(unit !== undefined && { unit }),
    ...(range !== undefined && { range }),
    ...(values && { values }),
    ...(items && { items }),
    show,
    read: (words) => (words.rest === 0 ? bare : type.read(words)),
  };
};

/** A type whose value is made of another's. `map` gives undefined when it cannot be right, and has reported why by then. */
export const mapped = <T, U>(type: ValueType<T>, map: (value: T, words: Arguments) => U | undefined): ValueType<U> => {
  const { show: _, ...facts } = type;
  return {
    ...facts,
    read: (words) => {
      const value = type.read(words);
      return value === undefined ? undefined : map(value, words);
    },
  };
};
