import type { Line } from "./origin.ts";
import { directoryOf } from "./source.ts";

/** What a configuration may ask of its surroundings. */
export type Surroundings = {
  /** What `@id` is compared with, and `${_INSTANCE}`. */
  readonly configId: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A number from 0 to below 1, for `${_RANDOM}`. */
  readonly random: () => number;
};

/** A value: its lines, without blanks at both ends, and what is to be said of a place in them. A definition of several
 *  lines may begin with an empty one, which is left out here. */
export type Definition = { readonly lines: readonly Line[]; readonly message: string };

/** `$NAME=value`, in the order of reading: the last one counts, and one of a predefined name hides it. */
export type Definitions = Map<string, Definition>;

/** The text of a predefined name, `wrong` when it is used in a way that has none, or undefined when there is no such name.
 *  `argument` are the words after the name in `${_ENV HOME}`. */
export function predefined(
  name: string,
  argument: string | undefined,
  file: string,
  around: Surroundings,
): { readonly text: string; readonly wrong?: string } | undefined {
  const words = argument?.split(" ").filter((word) => word !== "") ?? [];
  if (name === "_RANDOM") return randomNumber(words, around.random);
  if (name === "_ENV")
    return words.length === 1
      ? { text: oneLine(around.env[words[0] as string] ?? "") }
      : { text: "", wrong: "after `_ENV` write the name of one variable" };
  if (argument !== undefined) return undefined;
  switch (name) {
    case "_PWD":
      return { text: directoryOf(file) };
    case "_INSTANCE":
      return { text: around.configId };
    case "_HASH":
      return { text: "#" };
    case "_BANG":
      return { text: "!" };
    default:
      return undefined;
  }
}

/** A line end in a variable would end the line that it is used in. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]+/g, " ");

/** `${_RANDOM}`, `${_RANDOM min}`, `${_RANDOM min max}`: a whole number from min to max, both included. */
function randomNumber(words: readonly string[], random: () => number): { text: string; wrong?: string } {
  const [min = 0, max = 32_767] = words.map(Number);
  if (words.length > 2 || words.some((word) => !/^\d{1,15}$/.test(word)))
    return { text: "0", wrong: "after `_RANDOM` write nothing, the least number, or the least and the greatest" };
  if (min > max) return { text: String(min), wrong: `${min} is more than ${max}: write the smaller number first` };
  return { text: String(min + Math.floor(random() * (max - min + 1))) };
}
