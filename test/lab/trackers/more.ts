import { type Cell, type Group, processName, type Role, type Track } from "./cells.ts";
import type { Matter, Places } from "./text.ts";

// What the matrix cannot hold: counting of results, numbers of files and processes, several trackers at once, groups.

/** What the nth run of a script does; the last word for all later ones. `slow` outlasts its timeout, `kill` dies of a signal. */
export const TURNS = `#!/bin/sh
# usage: turns FILE WORD...
n=$(($(cat "$1" 2> /dev/null || echo 0) + 1))
echo $n > "$1.new" && mv "$1.new" "$1"
shift
while [ $n -gt 1 ] && [ $# -gt 1 ]; do shift; n=$((n - 1)); done
case $1 in
slow) exec sleep 20 ;;
kill) kill -9 $$ ;;
*) exit "$1" ;;
esac
`;

type Counted = {
  readonly name: string;
  readonly words: string;
  readonly lines: string;
  readonly weight: number;
  readonly apart?: true;
};

/** Runs are told by their number, not by the clock: both routers meet the same results. */
export const COUNTED: readonly Counted[] = [
  { name: "rise_fall", words: "0 1 0 1 1 0 1 0 0", lines: "rise 2\n    fall 2", weight: -20 },
  { name: "rise_fall_zero", words: "0 0 0 0 1 1 0 1 0 0", lines: "rise 2\n    fall 2", weight: 0 },
  { name: "first_decides", words: "1 0 0 0 1 1 1 0", lines: "rise 3\n    fall 3", weight: 0 },
  { name: "first_decides_weight", words: "1 0 0 0 1 1 1 0", lines: "rise 3\n    fall 3", weight: 20 },
  { name: "init_fail", words: "0 0 0 0 0 1 0", lines: "rise 2\n    init_fail", weight: 20 },
  { name: "init_fail_minus", words: "0 0 0 0 0 1 0", lines: "rise 2\n    init_fail", weight: -20 },
  { name: "init_fail_zero", words: "0 0 0 0 0 1 0", lines: "rise 2\n    init_fail", weight: 0 },
  // Among many scripts keepalived 2.2.7 loses some that timed out.
  { name: "timeout", words: "0 0 slow 0", lines: "timeout 1", weight: -20, apart: true },
  { name: "signal", words: "0 0 0 0 kill 0", lines: "", weight: -20 },
  { name: "weight_of_the_script", words: "0 0 0 0 1 0", lines: "weight -30", weight: -30 },
  { name: "reverse_of_the_script", words: "0 0 0 0 1 0", lines: "weight -30 reverse", weight: 30 },
];

const ofItsOwn = (name: string): boolean => name.endsWith("_of_the_script");

const countedBlock = ({ name, words, lines, apart }: Counted, { own, shared }: Places): string => `vrrp_script ${name} {
    script "${shared}/turns ${own}/turns.${name} ${words}"
    interval ${apart ? 3 : 1}
    ${lines.includes("timeout") ? "" : "timeout 10\n    "}${lines}
}
`;

const FILES: readonly { readonly name: string; readonly weight: string }[] = [
  { name: "one", weight: "1" },
  { name: "one_reverse", weight: "1 reverse" },
  { name: "minus_one", weight: "-1" },
  { name: "ten", weight: "10" },
  { name: "most", weight: "254" },
  { name: "least", weight: "-254" },
  { name: "none", weight: "0" },
  { name: "none_reverse", weight: "0 reverse" },
];

/** What the file of numbers holds from one phase to the next. */
export const NUMBERS: readonly string[] = ["0\n", "300\n", "-5", "0x10 and more\n", "-300\n", "010\n", "1x\n", ""];

/** How many processes of the name that is counted run one phase after the other. */
export const MANY: readonly number[] = [1, 2, 3, 2, 1, 2, 1, 0];

const INITS: readonly { readonly name: string; readonly lines: string }[] = [
  { name: "init_none", lines: "" },
  { name: "init_5", lines: "init_file 5" },
  { name: "init_0", lines: "init_file" },
  { name: "init_over", lines: "init_file 7 overwrite" },
  { name: "init_there", lines: "init_file 7" },
];

const PROCESSES: readonly { readonly name: string; readonly lines: string }[] = [
  { name: "quorum_2", lines: "process MANY\n    quorum 2" },
  { name: "quorum_max_1", lines: "process MANY\n    quorum_max 1" },
  { name: "quorum_max_0", lines: "process MANY\n    quorum_max 0" },
  { name: "quorum_2_to_2", lines: "process MANY\n    quorum 2\n    quorum_max 2" },
  { name: "delayed", lines: "process MANY\n    quorum 2\n    delay 1" },
  { name: "fork_delayed", lines: "process MANY\n    quorum 2\n    fork_delay 1" },
  { name: "end_delayed", lines: "process MANY\n    quorum 2\n    terminate_delay 1" },
];

