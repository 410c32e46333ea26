import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { line } from "./line.ts";
import type { ValueType } from "./row.ts";
import { closest } from "./suggest.ts";

export { line, mapped, optional } from "./line.ts";
export {
  bytes,
  type IntRange,
  int,
  intRange,
  ints,
  MANY_SECONDS,
  MAX_INT32,
  MAX_UINT32,
  microseconds,
  milliseconds,
  optionalInt,
  optionalSeconds,
  port,
  readInt,
  seconds,
} from "./numbers.ts";

const onOff = (value: boolean): string => (value ? "on" : "off");

/** A keyword without a value. */
export const flag = (): ValueType<boolean> => line("", () => true, { show: onOff });

const TRUE = ["true", "on", "yes"];
const FALSE = ["false", "off", "no"];

/** A keyword whose value may be left out, meaning true. */
export const optionalBool = (): ValueType<boolean> =>
  line(
    "[BOOL]",
    (words) => {
      const word = words.take();
      return word ? readBool(words, word) : true;
    },
    { values: [...TRUE, ...FALSE], show: onOff },
  );

/** True or false, which has to be said. */
export const bool = (): ValueType<boolean> =>
  line(
    "BOOL",
    (words) => {
      const word = words.need("`on` or `off`");
      return word && readBool(words, word);
    },
    { values: [...TRUE, ...FALSE], show: onOff },
  );

function readBool(words: Arguments, word: Token): boolean | undefined {
  if (TRUE.includes(word.text)) return true;
  if (FALSE.includes(word.text)) return false;
  const hint = closest(word.text, [...TRUE, ...FALSE]);
  return words.bad(word, "true or false", { hint: hint ? `did you mean \`${hint}\`?` : "write `on` or `off`" });
}

/** One word, whatever it is; `max` characters at most (bytes of UTF-8), longer ones are refused. */
export const word = (what: string, max = 4096): ValueType<string> =>
  line(what, (words) => {
    const token = words.need(what);
    if (!token) return undefined;
    if (token.text === "") return words.bad(token, what, { hint: "it is empty" });
    if (Buffer.byteLength(token.text) > max) return words.bad(token, `${what} of at most ${max} characters`);
    return token.text;
  });

/** Everything up to the end of the line, its blanks as single ones. */
export const text = (what: string): ValueType<string> =>
  line(`${what}...`, (words) => (words.need(what) ? restOf(words) : undefined));

function restOf(words: Arguments): string {
  words.takeAll();
  return words.statement.words
    .slice(1)
    .map((token) => token.text)
    .join(" ");
}

/** A file or a folder, by an absolute path; with `relative` also by one relative to the configuration's folder. */
export const path = (options: { readonly relative?: boolean } = {}): ValueType<string> =>
  line("PATH", (words) => {
    const token = words.need("a path");
    if (!token) return undefined;
    if (token.text === "") return words.bad(token, "a path", { hint: "it is empty" });
    if (token.text.includes("\0")) return words.bad(token, "a path", { hint: "no path has a NUL character" });
    if (Buffer.byteLength(token.text) > MAX_PATH) return words.bad(token, `a path of at most ${MAX_PATH} characters`);
    if (!token.text.startsWith("/") && options.relative !== true)
      return words.bad(token, "an absolute path", { hint: "begin it with `/`: a daemon has no folder of its own" });
    return token.text;
  });

/** PATH_MAX of linux/limits.h, without the NUL at the end. */
const MAX_PATH = 4095;

export type Account = { readonly user: string; readonly group?: string };

/** `USER [GROUP]`, also written `USER:GROUP` or `USER :GROUP`. Whether they exist is found out where accounts are. */
export const account = (): ValueType<Account> =>
  line("USER [GROUP]", (words) => readAccount(words), {
    show: ({ user, group }) => (group === undefined ? user : `${user} ${group}`),
  });

export function readAccount(words: Arguments): Account | undefined {
  const first = words.need("the name of a user");
  if (!first) return undefined;
  const [user = "", joined] = first.text.split(/:(.*)/s);
  const second = joined === undefined ? words.take() : undefined;
  const group = joined ?? second?.text.replace(/^:/, "");
  if (!NAME.test(user)) return words.bad(first, "the name of a user");
  if (group === undefined) return { user };
  if (!NAME.test(group)) return words.bad(second ?? first, "the name of a group");
  return { user, group };
}

/** Names that passwd(5) can hold. */
const NAME = /^[^\s:/,]{1,255}$/;

/** The name of a network interface, as the kernel has it: at most 15 bytes, no `/`, no blank. */
export const interfaceName = (): ValueType<string> =>
  line("IFNAME", (words) => {
    const token = words.need("the name of an interface");
    return token && readInterface(words, token);
  });

export function readInterface(words: Arguments, token: Token): string | undefined {
  if (/^[^\s/]{1,15}$/.test(token.text) && Buffer.byteLength(token.text) <= 15 && !/^\.{1,2}$/.test(token.text))
    return token.text;
  return words.bad(token, "an interface name", { hint: "at most 15 characters, as `ip link` shows it" });
}

/** One of a few words. Another word of another case is another word, unless `anyCase`. */
export const oneOf = <const T extends string>(
  choices: readonly T[],
  options: { readonly anyCase?: boolean } = {},
): ValueType<T> =>
  line(
    choices.join("|"),
    (words) => {
      const token = words.need(`one of ${choices.join(", ")}`);
      return token && readChoice(words, token, choices, options.anyCase === true);
    },
    { values: choices },
  );

export function readChoice<T extends string>(
  words: Arguments,
  token: Token,
  choices: readonly T[],
  anyCase: boolean,
): T | undefined {
  const wanted = anyCase ? token.text.toUpperCase() : token.text;
  const found = choices.find((choice) => (anyCase ? choice.toUpperCase() : choice) === wanted);
  if (found !== undefined) return found;
  const near = closest(token.text, choices);
  const list = choices.length > 8 ? `${choices.slice(0, 8).join(", ")}…` : choices.join(", ");
  return words.bad(token, `one of ${list}`, {
    hint: near ? `did you mean ${quote(near)}?` : `expected one of: ${choices.join(", ")}`,
  });
}

/** A block of words, each an item, however they are spread over lines. */
export const wordList = (what: string): ValueType<readonly string[]> => ({
  syntax: `{ ${what}... }`,
  body: "words",
  read: (words) => words.statement.block?.statements.flatMap((item) => item.words.map((token) => token.text)) ?? [],
});

/** A block whose lines are items of one kind. */
export const lineList = <T>(item: ValueType<T>): ValueType<readonly T[]> => ({
  syntax: `{ ${item.syntax} (one a line) }`,
  body: "lines",
  ...(item.items && { items: item.items }),
  read: (words) => readItems(words, item),
});

function readItems<T>(list: Arguments, item: ValueType<T>): readonly T[] {
  const keyword = list.statement.words[0].text;
  const values: T[] = [];
  for (const statement of list.statement.block?.statements ?? []) {
    const words = list.item(statement, `an item of ${quote(keyword)}`);
    const value = item.read(words);
    if (value === undefined) continue;
    words.finish();
    values.push(value);
  }
  return values;
}
