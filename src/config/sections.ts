import { type Entry, entries, type Facts, factsOf, itemsOf, sinceText } from "./docs.ts";
import type { AnyBlock } from "./row.ts";

/** One table of the reference: what a block may hold, what a line of a list may have, or what several blocks share. */
export type Section = {
  /** "virtual_server > real_server > TCP_CHECK"; "" at the top level. */
  readonly title: string;
  readonly kind: "block" | "options" | "shared";
  /** How many blocks and lists it stands in. */
  readonly depth: number;
  /** The block or list itself; undefined at the top level and for what is shared. */
  readonly entry: Entry | undefined;
  /** What it holds that other sections describe. */
  readonly elsewhere: readonly Elsewhere[];
  readonly rows: readonly SectionRow[];
};

export type Elsewhere = {
  readonly section: Pick<Section, "title" | "kind">;
  /** All that the section describes, but for `except`; or only `names`. */
  readonly names: "all" | readonly string[];
  readonly except: readonly string[];
};

export type SectionRow = {
  readonly facts: Facts;
  /** Of what is shared: the blocks that have it, or those few that have not, and what differs between them. */
  readonly only: readonly string[];
  readonly allBut: readonly string[];
  readonly defaults: string | undefined;
  readonly since: string | undefined;
};

/** Fewer blocks than this share nothing, and fewer keywords than this are not worth a look elsewhere. */
const FEW = 3;

/** The whole reference in reading order: each block before what stands in it, nothing described twice where that can be
 *  said shorter. */
export function sectionsOf(root: AnyBlock): readonly Section[] {
  const writer = new Writer();
  const all = entries(root);
  writer.section("", "block", undefined, childrenOf(all, []), new Set());
  writer.inside(all, []);
  return writer.sections;
}

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

const childrenOf = (all: readonly Entry[], path: readonly string[]): readonly Entry[] =>
  all.filter((entry) => samePath(entry.path, path));

const titleOf = (path: readonly string[]): string => path.join(" > ");

class Writer {
  readonly sections: Section[] = [];

  /** The sections of everything that stands in the block at `path`. `shared` are keywords described for all its siblings. */
  inside(all: readonly Entry[], path: readonly string[]): void {
    const children = childrenOf(all, path);
    const blocks = children.filter(({ member }) => member.kind === "block");
    const shared = this.#shared(all, path, blocks);
    const described = new Set(shared?.rows.map(({ facts }) => facts.name));
    for (const child of children) {
      const inner = [...path, child.member.name];
      if (itemsOf(child.member).length > 0) {
        const items = childrenOf(all, [...path, `${child.member.name}[]`]);
        this.section(titleOf(inner), "options", child, items, new Set());
      }
      if (child.member.kind !== "block") continue;
      this.section(titleOf(inner), "block", child, childrenOf(all, inner), described, shared);
      this.inside(all, inner);
    }
  }

  section(
    title: string,
    kind: Section["kind"],
    entry: Entry | undefined,
    members: readonly Entry[],
    described: ReadonlySet<string>,
    shared?: Section,
  ): void {
    const isShared = (facts: Facts): boolean => described.has(facts.name) && sameOf(shared, facts);
    const all = members.map(factsOf);
    const left = all.filter((facts) => !isShared(facts));
    const names = all.filter(isShared).map(({ name }) => name);
    const like = this.#most(kind, left);
    const rows = like ? left.filter((facts) => !sameOf(like, facts)) : left;
    const elsewhere: Elsewhere[] = [];
    if (names.length > 0 && shared) elsewhere.push({ section: shared, names: allOr(shared, names), except: [] });
    if (like) {
      const missing = like.rows.filter(({ facts }) => !left.some((mine) => same(like, facts, mine)));
      elsewhere.push({ section: like, names: "all", except: missing.map(({ facts }) => facts.name) });
    }
    const plain = (facts: Facts): SectionRow => ({
      facts,
      only: [],
      allBut: [],
      defaults: undefined,
      since: undefined,
    });
    const depth = title === "" ? 0 : title.split(" > ").length;
    this.sections.push({ title, kind, depth, entry, elsewhere, rows: rows.map(plain) });
  }