/** Processes that are looked for by their command line; PROGRAM stands for the whole path. */
const COMMANDS: readonly { readonly name: string; readonly lines: string }[] = [
  { name: "args_all", lines: "process PROGRAM 1000 77" },
  { name: "args_some", lines: "process PROGRAM 1000" },
  { name: "args_partial", lines: "process PROGRAM 1000\n    param_match partial" },
  { name: "args_initial", lines: "process PROGRAM 1000 7\n    param_match initial" },
  { name: "args_other", lines: "process PROGRAM 1000 8\n    param_match initial" },
  { name: "args_full", lines: "process PROGRAM\n    full_command" },
  { name: "args_none", lines: "process PROGRAM\n    param_match partial" },
];

const track = (list: Track["list"], line: string): Track => ({ list, line });

type Several = {
  readonly name: string;
  /** Of the nth tracker. */
  readonly weight: (i: number) => number;
  /** Some of them are good at first, and some bad. */
  readonly mixed?: true;
  readonly role?: Role;
  readonly base?: number;
};

const SEVERAL: readonly Several[] = [
  { name: "plus", weight: (i) => 10 + i },
  { name: "minus", weight: (i) => -10 - i },
  { name: "mixed", weight: (i) => [-7, 30, 11, -3, 5][i] ?? 1, mixed: true },
  { name: "zero", weight: () => 0 },
  { name: "zero_mixed", weight: (i) => (i % 2 ? -20 : 0), mixed: true },
  { name: "too_many", weight: () => 100, base: 200 },
  { name: "too_few", weight: () => -100, base: 50 },
  { name: "too_few_backup", weight: () => -100, role: "backup", base: 50 },
  { name: "owner", weight: () => -100, base: 255 },
  { name: "owner_zero", weight: () => 0, base: 255 },
  { name: "contest", weight: (i) => (i < 2 ? -5 : -1), role: "contest", base: 105 },
];

type Stated = {
  readonly name: string;
  readonly lines: readonly string[];
  readonly weight?: number;
  readonly role?: Role;
  readonly base?: number;
  readonly slow?: true;
};

/** `state`, and who preempts. With a peer of 100 the script decides who leads, unless the other one is let be. */
const STATES: readonly Stated[] = [
  { name: "master", lines: ["state MASTER"] },
  { name: "backup", lines: ["state BACKUP"] },
  { name: "nopreempt", lines: ["nopreempt"] },
  { name: "nopreempt_zero", lines: ["nopreempt"], weight: 0 },
  { name: "master_nopreempt", lines: ["state MASTER", "nopreempt"] },
  { name: "master_nopreempt_zero", lines: ["state MASTER", "nopreempt"], weight: 0 },
  { name: "master_alone", lines: ["state MASTER"], role: "master" },
  { name: "master_beside_a_better_one", lines: ["state MASTER"], role: "backup" },
  { name: "master_in_fault", lines: ["state MASTER"], role: "fault" },
  { name: "master_owner", lines: ["state MASTER"], role: "master", base: 255 },
  { name: "backup_owner", lines: ["state BACKUP"], role: "master", base: 255 },
  { name: "delay", lines: ["preempt_delay 2"], slow: true },
  { name: "master_delay", lines: ["state MASTER", "preempt_delay 2"], slow: true },
];

/** Instances that a reload takes away, and another one brings back: their names begin with this. */
export const GOING = "going_";

/** Who is told of the end of an instance; `notify_deleted` is a hook, or a word alone. */
function addGoing(cell: MakeCell, groups: Group[]): void {
  for (const role of ["master", "backup", "fault"] as const) {
    cell(`${GOING}silent_${role}`, [], role);
    cell(`${GOING}told_${role}`, [], role, 100, { lines: ["notify_deleted"] });
    cell(`${GOING}hook_${role}`, [], role, 100, { hooks: ["deleted"] });
    cell(`staying_${role}`, [], role, 100, { hooks: ["deleted"] });
  }
  const members = [cell(`${GOING}member_1`, []), cell(`${GOING}member_2`, [], "master", 100, { hooks: ["deleted"] })];
  groups.push({ name: `${GOING}group`, members, tracks: [] });
}

export type Part =
  | "going"
  | "states"
  | "slow states"
  | "counted"
  | "files"
  | "processes"
  | "several"
  | "groups"
  | "second";

