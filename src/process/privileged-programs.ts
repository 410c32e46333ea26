import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { quote } from "../config/diagnostic.ts";
import type { ScriptSpec } from "../script/model.ts";

/** What of a script is read. */
const MOST_BYTES = 64 * 1024;
const GAINS = /(?:^|[\s;|&(`/])(sudo|doas|pkexec)\s/;

/** What each file calls, read once. */
export type Called = Map<string, string | undefined>;

/** How a command would become more than its user is, in words that a sentence begins with; undefined: by nothing that can be
 *  seen. `stat` is that of its program. */
export function gainsPrivileges(
  { argv }: ScriptSpec,
  stat: Stats | undefined,
  called: Called = new Map(),
): string | undefined {
  const [program = ""] = argv;
  if (stat && (stat.mode & 0o6000) !== 0) return `${quote(program)} is set-user-ID or set-group-ID`;
  const inWords = GAINS.exec(` ${argv.join(" ")} `)?.[1];
  if (inWords !== undefined) return `this command calls ${inWords}`;
  for (const word of argv) {
    if (!word.startsWith("/")) continue;
    if (!called.has(word)) called.set(word, calledBy(textOf(word)));
    const found = called.get(word);
    if (found !== undefined) return `${quote(word)} calls ${found}`;
  }
  return undefined;
}

/** The beginning of a script; of what is none, nothing. */
function textOf(file: string): string {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // nobody may ever write to a FIFO
    try {
      if (!fstatSync(fd).isFile()) return "";
      const bytes = Buffer.alloc(MOST_BYTES);
      const text = bytes.toString("latin1", 0, readSync(fd, bytes, 0, MOST_BYTES, 0));
      return text.includes("\0") ? "" : text;
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}

function calledBy(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const found = line.trimStart().startsWith("#") ? undefined : GAINS.exec(`${line} `)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
