import { type Diagnostic, Problems } from "../../../src/config/diagnostic.ts";
import { type ParseOptions, parse } from "../../../src/config/parser.ts";
import { block } from "../../../src/config/row.ts";
import type { Statement } from "../../../src/config/tree.ts";

const noKeywords = block({ in: "root", name: "root", doc: "Nothing.", rows: [] });

/** Lines of a text after expansion, whatever they mean: the words of each, a block as `{ … }` after them. */
export function expand(
  text: string,
  options: ParseOptions = {},
  others: Readonly<Record<string, string>> = {},
): { lines: readonly string[]; diagnostics: readonly Diagnostic[]; statements: readonly Statement[] } {
  const problems = new Problems();
  const around = { configId: "main", env: {}, random: () => 0.5, ...options };
  const statements = parse(
    { file: "/etc/k/main.conf", text },
    noKeywords,
    problems,
    (pattern) => {
      const found = others[pattern.text];
      return found === undefined ? [] : [{ file: `/etc/k/conf.d/${pattern.text}`, text: found }];
    },
    around,
  );
  return { lines: statements.map(lineOf), diagnostics: problems.list, statements };
}

function lineOf({ words, block: inner }: Statement): string {
  const line = words.map(({ text, quoted }) => (quoted ? `"${text}"` : text)).join(" ");
  return inner ? `${line} { ${inner.statements.map(lineOf).join("; ")} }` : line;
}
