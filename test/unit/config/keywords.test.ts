import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultOf, entries } from "../../../src/config/docs.ts";
import type { AnyBlock, Member, Row } from "../../../src/config/row.ts";
import { root } from "../../../src/process/options.ts";

/** keepalived's keywords, one a line: path, value, default ("~": follows from something else), the version that brought it,
 *  process, tier, the keyword it is another name of, and whether it is an old form. `NAME[]` are the options of a line of the list NAME. */
const keywords = readFileSync(new URL("../../vectors/keywords.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [path, args, standard, since, process, tier, aliasOf, old] = line.split("\t") as [string, ...string[]];
    return { path, args: args as string, standard: standard as string, since, process, tier, aliasOf, old };
  });
type Keyword = (typeof keywords)[number];

const groupOf = ({ path }: Keyword): string => path.split(".")[0] as string;

/** Keywords that differ from the list on purpose: why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "virtual_server_group[].fwmark": "0 is no mark: it is refused",
};

/** The row at a path, and whether an alias of its block led there. */
function rowAt(path: string): { readonly member: Member; readonly renamed: boolean } | undefined {
  const dot = path.indexOf("].");
  if (dot >= 0) {
    const [list, name] = [path.slice(0, dot + 1), path.slice(dot + 2)];
    const found = entries(root).find((entry) => entry.path.at(-1) === list && entry.member.name === name);
    return found && { member: found.member, renamed: false };
  }
  let [block, member, renamed]: [AnyBlock | undefined, Member | undefined, boolean] = [root, undefined, false];
  for (const name of path.split(".")) {
    member = block?.byName.get(name);
    if (!member) return undefined;
    const inner: Member = member.kind === "alias" ? member.of : member;
    block = inner.kind === "block" ? inner : undefined;
    if (member.kind === "alias" && block && !path.endsWith(`.${name}`) && path !== name) renamed = true;
  }
  return member && { member, renamed };
}

/** Whether a default is the wanted one, perhaps with words after it ("off: services are removed one by one"). */
const beginsWith = (standard: string | undefined, wanted: string): boolean =>
  standard === wanted || (standard?.startsWith(wanted) === true && /^[^\w.-]/.test(standard.slice(wanted.length)));

/** Whether a keyword is another name of one, or says so. */
const names = (member: Member, of: string): boolean =>
  member.name === of || // in a block that is itself an old form
  (member.kind === "alias" && member.of.name === of) ||
  `${member.doc} ${member.deprecated}`.includes(of);

/** What is wrong with the row of a keyword. */
function faultsOf(keyword: Keyword): readonly string[] {
  const found = rowAt(keyword.path);
  if (!found) return [`no row (${keyword.args}; default ${keyword.standard || "-"}; since ${keyword.since || "-"})`];
  const { member, renamed } = found;
  const row = member.kind === "alias" ? member.of : member;
  const faults: string[] = [];
  const differs = (what: string, is: string | undefined, wanted: string): void => {
    if (is !== wanted) faults.push(`${what} is ${is ?? "missing"}, not ${wanted}`);
  };
  if (keyword.since && !renamed) differs("since", member.since, keyword.since);
  if (!renamed) differs("process", member.process, keyword.process as string);
  if (row.example === undefined) faults.push("no example");
  if (keyword.aliasOf && !renamed && !names(member, keyword.aliasOf))
    faults.push(`does not lead to ${keyword.aliasOf}`);
  if (keyword.old && member.deprecated === undefined) faults.push("does not say what to write instead");
  if (row.kind !== "row") return faults;
  faults.push(...typeFaults(keyword, row));
  if (member.kind === "alias") return faults; // its default is that of what it stands for
  const standard = defaultOf(row);
  const wanted = keyword.standard;
  if (wanted === "~" && standard === undefined) faults.push("no default or defaultText");
  else if (wanted === "none" && row.default !== undefined) differs("default", standard, wanted);
  else if (wanted && wanted !== "~" && wanted !== "none" && !beginsWith(standard, wanted))
    differs("default", standard, wanted);
  return faults;
}

/** Where the type of a row is another than the list has: what kind of value, the words of an enumeration, the range. */
function typeFaults({ args }: Keyword, { type }: Row): readonly string[] {
  const [kind = "", ...words] = args.split(" ");
  const faults: string[] = [];
  if (kind === "flag" && type.syntax !== "") faults.push(`takes ${type.syntax}, not nothing`);
  if (kind === "bool?" && !/^\[BOOL\b/.test(type.syntax)) faults.push(`takes ${type.syntax}, not a BOOL or nothing`);
  if (kind === "list" && type.body === "none" && !type.syntax.endsWith("...")) faults.push("is no list");
  if (kind === "one") {
    const known = type.values?.map((value) => value.toUpperCase()) ?? [];
    const missing = words.filter((word) => /^[\w.-]+$/.test(word) && !known.includes(word.toUpperCase()));
    if (missing.length > 0) faults.push(`has no value ${missing.join(", ")}`);
  }
  const range = /^(?:int|seconds|time|ms|us|bytes)\?? (\S+\.\.\S*)/.exec(args)?.[1];
  if (range && !(type.range ?? "").startsWith(range)) faults.push(`range is ${type.range ?? "missing"}, not ${range}`);
  return faults;
}

test("the list has all keywords of keepalived, each once", () => {
  expect(keywords.length).toBe(640);
  expect(new Set(keywords.map(({ path }) => path)).size).toBe(keywords.length);
});

for (const group of new Set(keywords.map(groupOf)))
  test(`${group}: each keyword has a row with the facts of the list`, () => {
    const wrong = keywords
      .filter((keyword) => groupOf(keyword) === group && !(keyword.path in DIFFERENT))
      .flatMap((keyword) => faultsOf(keyword).map((fault) => `${keyword.path}: ${fault}`));
    expect(wrong.join("\n")).toBe("");
  });
