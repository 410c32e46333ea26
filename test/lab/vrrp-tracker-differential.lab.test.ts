import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Cell, COURSES, type Follows, KINDS, matrix, priorityOf, ROLES } from "./trackers/cells.ts";
import { differencesOf, knownDifferences, type Story, saysGoodbyeAlone } from "./trackers/differences.ts";
import { GOING, MANY, moreMatter, NUMBERS, type Part } from "./trackers/more.ts";
import type { Seen } from "./trackers/router.ts";
import { type Phase, type Records, Stage } from "./trackers/stage.ts";
import type { Matter } from "./trackers/text.ts";
import { isRoot } from "./vrrp-bench.ts";

// Ours and Debian's keepalived side by side, with one configuration, to which the same happens at the same moments: the
// same priorities in the adverts, the same states and lines of the FIFO, the same scripts in the same order.

const compatibility = readFileSync(fileURLToPath(new URL("../../docs/compatibility.md", import.meta.url)), "utf8");
const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const SHOW = process.env.LVSKEEPER_LAB_SHOW !== undefined;

const HELD = "what was held in FAULT goes on";
const turn =
  (good: boolean): Phase["act"] =>
  async (stage) => {
    await Promise.all([stage.set(KINDS, "well", good), stage.set(KINDS, "ill", !good)]);
  };
const PHASES: readonly Phase[] = [
  { name: "the start", act: async () => undefined, good: true },
  { name: "what was good gets bad, and the other way round", act: turn(false), good: false },
  { name: HELD, act: (stage) => stage.write("hold", "0\n"), good: false },
  { name: "back again", act: turn(true), good: true },
];
const LAST = "the stop";

/** Two members of a group beside better peers: which of them hears its peer first is chance. */
const FOLLOWING = {
  group: "group_contest",
  members: ["group_contest_1", "group_contest_2"],
  heading: "### A member that goes along with its group",
};

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

const reload = (name: string, good: boolean): Phase => ({
  ...{ name, good, reload: "same weights" },
  act: (stage) => stage.reload(),
});
const RELOAD = reload("a reload", true);
const HEAVIER = 30;
const weighing = (follows: Follows, weights: number): Follows => ({
  ...follows,
  weight: Math.sign(follows.weight) * weights,
});
/** The same cells with weights of another size. */
const heavier = (matter: Matter): Matter => ({
  ...matter,
  cells: matter.cells.map((cell) => ({
    ...cell,
    tracks: cell.tracks.map((track) => ({ ...track, line: track.line.replace(/(weight -?)20/, `$1${HEAVIER}`) })),
  })),
});
const reloads = (matter: Matter): readonly Phase[] => {
  const [start, bad, , back] = PHASES as [Phase, Phase, Phase, Phase];
  return [
    start,
    reload("a first reload", true),
    bad,
    reload("a reload in between", false),
    {
      ...{ name: "a reload with other weights", good: false, reload: "other weights", weights: HEAVIER },
      act: (stage) => stage.reload(heavier(matter)),
    },
    { ...back, name: "back again with other weights" },
    { ...reload("a last reload", true), weights: HEAVIER },
  ];
};

const without = (matter: Matter, prefix: string): Matter => ({
  ...matter,
  cells: matter.cells.filter(({ name }) => !name.startsWith(prefix)),
  groups: matter.groups.filter(({ name }) => !name.startsWith(prefix)),
});
const going = (matter: Matter): readonly Phase[] => [
  { name: "the start", act: async () => undefined },
  { name: "a reload without them", act: (stage) => stage.reload(without(matter, GOING)) },
  { name: "a reload with them", act: (stage) => stage.reload(matter) },
];

/** An instance that follows nothing else: its script gets bad, and good again. */
const slowly = (quietMs?: number): readonly Phase[] =>
  PHASES.filter(({ name }) => name !== HELD).map((phase) => ({ ...phase, ...(quietMs && { quietMs }) }));
/** A delay of preemption and what is left of a take-over behind it are silent. */
const DELAYED_MS = 6000;

type Run = { readonly matter: Matter; readonly phases: readonly Phase[]; records: Records | undefined };
const run = (matter: Matter, phases: readonly Phase[]): Run => ({ matter, phases, records: undefined });

function runs(): Readonly<Record<string, Run>> {
  const parts: readonly Part[] = ["several", "groups"];
  if (!FULL) {
    const whole = matrix(KINDS, COURSES, 1);
    const some = whole.filter(({ role }) => role === "master");
    const { cells, groups } = moreMatter(["states"], whole.length + 1);
    return { "the matrix": run({ cells: [...some, ...cells], groups }, [...slowly(), RELOAD]) };
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
    "numbers of processes, which are looked for": run(
      { ...moreMatter(["processes"], 1), polled: true },
      MANY.map(many),
    ),
    "instances that a reload takes and brings": run(moreMatter(["going"], 1), going(moreMatter(["going"], 1))),
    "state and preemption": run(moreMatter(["states"], 1), [...PHASES, RELOAD]),
    "preemption with a delay": run(moreMatter(["slow states"], 1), slowly(DELAYED_MS)),
    ...Object.fromEntries(
      KINDS.map((kind) => {
        const cells = matrix([kind], COURSES, 1).filter(({ role }) => role !== "fault");
        return [`${kind}: reloads`, run({ cells, groups: [] }, reloads({ cells, groups: [] }))] as const;
      }),
    ),
  };
}

/** At a reload keepalived tells priorities in its own way. */
const PRIORITY = /^INSTANCE (MASTER|BACKUP)_PRIORITY \d+$/;

