import type { Observed } from "../core/observed.ts";
import { type Problems, quote } from "./diagnostic.ts";
import type { IncludeChecks } from "./include-checks.ts";
import type { Token } from "./lexer.ts";
import { directoryOf, type Matches, matchFiles, readSource } from "./source.ts";
import type { SourceText } from "./text.ts";

/** All files of a configuration together; one file has a limit of its own. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Reads the files that a pattern means, and adds them to `files`. What is wrong with one is told at the pattern: as an
 *  error where `checks` ask for it, and for a file that is no configuration whatever they ask. `instead` gives the text that is
 *  taken for one that was read. */
export function readIncluded(
  pattern: Token,
  checks: IncludeChecks,
  problems: Problems,
  files: SourceText[],
  observed: Observed,
  instead: (source: SourceText) => SourceText,
): readonly SourceText[] {
  const { found, missing, skipped } = matchesOf(pattern.text, pattern.source.file, observed);
  for (const { file, why } of skipped) {
    if (why === "executable")
      problems[checks.read ? "error" : "warning"](
        "conf/include-skipped",
        `${file} is not read: it has an execute bit`,
        pattern,
        { hint: `chmod a-x ${file}` },
      );
    else tellUnreadable(file, problems, pattern);
  }
  for (const miss of missing)
    problems[miss.checks.some((check) => checks[check]) ? "error" : "warning"](
      "conf/include-nothing",
      `${quote(miss.pattern)} matches no file`,
      pattern,
      { hint: `it is looked for in ${directoryOf(pattern.source.file)}` },
    );
  return found.flatMap((name) => readOne(name, pattern, checks, problems, files, observed, instead));
}

/** A function of its own: what is remembered of the question must not keep the texts alive. */
const matchesOf = (pattern: string, file: string, observed: Observed): Matches =>
  observed.see(`files ${file} ${pattern}`, () => matchFiles(pattern, file));

function readOne(
  name: string,
  pattern: Token,
  checks: IncludeChecks,
  problems: Problems,
  files: SourceText[],
  observed: Observed,
  instead: (source: SourceText) => SourceText,
): readonly SourceText[] {
  if (files.reduce((sum, { text }) => sum + text.length, 0) > MAX_CHARACTERS) {
    problems.error("conf/too-large", `${name} is not read: all files together are too large`, pattern, {
      hint: `at most ${MAX_CHARACTERS / 1024 / 1024} MiB are read`,
    });
    return [];
  }
  const read = readSource(name, observed);
  if (!read.ok) {
    const { code, message, hint } = read.error;
    const isWarning = code === "file/unreadable" && !checks.read;
    problems[isWarning ? "warning" : "error"]("conf/include", message, pattern, { hint });
    return [];
  }
  for (const warning of read.value.warnings) problems.add(warning);
  const source = instead(read.value.source);
  files.push(source);
  return [source];
}

/** What was named and is no file: a directory, a device, a pipe. */
function tellUnreadable(name: string, problems: Problems, pattern: Token): void {
  const read = readSource(name);
  if (read.ok) return;
  const hint = read.error.code === "file/directory" ? `to read all files in it: ${name}/*.conf` : read.error.hint;
  problems.error("conf/include", read.error.message, pattern, { hint });
}
