import type { Alias, AnyBlock, Manual, Member, Row } from "./row.ts";

/** A keyword with the blocks it stands in, outermost first ("virtual_server", "real_server"); an option of a line of the
 *  list NAME has "NAME[]" last. */
export type Entry = { readonly path: readonly string[]; readonly member: Member; readonly aliases: readonly string[] };

/** Every keyword below a block, each block before what stands in it. */
export function entries(root: AnyBlock, path: readonly string[] = []): readonly Entry[] {
  return entriesOf(root.rows, path);
}

function entriesOf(members: readonly Member[], path: readonly string[]): readonly Entry[] {
  const names = new Map<Member, string[]>();
  for (const member of members)
    if (member.kind === "alias") names.set(member.of, [...(names.get(member.of) ?? []), member.name]);
  return members.flatMap((member) => [
    { path, member, aliases: names.get(member) ?? [] },
    ...(member.kind === "block" ? entriesOf(member.rows, [...path, member.name]) : []),
    ...entriesOf(itemsOf(member), [...path, `${member.name}[]`]),
  ]);
}

/** The options of a line of a list, or of a keyword's own line. */
export const itemsOf = (member: Member): readonly (Row | Alias)[] =>
  member.kind === "row" ? (member.type.items ?? []) : [];

/** The entries a name means: `retry` all of that name, `virtual_server.retry` one place. */
export const entriesNamed = (root: AnyBlock, name: string): readonly Entry[] =>
  entries(root).filter((entry) => `.${pathOf(entry)}`.endsWith(`.${name}`));

/** "virtual_server.real_server.weight", "virtual_ipaddress[].dev". */
export const pathOf = ({ path, member }: Entry): string => [...path, member.name].join(".");

/** What is said of a keyword wherever it is documented. Texts are Markdown with no more than `code` in it. */
export type Facts = {
  readonly path: string;
  readonly kind: "block" | "keyword" | "option" | "alias";
  readonly name: string;
  /** What follows the name. */
  readonly value: string;
  readonly type: string;
  readonly values?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly range?: string | undefined;
  readonly default?: string | undefined;
  readonly since?: string | undefined;
  readonly process?: string | undefined;
  readonly doc: string;
  readonly example?: string | undefined;
  readonly reference?: string | undefined;
  /** That it is an old form, without effect, or not supported. */
  readonly effect?: string | undefined;
  readonly aliasOf?: string | undefined;
  readonly aliases: readonly string[];
  /** What a line of this list looks like, where its options are documented by themselves. */
  readonly line?: string | undefined;
};

export function factsOf(entry: Entry): Facts {
  const { member, aliases, path } = entry;
  const row = member.kind === "alias" ? member.of : member;
  const type = row.kind === "row" ? row.type : row.argument;
  return {
    path: pathOf(entry),
    kind: member.kind === "row" ? (path.at(-1)?.endsWith("[]") ? "option" : "keyword") : member.kind,
    name: member.name,
    value: syntaxOf(row),
    type: row.kind === "block" ? "block" : typeName(row),
    values: type?.values,
    unit: type?.unit,
    range: type?.range,
    default: defaultOf(row),
    since: member.since,
    process: member.process,
    doc: member.doc,
    example: exampleOf(member),
    reference: member.rfc ?? row.rfc,
    effect: effectOf(member.kind === "alias" ? { ...row, ...member } : member),
    aliasOf: member.kind === "alias" ? row.name : undefined,
    aliases,
    line: row.kind === "row" && row.type.items && row.type.body === "lines" ? lineOf(row.type.syntax) : undefined,
  };
}

/** The syntax of a line in that of its list. */
const lineOf = (syntax: string): string => syntax.replace(/^.*?\{ | \(one a line\)| \}$/g, "");

const syntaxOf = (row: Row | AnyBlock): string =>
  row.kind === "row" ? row.type.syntax : [row.argument?.syntax, "{ … }"].filter(Boolean).join(" ");

/** One word for an editor. */
function typeName({ type }: Row): string {
  if (type.body !== "none") return "list";
  if (type.syntax === "") return "flag";
  if (/^\[?BOOL\]?$/.test(type.syntax)) return "boolean";
  if (/^\[?INT\]?$/.test(type.syntax)) return "integer";
  if (type.values) return "enumeration";
  return /^\[?[A-Z]+\]?$/.test(type.syntax) ? type.syntax.replace(/[[\]]/g, "").toLowerCase() : "words";
}

/** The default of a keyword as a file would give it, or in words. */
export function defaultOf(member: Member): string | undefined {
  const row = member.kind === "alias" ? member.of : member;
  if (row.kind === "block") return undefined;
  if (row.defaultText !== undefined) return row.defaultText;
  if (row.default === undefined) return undefined;
  if (typeof row.default === "boolean") return row.default ? "on" : "off";
  return row.type.show?.(row.default) ?? String(row.default);
}

/** A line, or a few, as they may stand in the block; an alias has that of what it stands for, under its own name. */
export function exampleOf(member: Member): string | undefined {
  if (member.example !== undefined || member.kind !== "alias") return member.example;
  const { example, name } = member.of;
  return example?.replace(new RegExp(`(?<![\\w-])${name}(?![\\w-])`), member.name);
}

function effectOf({ notSupported, noEffect, deprecated }: Manual): string | undefined {
  const texts = [
    notSupported !== undefined && `Not supported by this version: ${notSupported}.`,
    noEffect !== undefined && `Accepted, and has no effect: ${noEffect}.`,
    deprecated !== undefined && `An old form: ${deprecated}.`,
  ].filter(Boolean);
  return texts.length > 0 ? texts.join(" ") : undefined;
}

/** "1.1.0 or before" for the versions that the oldest known one stands for. */
export const sinceText = (since: string): string =>
  since.startsWith("<=")
    ? `${since.slice(2)} or before`
    : since.endsWith("+git")
      ? `after ${since.slice(0, -4)}`
      : since;

/** The values of a number with its unit: "1..255", "0.01..255 s", "0 s or more". */
export function rangeText({ range, unit }: Facts): string {
  const open = range?.endsWith("..");
  return [open ? range?.slice(0, -2) : range, unit, open && "or more"].filter(Boolean).join(" ");
}

/** A default with its unit. */
export const defaultText = ({ default: standard, unit }: Facts): string | undefined =>
  standard !== undefined && unit !== undefined && /^-?[\d.]+$/.test(standard) ? `${standard} ${unit}` : standard;

/** The first words of a line, which have no name before them ("ADDRESS"). */
export const isHead = ({ kind, name }: Pick<Facts, "kind" | "name">): boolean =>
  kind === "option" && /^[A-Z]+$/.test(name);
