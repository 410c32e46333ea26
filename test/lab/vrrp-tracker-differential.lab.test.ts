import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Cell, COURSES, KINDS, matrix, ROLES } from "./trackers/cells.ts";
import { MANY, moreMatter, NUMBERS, type Part } from "./trackers/more.ts";
import type { Seen } from "./trackers/router.ts";
import { type Phase, type Records, Stage } from "./trackers/stage.ts";
import type { Matter } from "./trackers/text.ts";
import { isRoot } from "./vrrp-bench.ts";

// Ours and Debian's keepalived side by side, with one configuration, to which the same happens at the same moments: the
// same priorities in the adverts, the same states and lines of the FIFO, the same scripts in the same order.

const COMPATIBILITY = fileURLToPath(new URL("../../docs/compatibility.md", import.meta.url));
const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const SHOW = process.env.LVSKEEPER_LAB_SHOW !== undefined;

const HELD = "what was held in FAULT goes on";
/** Whether what is tracked is good when it began well, at the end of each phase but the last, the stop. */
const WELL: Readonly<Record<string, boolean>> = { "the start": true, "back again": true };
const turn =
  (good: boolean): Phase["act"] =>
  async (stage) => {
    await Promise.all([stage.set(KINDS, "well", good), stage.set(KINDS, "ill", !good)]);
  };
const PHASES: readonly Phase[] = [
  { name: "the start", act: async () => undefined },
  { name: "what was good gets bad, and the other way round", act: turn(false) },
  { name: HELD, act: (stage) => stage.write("hold", "0\n") },
  { name: "back again", act: turn(true) },
];
const LAST = "the stop";

/** The same, one kind after the other: what an instance with several trackers goes through. */
const IN_ORDER: readonly Phase[] = [
  { name: "the start", act: async () => undefined },
  ...[false, true].flatMap((good) =>
    KINDS.map((kind) => ({
      name: `${kind}: ${good ? "back again" : "what was good gets bad, and the other way round"}`,
      act: async (stage: Stage): Promise<void> => {
        await stage.set([kind], "well", good);
        await stage.set([kind], "ill", !good);
      },
    })),
  ),
];

/** Waits until every counted script has run through its words. */
const counted: Phase = {
  name: "all results",
  act: async () => undefined,
  until: (stage) => stage.counted(),
};
const numbers = (text: string): Phase => ({
  name: `the number is ${JSON.stringify(text)}`,
  act: (stage) => stage.write("numbers", text),
});
const many = (processes: number): Phase => ({ name: `${processes} run`, act: (stage) => stage.processes(processes) });

/** The peer hears nothing for a while: two masters. */
const TWO_MASTERS: readonly Phase[] = [
  { name: "all results", act: async () => undefined, until: (stage) => stage.counted() },
  {
    name: "the peer is deaf",
    act: (stage) => stage.deafen(true),
    until: (stage) => stage.said("MASTER_RX_LOWER_PRI", 8),
    talkative: true,
  },
  { name: "the peer hears", act: (stage) => stage.deafen(false) },
];

type Run = { readonly matter: Matter; readonly phases: readonly Phase[]; records: Records | undefined };
const run = (matter: Matter, phases: readonly Phase[]): Run => ({ matter, phases, records: undefined });

function runs(): Readonly<Record<string, Run>> {
  const parts: readonly Part[] = ["several", "groups"];
  if (!FULL) {
    const some = matrix(KINDS, COURSES, 1).filter(({ role }) => role === "master");
    const phases = PHASES.filter(({ name }) => name !== HELD);
    return { "the matrix": run({ cells: some, groups: [] }, phases) };
  }
  return {
    ...Object.fromEntries(
      KINDS.map((kind) => [kind, run({ cells: matrix([kind], COURSES, 1), groups: [] }, PHASES)] as const),
    ),
    "several at once, and groups": run(moreMatter(parts, 1), IN_ORDER),
    "two masters": run(moreMatter(["second"], 1), TWO_MASTERS),
    "results of scripts": run(moreMatter(["counted"], 1), [counted]),
    "numbers in files": run(moreMatter(["files"], 1), NUMBERS.map(numbers)),
    "numbers of processes": run(moreMatter(["processes"], 1), MANY.map(many)),
  };
}

