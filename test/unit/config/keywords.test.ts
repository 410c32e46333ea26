import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultOf, entries } from "../../../src/config/docs.ts";
import type { AnyBlock, Member } from "../../../src/config/row.ts";
import { root } from "../../../src/process/options.ts";

/** keepalived's keywords, one a line: path, value, default ("~": follows from something else), the version that brought it,
 *  process, tier, and the keyword it is another name of. `NAME[]` are the options of a line of the list NAME. */
const keywords = readFileSync(new URL("../../vectors/keywords.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [path, args, standard, since, process, tier, aliasOf] = line.split("\t") as [string, ...string[]];
    return { path, args: args as string, standard: standard as string, since, process, tier, aliasOf };
  });
type Keyword = (typeof keywords)[number];

const groupOf = ({ path }: Keyword): string => path.split(".")[0] as string;

/** Blocks, lists and root keywords whose rows are not all there yet. */
const OPEN_BLOCKS: readonly string[] = [
  "track_group",
  "static_routes",
  "static_rules",
  "garp_group",
  "linkbeat_interfaces",
  "vrrp_script",
  "vrrp_track_process",
  "interface_up_down_delays",
  "bfd_instance",
  "track_file",
  "vrrp_track_file",
  "track_interface[]",
  "track_script[]",
  "track_file[]",
  "track_process[]",
  "track_bfd[]",
  "virtual_routes[]",
  "static_routes[]",
  "virtual_rules[]",
  "static_rules[]",
];

/** Keywords that differ from the list on purpose: why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "virtual_server.real_server.HTTP_GET.nb_get_retry": "its default is that of retry, which is inherited",
  "virtual_server.real_server.SSL_GET.nb_get_retry": "its default is that of retry, which is inherited",
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
  if (row.kind !== "row") return faults;
  const standard = defaultOf(row);
  const wanted = keyword.standard;
  if (wanted === "~" && standard === undefined) faults.push("no default or defaultText");
  else if (wanted === "none" && row.default !== undefined) differs("default", standard, wanted);
  else if (wanted && wanted !== "~" && wanted !== "none" && !beginsWith(standard, wanted))
    differs("default", standard, wanted);
  const range = /^(int|seconds|time|ms|us|bytes)\?? (\S+\.\.\S*)/.exec(keyword.args)?.[2];
  if (range && !range.endsWith("..") && !row.type.items) differs("range", row.type.range, range);
  return faults;
}

test("the list has all keywords of keepalived, each once", () => {
  expect(keywords.length).toBe(640);
  expect(new Set(keywords.map(({ path }) => path)).size).toBe(keywords.length);
});

for (const group of new Set(keywords.map(groupOf)))
  test.skipIf(OPEN_BLOCKS.includes(group))(`${group}: each keyword has a row with the facts of the list`, () => {
    const wrong = keywords
      .filter((keyword) => groupOf(keyword) === group && !(keyword.path in DIFFERENT))
      .flatMap((keyword) => faultsOf(keyword).map((fault) => `${keyword.path}: ${fault}`));
    expect(wrong.join("\n")).toBe("");
  });