  /** What several of the blocks side by side have in common, with one meaning. */
  #shared(all: readonly Entry[], path: readonly string[], blocks: readonly Entry[]): Section | undefined {
    if (blocks.length < FEW || path.length === 0) return undefined;
    const byMeaning = new Map<string, { block: string; facts: Facts }[]>();
    for (const { member } of blocks)
      for (const entry of childrenOf(all, [...path, member.name])) {
        const facts = factsOf(entry);
        const key = meaning(facts);
        byMeaning.set(key, [...(byMeaning.get(key) ?? []), { block: member.name, facts }]);
      }
    const rows = [...byMeaning.values()]
      .filter((places) => places.length >= FEW)
      .map((places): SectionRow => {
        const { facts } = places[0] as { facts: Facts };
        const having = places.map(({ block }) => block);
        const lacking = blocks.map(({ member }) => member.name).filter((name) => !having.includes(name));
        const few = lacking.length < having.length;
        return {
          facts,
          only: few ? [] : having,
          allBut: few ? lacking : [],
          defaults: variants(places.map(({ block, facts: { default: value } }) => [block, value ?? ""])),
          since: variants(
            places.map(({ block, facts: { since } }) => [block, since === undefined ? "" : sinceText(since)]),
          ),
        };
      });
    if (rows.length < FEW) return undefined;
    const title = `What the blocks of ${path.at(-1)} share`;
    const depth = path.length + 1;
    const section: Section = { title, kind: "shared", depth, entry: undefined, elsewhere: [], rows };
    this.sections.push(section);
    return section;
  }

  /** The section before that describes most of these, if it is nearly all of what that one describes. */
  #most(kind: Section["kind"], wanted: readonly Facts[]): Section | undefined {
    let best: { section: Section; count: number } | undefined;
    for (const section of this.sections) {
      if (section.kind !== kind && !(kind === "block" && section.kind === "shared")) continue;
      const count = wanted.filter((facts) => sameOf(section, facts)).length;
      const alike = count === section.rows.length && count === wanted.length;
      const enough = alike || (count >= FEW && count >= section.rows.length * 0.7);
      if (enough && count > (best?.count ?? 0)) best = { section, count };
    }
    return best?.section;
  }
}

const allOr = (shared: Section, names: readonly string[]): "all" | readonly string[] =>
  names.length === shared.rows.length ? "all" : names;

const sameOf = (section: Section | undefined, facts: Facts): boolean =>
  section?.rows.some((row) => same(section, row.facts, facts)) ?? false;

/** What is shared says what differs in defaults; elsewhere keywords with another default are others. */
const same = ({ kind }: Section, a: Facts, b: Facts): boolean =>
  kind === "shared" ? meaning(a) === meaning(b) : signature(a) === signature(b);

const meaning = ({ name, value, range, doc, effect }: Facts): string =>
  JSON.stringify([name, value, range, doc, effect]);
const signature = (facts: Facts): string => JSON.stringify([meaning(facts), facts.default]);

/** "1; DNS_CHECK 3": the most frequent value, then where it is another. Undefined when they are all the same. */
function variants(values: readonly (readonly [block: string, value: string])[]): string | undefined {
  const blocks = new Map<string, string[]>();
  for (const [block, value] of values) blocks.set(value, [...(blocks.get(value) ?? []), block]);
  const [most, ...others] = [...blocks].sort((a, b) => b[1].length - a[1].length);
  if (!most || others.length === 0) return undefined;
  return [most[0] || "-", ...others.map(([value, names]) => `${names.join(", ")}: ${value || "-"}`)].join("; ");
}
