import { allowFilter } from "../config/allow.ts";
import { type Diagnostic, Problems } from "../config/diagnostic.ts";
import type { SourceText } from "../config/text.ts";
import type { Statement } from "../config/tree.ts";
import { codeNames } from "./codes.ts";
import type { Root } from "./options.ts";
import { compareInstances } from "./pair-instances.ts";
import { comparePriorities } from "./pair-priorities.ts";
import { compareServers } from "./pair-servers.ts";
import type { Side } from "./pair-side.ts";
import type { Plan } from "./plan.ts";

/** One director of a pair: its values with their places, and its plan. `files` are what it was read from. */
export type Director = {
  readonly values?: Root;
  readonly plan?: Plan;
  readonly files: readonly SourceText[];
  readonly statements: readonly Statement[];
};

/** What the two files of a pair disagree about: each finding has its place in A's file, and beside it the place in B's.
 *  What keeps the two from hearing each other is an error: both would be master. Nothing is compared while one of them
 *  has errors of its own. */
export function comparePair(a: Director, b: Director): readonly Diagnostic[] {
  const [here, there] = [sideOf(a), sideOf(b)];
  if (!here || !there) return notCompared(a, b);
  const problems = new Problems();
  const pairs = compareInstances(here, there, problems);
  comparePriorities(here, pairs, problems);
  compareServers(here, there, problems);
  const allowed = allowFilter([...a.files, ...b.files], [...a.statements, ...b.statements], codeNames, () => true);
  return allowed(problems.list);
}

function sideOf({ values, plan, files }: Director): Side | undefined {
  const file = files[0]?.file;
  return values && plan && file !== undefined ? { root: values, plan, file } : undefined;
}

function notCompared(...directors: readonly Director[]): readonly Diagnostic[] {
  const odd = directors.find((director) => !sideOf(director));
  const file = odd?.files[0]?.file;
  if (file === undefined) return []; // it cannot be read at all, and that has been said
  const message = "the pair is not compared: this file has errors";
  return [{ severity: "warning", code: "pair/not-compared", message, file, hint: "mend them first" }];
}
