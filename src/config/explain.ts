import { defaultText, type Entry, type Facts, factsOf, isHead, itemsOf, rangeText, sinceText } from "./docs.ts";
import type { LanguageWord } from "./language.ts";
import { wrap } from "./wrap.ts";

/** How `explain` writes: columns of the terminal, and whether it may be bold. */
export type ExplainStyle = { readonly columns: number; readonly bold: boolean };

const PLAIN: ExplainStyle = { columns: 100, bold: false };

/** The manual of what a name means: one text for all places where it means the same. */
export function explainEntries(found: readonly Entry[], style: ExplainStyle = PLAIN): string {
  const meanings = new Map<string, Entry[]>();
  for (const entry of found) {
    const { name, value, range, doc, effect, example } = factsOf(entry);
    const key = JSON.stringify([name, value, range, doc, effect, example]);
    meanings.set(key, [...(meanings.get(key) ?? []), entry]);
  }
  return [...meanings.values()].map((places) => `${heading(places, style)}\n${body(places, style)}`).join("\n\n");
}

/** The manual of a word of the language itself. */
export function explainWord({ name, syntax, doc, example, becomes = [] }: LanguageWord, style: ExplainStyle): string {
  const lines = [`  example  ${example}`, ...becomes.map((line, i) => `  ${i === 0 ? "becomes" : "       "}  ${line}`)];
  return [syntax || name, "", ...wrap(doc, style.columns, 2), "", ...lines].join("\n");
}

function heading(places: readonly Entry[], { columns, bold }: ExplainStyle): string {
  const facts = factsOf(places[0] as Entry);
  const title = isHead(facts) ? facts.value : [facts.name, facts.value].filter(Boolean).join(" ");
  const where = places.map(({ path }) => placeText(path));
  const titles = wrap(title, columns - 4, 0).map((line, i) => (i === 0 ? line : `    ${line}`));
  const shown = bold ? titles.map((line) => `\x1b[1m${line}\x1b[22m`) : titles;
  return [...shown, ...where.flatMap((line) => wrap(line, columns, 2))].join("\n");
}

/** Where a keyword stands: "in vrrp_instance", "option of virtual_ipaddress, in vrrp_instance". */
function placeText(path: readonly string[]): string {
  const blocks = path.filter((name) => !name.endsWith("[]"));
  const inside = blocks.length === 0 ? "at the top level" : `in ${blocks.join(" > ")}`;
  const list = path.at(-1);
  return list?.endsWith("[]") ? `option of ${list.slice(0, -2)}, ${inside}` : inside;
}

function body(places: readonly Entry[], { columns }: ExplainStyle): string {
  const { doc, effect } = factsOf(places[0] as Entry);
  const rows = merged(places);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return [
    "",
    ...wrap(doc, columns, 2),
    ...(effect === undefined ? [] : wrap(effect, columns, 2)),
    "",
    ...rows.flatMap(([label, value]) => factLines(label, value, width, columns)),
  ].join("\n");
}

/** The facts of several places; where they differ, with the blocks they hold in. */
function merged(places: readonly Entry[]): readonly (readonly [string, string])[] {
  const values = new Map<string, Map<string, string[]>>();
  for (const entry of places)
    for (const [label, value] of allRows(entry)) {
      const known = values.get(label) ?? new Map<string, string[]>();
      values.set(label, known.set(value, [...(known.get(value) ?? []), entry.path.at(-1) ?? "the top level"]));
    }
  return [...values].flatMap(([label, known]) =>
    [...known].map(([value, blocks], i): [string, string] => [
      i === 0 ? label : "",
      blocks.length === places.length ? value : `${value} (${blocks.join(", ")})`,
    ]),
  );
}

function allRows(entry: Entry): readonly (readonly [string, string])[] {
  const { member } = entry;
  const block = member.kind === "alias" ? member.of : member;
  const rows = factRows(factsOf(entry));
  if (block.kind === "block") rows.push(["holds", [...block.byName.keys()].join(" ")]);
  const items = itemsOf(block).map(({ name }) => name);
  if (items.length > 0) rows.push(["options", items.join(" ")]);
  return rows;
}

function factRows(facts: Facts): [string, string][] {
  const { values, range, since, process, reference, aliases, aliasOf, example } = facts;
  const rows: [string, string | undefined][] = [
    ["values", facts.value.includes("|") ? undefined : values?.join(" ")],
    ["range", range && rangeText(facts)],
    ["default", defaultText(facts)],
    ["example", example],
    ["same as", aliasOf],
    ["also", aliases.length > 0 ? aliases.join(" ") : undefined],
    ["reference", reference],
    ["since", since && (since.startsWith("lvskeeper") ? since : `keepalived ${sinceText(since)}`)],
    ["process", process],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== "");
}

function factLines(label: string, value: string, width: number, columns: number): string[] {
  const indent = 2 + width;
  const lines =
    label === "example" ? value.split("\n").map((line) => " ".repeat(indent) + line) : wrap(value, columns, indent);
  const [first = "", ...rest] = lines;
  return [`  ${label.padEnd(width)}${first.slice(indent)}`, ...rest];
}
