import { isDeepStrictEqual } from "node:util";
import { type Diagnostic, MAX_WARNINGS, Problems } from "../config/diagnostic.ts";
import { ORIGIN } from "../config/row.ts";
import { textKey } from "../config/source.ts";
import type { SourceText } from "../config/text.ts";
import {
  type BlockEdit,
  blockEdit,
  blockText,
  type Layout,
  shiftBack,
  shifted,
  shiftOf,
  type TextBlock,
  textBlocks,
  withoutUnchanged,
} from "../config/text-blocks.ts";
import type { Observed } from "../core/observed.ts";
import type { RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { type LoadedConfiguration, type LoadOptions, loadConfiguration } from "./configuration.ts";
import { ACROSS } from "./lint.ts";
import type { Plan } from "./plan.ts";

/** A configuration that can be run, with what it takes to read it again by what has changed. */
export type Reading = {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
  readonly found: readonly Diagnostic[];
  readonly files: readonly SourceText[];
  readonly observed: Observed;
  /** Where the virtual servers of the plan stand, in its order. */
  readonly places: readonly (TextBlock & { readonly file: string })[];
};

const KEYWORD = "virtual_server";

/** Whether a text has lines that reach beyond their block, or come from elsewhere: definitions and what is decided by them,
 *  and comments that speak of others. */
const isReaching = (text: string): boolean =>
  text.includes("$") || text.includes("lvskeeper:") || (/[@~]/.test(text) && /^[ \t]*[@~]/m.test(text));

/** What has to be asked about on this host, or told once for all blocks that have it. */
const SHARING = /include|notify|quorum_up|quorum_down|MISC_CHECK|FILE_CHECK|BFD_CHECK|track|password|key|cert/;

/** Codes of what is said of a file once, wherever it begins. */
const ONCE = /^(file\/|conf\/odd-blank$)/;

/** What can be read again by blocks; undefined for what cannot. */
export function readingOf(loaded: LoadedConfiguration): Reading | undefined {
  const { plan, values, runnable, diagnostics, found, files, observed } = loaded;
  if (!plan || !values || !runnable || found.length >= MAX_WARNINGS) return undefined;
  if (found.some(({ code }) => ONCE.test(code))) return undefined;
  const places = values.virtual_server.map((block) => {
    const { words, block: braces } = block[ORIGIN].statement;
    const { source, start } = words[0];
    return { file: source.file, start, end: braces?.close?.source === source ? braces.close.end : -1 };
  });
  if (places.length !== plan.checker.virtualServers.length) return undefined; // some were left out
  if (files.some(({ text }) => isReaching(text))) return undefined;
  return { plan, diagnostics, found, files, observed, places };
}

/** The configuration as it is now, where since `before` only virtual servers were changed, and of those nothing that
 *  concerns others: the blocks that are the same are not read, and their plans are the same values. Equal to what
 *  loadConfiguration() gives; undefined where that has to be asked. `changes` are the answers that are new. */
export function reread(
  before: Reading,
  changes: ReadonlyMap<string, unknown>,
  file: string,
  options: LoadOptions,
): Reading | undefined {
  const texts = new Map(before.files.map((source) => [textKey(source.file), source]));
  if (![...changes.keys()].every((key) => texts.has(key))) return undefined;
  const edits = new Map<string, BlockEdit>();
  const sources = new Map<string, SourceText>();
  const instead = (source: SourceText): SourceText => {
    sources.set(source.file, source);
    const edit = changes.has(textKey(source.file)) ? editOf(before, source) : undefined;
    if (!edit) return changes.has(textKey(source.file)) ? { file: source.file, text: "" } : source;
    edits.set(source.file, edit);
    return { file: source.file, text: withoutUnchanged(edit).text };
  };
  const part = readingOf(loadConfiguration(file, { ...options, fresh: changes, instead }));
  if (!part || edits.size !== changes.size) return undefined;
  const virtualServers = replaced(before, part, edits);
  const found = virtualServers && foundNow(before, part, edits);
  if (!found) return undefined;
  const problems = new Problems();
  for (const diagnostic of found) problems.add(diagnostic);
  const files = before.files.map((source) => sources.get(source.file) ?? source);
  return {
    plan: { ...before.plan, checker: { ...before.plan.checker, virtualServers } },
    diagnostics: problems.sorted(files.map((source) => source.file)),
    found,
    files,
    observed: before.observed.and(part.observed),
    places: placesNow(before, edits),
  };
}

/** Undefined where more than blocks has changed, or a block that changed reaches beyond itself. */
function editOf({ files, places }: Reading, source: SourceText): BlockEdit | undefined {
  const old = files.find(({ file }) => file === source.file);
  if (!old || isReaching(source.text)) return undefined;
  const layout = (text: string): Layout => ({ text, blocks: textBlocks(text, KEYWORD) });
  const edit = blockEdit(layout(old.text), layout(source.text));
  if (!edit) return undefined;
  const ends = new Map(places.flatMap(({ file, start, end }) => (file === source.file ? [[start, end]] : [])));
  if (edit.before.blocks.some(({ start, end }) => ends.get(start) !== end)) return undefined; // not what they look like
  const isPlain = (index: number): boolean =>
    !SHARING.test(blockText(edit.before, index)) && !SHARING.test(blockText(edit.after, index));
  return edit.changed.every(isPlain) ? edit : undefined;
}

/** The virtual servers of before, those that changed as `part` has them. */
function replaced(
  before: Reading,
  part: Reading,
  edits: ReadonlyMap<string, BlockEdit>,
): readonly VirtualServerPlan[] | undefined {
  const { virtualServers } = before.plan.checker;
  const indexes = indexesOf(before.places);
  const inPart = indexesOf(part.places);
  const result = [...virtualServers];
  for (const [file, edit] of edits) {
    const { blocks } = withoutUnchanged(edit);
    for (const [k, index] of edit.changed.entries()) {
      const at = indexes.get(placeKey({ file, ...(edit.before.blocks[index] as TextBlock) }));
      const now = inPart.get(placeKey({ file, ...(blocks[k] as TextBlock) }));
      const [was, is] = [virtualServers[at ?? -1], part.plan.checker.virtualServers[now ?? -1]];
      if (at === undefined || !was || !is || !isSameToOthers(was, is)) return undefined;
      result[at] = is;
    }
  }
  return result;
}

const placeKey = ({ file, start, end }: Reading["places"][number]): string => `${start} ${end} ${file}`;
const indexesOf = (places: Reading["places"]): ReadonlyMap<string, number> =>
  new Map(places.map((place, index) => [placeKey(place), index]));

/** What other blocks, and warnings about several, look at: its services, where its real servers are, how they are checked. */
function isSameToOthers(was: VirtualServerPlan, is: VirtualServerPlan): boolean {
  const seen = ({ name, id, group, realServers }: VirtualServerPlan): unknown[] => [
    name,
    id,
    group,
    ...realServers.map(({ address, port, forwarding, checkers }: RealServerPlan) => [
      address,
      port,
      forwarding,
      checkers,
    ]),
  ];
  return isDeepStrictEqual(seen(was), seen(is));
}

/** What was found before, but in blocks that changed what is found now. */
function foundNow(
  before: Reading,
  part: Reading,
  edits: ReadonlyMap<string, BlockEdit>,
): readonly Diagnostic[] | undefined {
  const forth = new Map([...edits].map(([file, edit]) => [file, shiftOf(edit)]));
  const unmoved = { by: 0, lines: 0 };
  const kept: Diagnostic[] = [];
  for (const diagnostic of before.found) {
    const shift = forth.get(diagnostic.file);
    const isInChanged = diagnostic.span && shift && !shift(diagnostic.span.start);
    if (isInChanged && !ACROSS.has(diagnostic.code)) continue;
    const now = shifted(diagnostic, (file, offset) => {
      const there = forth.get(file);
      return there ? there(offset) : unmoved;
    });
    if (!now) return undefined; // it speaks of a block that changed
    kept.push(now);
  }
  const fresh = foundInChanged(part, edits);
  return fresh && [...kept, ...fresh];
}

function foundInChanged(part: Reading, edits: ReadonlyMap<string, BlockEdit>): readonly Diagnostic[] | undefined {
  const layouts = new Map([...edits].map(([file, edit]) => [file, withoutUnchanged(edit)]));
  const inside = part.found.filter(
    ({ file, span, code }) =>
      span &&
      !ACROSS.has(code) &&
      layouts.get(file)?.blocks.some(({ start, end }) => start <= span.start && span.start < end),
  );
  if (inside.length === 0) return [];
  const back = new Map([...edits].map(([file, edit]) => [file, shiftBack(edit)]));
  const unmoved = { by: 0, lines: 0 };
  const moved = inside.map((one) => shifted(one, (file, offset) => back.get(file)?.(offset) ?? unmoved));
  return moved.every((one) => one !== undefined) ? moved : undefined;
}

function placesNow(before: Reading, edits: ReadonlyMap<string, BlockEdit>): Reading["places"] {
  const steps = new Map(
    [...edits].map(([file, edit]) => [
      file,
      new Map(edit.before.blocks.map(({ start }, index) => [start, edit.after.blocks[index] as TextBlock])),
    ]),
  );
  const shifts = new Map([...edits].map(([file, edit]) => [file, shiftOf(edit)]));
  return before.places.map((place) => {
    const { file, start, end } = place;
    const now = steps.get(file)?.get(start);
    if (now) return { file, ...now };
    const by = shifts.get(file)?.(start)?.by ?? 0;
    return by === 0 ? place : { file, start: start + by, end: end + by };
  });
}