/** What differs, and where docs/compatibility.md says so. */
const DIFFERENT: readonly { readonly cells: RegExp; readonly heading: string }[] = [
  { cells: /^counted_init_fail/, heading: "### init_fail" },
  {
    cells: /^file_(one|one_reverse|minus_one|ten|most|least)(_backup)?$/,
    heading: "### The number of a file that is a FAULT",
  },
  { cells: /^group_(interface|process)_member(_\d)?$/, heading: "### Weights of the members of a group" },
  { cells: /^several_owner_zero$/, heading: "### An owner whose fault is over" },
  { cells: /^group_contest_\d$/, heading: "### A member that goes along with its group" },
];

/** What was seen of one instance or group, a line for each phase in which there was anything. What was said again and again
 *  stands once. Where two adverts cross each other a master hears a lower one: by chance, so that it is left out but where
 *  the peer is deaf. */
const story = (records: Records | undefined, make: keyof Records, name: string, phases: readonly Phase[]): string[] =>
  (records?.[make] ?? []).flatMap((record, i) => {
    const seen: Seen | undefined = record.get(name);
    if (!seen) return [];
    const isChance = (line: string): boolean => !phases[i]?.talkative && /master_rx_lower_pri/i.test(line);
    const once = (lines: readonly string[]): string =>
      lines.filter((line, at) => line !== lines[at - 1] && !isChance(line)).join(", ");
    const said = [...seen.fifo, ...seen.calls].filter((line) => !isChance(line));
    if (said.length + seen.priorities.length === 0) return [];
    return `${phases[i]?.name ?? LAST}: ${once(seen.fifo)} | ${once(seen.calls)} | ${seen.priorities.join(" ")}`;
  });

/** The priority of the last advert at the end of a phase; 0: it has said goodbye. */
function standing(records: Records | undefined, { name }: Cell, phase: number): number | undefined {
  const records_ = records?.keepalived.slice(0, phase + 1) ?? [];
  return records_.flatMap((record) => record.get(name)?.priorities ?? []).at(-1);
}

describe.skipIf(!isRoot).each(Object.entries(isRoot ? runs() : {}))("%s", (_title, one) => {
  const { matter, phases } = one;
  beforeAll(async () => {
    await using stage = await Stage.start(matter);
    one.records = await stage.run(phases);
  });

  test.each([...matter.cells, ...matter.groups].map(({ name }) => name))("%s: as with keepalived", (name) => {
    const theirs = story(one.records, "keepalived", name, phases);
    const ours = story(one.records, "ours", name, phases);
    if (SHOW) console.log([name, ...theirs, "ours", ...ours].join("\n  "));
    expect(theirs).not.toEqual([]);
    const known = DIFFERENT.find(({ cells }) => cells.test(name));
    if (!known) expect(ours).toEqual(theirs);
    else expect(readFileSync(COMPATIBILITY, "utf8")).toContain(`\n${known.heading}\n`);
  });

  const computed = matter.cells.filter(({ role, priorities }) => role === "master" && priorities);
  test.runIf(computed.length > 0)("keepalived's own priorities are those of the arithmetic", () => {
    for (const cell of computed)
      for (const [phase, { name }] of phases.entries()) {
        const good = (WELL[name] ?? false) === (cell.course === "well");
        const expected = cell.priorities?.[good ? "good" : "bad"];
        const wanted = expected === "fault" ? [0, undefined] : [expected];
        expect(wanted, `${cell.name}, ${name}`).toContain(standing(one.records, cell, phase));
      }
  });
});

test("the matrix is whole", () => {
  const cells = matrix(KINDS, COURSES, 1);
  expect(cells).toHaveLength(9 * 3 * 2 * ROLES.length); // four kinds with both courses, BFD with one
  expect(new Set(cells.map(({ vrid }) => vrid)).size).toBe(cells.length);
});