/** Cells and groups beside the matrix, from this VRID on. */
export function moreMatter(parts: readonly Part[], firstVrid: number): Matter {
  let vrid = firstVrid;
  const cells: Cell[] = [];
  const groups: Group[] = [];
  const cell: MakeCell = (name, tracks, role = "master", base = 100, more = {}) => {
    cells.push({ name, vrid: vrid++, role, base, tracks, ...more });
    return name;
  };
  for (const { name, weight, apart } of COUNTED)
    if (parts.includes(apart ? "second" : "counted"))
      cell(`counted_${name}`, [track("track_script", ofItsOwn(name) ? name : `${name} weight ${weight}`)]);
  if (parts.includes("files")) {
    for (const { name, weight } of FILES) {
      cell(`file_${name}`, [track("track_file", `numbers weight ${weight}`)]);
      cell(`file_${name}_backup`, [track("track_file", `numbers weight ${weight}`)], "backup");
    }
    for (const { name } of INITS) cell(`file_${name}`, [track("track_file", name)]);
  }
  if (parts.includes("processes"))
    for (const { name } of [...PROCESSES, ...COMMANDS])
      for (const weight of [-20, 0])
        cell(`${name}${weight ? "" : "_zero"}`, [track("track_process", `${name} weight ${weight}`)]);
  if (parts.includes("several")) {
    for (const { name, weight, mixed = false, role, base } of SEVERAL) {
      const kinds = ["script", "interface", "file", "process", "bfd"] as const;
      const course = (i: number): string => (kinds[i] === "bfd" || (mixed && i % 2 === 1) ? "ill" : "well");
      const tracks = kinds.map((kind, i) => track(`track_${kind}`, `${kind}_${course(i)} weight ${weight(i)}`));
      cell(`several_${name}`, tracks, role, base);
    }
  }
  if (parts.includes("groups")) addGroups(cell, groups);
  if (parts.includes("going")) addGoing(cell, groups);
  for (const { name, lines, weight = -20, role = "contest", base = 110, slow } of STATES)
    if (parts.includes(slow ? "slow states" : "states")) {
      const tracks = [track("track_script", `script_well weight ${weight}`)];
      cell(`state_${name}`, tracks, role, base, { lines });
    }
  if (parts.includes("states")) {
    const tracks = [track("track_script", "script_well weight 0")];
    const lines = ["state MASTER"];
    const members = ["state_group_1", "state_group_2"].map((name) => cell(name, [], "master", 100, { lines }));
    groups.push({ name: "state_group", members, tracks });
  }
  if (parts.includes("second")) {
    const line = track("track_file", "file_well weight -5");
    cells.push({ name: "second_plain", vrid: vrid++, role: "contest", base: 110, tracks: [line] });
    const hooks = ["master_rx_lower_pri"];
    cells.push({ name: "second_hook", vrid: vrid++, role: "contest", base: 110, tracks: [line], hooks });
  }
  return { cells, groups, blocks: (places) => blocksOf(parts, places) };
}

type MakeCell = (
  name: string,
  tracks: readonly Track[],
  role?: Role,
  base?: number,
  more?: Pick<Cell, "lines" | "hooks">,
) => string;

/** Trackers of groups and of their members, weighted or not, with and without `sync_group_tracking_weight`. */
function addGroups(cell: MakeCell, groups: Group[]): void {
  const kinds = ["script", "interface", "file", "process", "bfd"] as const;
  const weighing = "    sync_group_tracking_weight\n";
  for (const kind of kinds) {
    const name = `group_${kind}`;
    const line = (weight: number): Track =>
      track(`track_${kind}`, `${kind}_${kind === "bfd" ? "ill" : "well"} weight ${weight}`);
    groups.push({
      name: `${name}_zero`,
      members: [cell(`${name}_zero_1`, []), cell(`${name}_zero_2`, [])],
      tracks: [line(0)],
    });
    groups.push({
      name: `${name}_minus`,
      members: [cell(`${name}_minus_1`, []), cell(`${name}_minus_2`, [], "master", 120)],
      tracks: [line(-20)],
    });
    for (const [suffix, more] of [
      ["member", ""],
      ["weighing", weighing],
    ] as const) {
      const members = [cell(`${name}_${suffix}_1`, [line(-20)]), cell(`${name}_${suffix}_2`, [])];
      groups.push({ name: `${name}_${suffix}`, members, tracks: [], more });
    }
    groups.push({
      name: `${name}_fault`,
      members: [cell(`${name}_fault_1`, [line(0)]), cell(`${name}_fault_2`, [])],
      tracks: [],
    });
  }
  groups.push({
    name: "group_contest",
    members: [cell("group_contest_1", [], "contest", 110), cell("group_contest_2", [], "contest", 110)],
    tracks: [track("track_script", "script_well weight -20")],
  });
  groups.push({
    name: "group_owner",
    members: [cell("group_owner_1", [], "master", 255), cell("group_owner_2", [], "master", 100)],
    tracks: [track("track_file", "file_well weight -20")],
  });
}

function blocksOf(parts: readonly Part[], places: Places): string {
  const { own, shared } = places;
  const process = ({ name, lines }: { readonly name: string; readonly lines: string }): string =>
    `vrrp_track_process ${name} {\n    ${lines.replace("MANY", processName("many")).replace("PROGRAM", `${shared}/${processName("args")}`)}\n}\n`;
  return [
    ...COUNTED.filter(({ apart }) => parts.includes(apart ? "second" : "counted")).map((one) =>
      countedBlock(one, places),
    ),
    ...(parts.includes("files")
      ? [
          `track_file numbers {\n    file ${shared}/numbers\n}\n`,
          ...INITS.map(({ name, lines }) => `track_file ${name} {\n    file ${own}/${name}\n    ${lines}\n}\n`),
        ]
      : []),
    ...(parts.includes("processes") ? [...PROCESSES, ...COMMANDS].map(process) : []),
  ].join("");
}
