import { entries, pathOf } from "./docs.ts";
import type { AnyBlock } from "./row.ts";

/** docs/not-run.md: what is read, checked and in the plan, and that no process acts on. */
export function notRunPage(root: AnyBlock): string {
  const lines = entries(root).flatMap((entry) => {
    const { notSupported } = entry.member;
    return notSupported === undefined ? [] : [`| \`${pathOf(entry)}\` | ${notSupported.replaceAll("|", "\\|")} |`];
  });
  if (lines.length === 0)
    return "# Read and not run\n\nGenerated from the rows that the parser uses: `npm run docs`. There is nothing: what is read is run, or said to be without\neffect in [keywords.md](keywords.md).\n";
  return [
    "# Read and not run",
    "",
    "Generated from the rows that the parser uses: `npm run docs`. Each of these keywords is read and checked, and `check --dump json` has it",
    "in the plan; but the processes of this version do not act on it. Since a director that ignored it would not do what the file says, it is",
    "the error `conf/not-supported`.",
    "",
    "| keyword | instead |",
    "| --- | --- |",
    ...new Set(lines),
    "",
  ].join("\n");
}