/** What was seen of one instance or group, a line for each phase in which there was anything. What was said again and again
 *  stands once. Where two adverts cross each other a master hears a lower one: by chance, so that it is left out but where
 *  the peer is deaf. */
const story = (records: Records | undefined, make: keyof Records, name: string, phases: readonly Phase[]): Story => {
  const told = (records?.[make] ?? []).flatMap((record, i): [string, string][] => {
    const seen: Seen | undefined = record.get(name);
    if (!seen) return [];
    const isChance = (line: string): boolean => !phases[i]?.talkative && /master_rx_lower_pri/i.test(line);
    const once = (lines: readonly string[]): string =>
      lines.filter((line, at) => line !== lines[at - 1] && !isChance(line)).join(", ");
    const words = `${once(seen.fifo.filter((line) => !phases[i]?.reload || !PRIORITY.test(line)))} | ${once(seen.calls)} | ${seen.priorities.join(" ")}`;
    return words === " |  | " ? [] : [[phases[i]?.name ?? LAST, words]];
  });
  return new Map(told);
};

/** The priority of the last advert at the end of a phase; 0: it has said goodbye. */
function standing(records: Records | undefined, { name }: Cell, phase: number): number | undefined {
  const records_ = records?.keepalived.slice(0, phase + 1) ?? [];
  return records_.flatMap((record) => record.get(name)?.priorities ?? []).at(-1);
}

describe.skipIf(!isRoot).each(Object.entries(isRoot ? runs() : {}))("%s", (title, one) => {
  const { matter, phases } = one;
  beforeAll(async () => {
    await using stage = await Stage.start(matter);
    one.records = await stage.run(phases);
  });

  test.each([...matter.cells, ...matter.groups].map(({ name }) => name))("%s: as with keepalived", (name) => {
    const theirs = story(one.records, "keepalived", name, phases);
    const ours = story(one.records, "ours", name, phases);
    if (SHOW) console.log(JSON.stringify({ title, name, keepalived: [...theirs], ours: [...ours] }, null, 1));
    expect(theirs.size).toBeGreaterThan(0);
    const differences = differencesOf(theirs, ours);
    if (FOLLOWING.members.includes(name) && saysGoodbyeAlone(differences)) return;
    const known = knownDifferences(title, name);
    expect(differences).toEqual(known?.differences ?? {});
    if (known) expect(compatibility).toContain(`\n${known.heading}\n`);
  });

  test.runIf(matter.groups.some(({ name }) => name === FOLLOWING.group))(
    "of two members that give way together, the one that goes along with the other says goodbye, and keepalived's does not",
    () => {
      const of = (make: keyof Records, name: string): Story => story(one.records, make, name, phases);
      const differences = FOLLOWING.members.map((name) => differencesOf(of("keepalived", name), of("ours", name)));
      expect(differences.filter(saysGoodbyeAlone)).toHaveLength(1);
      expect(compatibility).toContain(`\n${FOLLOWING.heading}\n`);
    },
  );

  const following = matter.cells.flatMap(({ follows, ...cell }) => (follows ? [{ ...cell, follows }] : []));
  const reloaded = phases.findIndex((phase) => phase.reload !== undefined);
  test.runIf(following.length > 0)("keepalived's own priorities are those of the arithmetic", () => {
    for (const cell of following.filter(({ role }) => role === "master"))
      for (const [phase, { name, good = false }] of phases.slice(0, reloaded < 0 ? undefined : reloaded).entries()) {
        const expected = priorityOf(cell.base, cell.follows, good);
        const wanted = expected === "fault" ? [0, undefined] : [expected];
        expect(wanted, `${cell.name}, ${name}`).toContain(standing(one.records, cell, phase));
      }
  });

  test.runIf(following.length > 0 && reloaded >= 0)(
    "at a reload keepalived tells all priorities that are not the configured ones as those of backups; ours tells those that change, as what they are",
    () => {
      const told = (make: keyof Records, name: string, phase: number): readonly string[] =>
        one.records?.[make][phase]?.get(name)?.fifo.filter((line) => PRIORITY.test(line)) ?? [];
      const inAll = (
        make: keyof Records,
        expected: (cell: (typeof following)[number], phase: Phase) => unknown,
      ): void => {
        for (const [i, phase] of phases.entries())
          for (const cell of phase.reload ? following : [])
            expect(told(make, cell.name, i), `${make}, ${phase.name}, ${cell.name}`).toEqual(expected(cell, phase));
      };
      inAll("keepalived", ({ base, follows }, { good = false, weights = 20 }) => {
        // It takes no notice of a script's reverse until there is another result.
        const seen = follows.kind === "script" ? { ...follows, reverse: false } : follows;
        const priority = priorityOf(base, weighing(seen, weights), good);
        return priority === "fault" || priority === base ? [] : [`INSTANCE BACKUP_PRIORITY ${priority}`];
      });
      inAll("ours", ({ base, follows }, { good = false, weights = 20, reload }) => {
        const priority = priorityOf(base, weighing(follows, weights), good);
        if (reload === "same weights" || priority === "fault" || priority === base) return [];
        return [expect.stringMatching(`^INSTANCE (MASTER|BACKUP)_PRIORITY ${priority}$`)];
      });
      expect(compatibility).toContain("\n### Priorities at a reload\n");
    },
  );
});

test("the matrix is whole", () => {
  const cells = matrix(KINDS, COURSES, 1);
  expect(cells).toHaveLength(9 * 3 * 2 * ROLES.length); // four kinds with both courses, BFD with one
  expect(new Set(cells.map(({ vrid }) => vrid)).size).toBe(cells.length);
});
