import { entries, entriesNamed, explainEntry } from "../config/docs.ts";
import { closest } from "../config/suggest.ts";
import { root } from "../process/options.ts";

/** Prints the manual of a keyword (`priority`, or `real_server.weight` for one place of several) and gives the exit
 *  status: 1 for a keyword that is not known. */
export async function explainCommand(keyword: string): Promise<number> {
  const found = entriesNamed(root, keyword);
  if (found.length > 0) {
    process.stdout.write(`${found.map(explainEntry).join("\n\n")}\n`);
    return 0;
  }
  const near = closest(keyword, new Set(entries(root).map(({ member }) => member.name)));
  process.stderr.write(
    `unknown keyword ${keyword}${near ? `: did you mean ${near}?` : "; docs/keywords.md lists them all"}\n`,
  );
  return 1;
}
