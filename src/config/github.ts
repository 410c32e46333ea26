import type { Diagnostic } from "./diagnostic.ts";
import { withEnd } from "./report.ts";
import type { SourceText } from "./text.ts";

/** Diagnostics as workflow commands that GitHub Actions shows beside the lines of a change, one a line:
 *  `::error file=F,line=L,endLine=L,col=C,endColumn=C,title=CODE::MESSAGE`. `pathOf` gives a file's path as GitHub knows it,
 *  from the root of the repository. What explains a place (related places, the hint) follows the message on lines of its
 *  own. */
export function githubAnnotations(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceText[],
  pathOf: (file: string) => string,
): string {
  const sources = new Map(files.map((source) => [source.file, source]));
  return diagnostics
    .map(({ severity, code, message, file, span, hint, related = [] }) => {
      const place = span && withEnd(span, sources.get(file));
      const properties = [
        `file=${property(pathOf(file))}`,
        ...(place ? [`line=${place.line}`, `endLine=${place.endLine}`] : []),
        // GitHub takes columns only of a place within one line.
        ...(place && place.line === place.endLine ? [`col=${place.column}`, `endColumn=${place.endColumn}`] : []),
        `title=${property(code)}`,
      ];
      const text = [
        message,
        ...(hint === undefined ? [] : [hint]),
        ...related.map((other) => `${other.message}: ${pathOf(other.file)}:${other.span.line}:${other.span.column}`),
      ].join("\n");
      return `::${severity} ${properties.join(",")}::${data(text)}\n`;
    })
    .join("");
}

/** The escapes of workflow commands: a line end would end the command, and `%` begins an escape. */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
