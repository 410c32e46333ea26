// The kernel's table beside Debian's keepalived and ipvsadm, in one guest, in turn: from an empty kernel to the full table,
// a reload with nothing changed, a reload with one weight changed. No checks: what is measured is the table alone.
// Times are CPU of all processes of a director, and beside it what a clock says: in the guest, which has one processor, both
// are the same but for who asks whether the table is full. LVSKEEPER_BENCH_SERVICES=N: that size alone.
import path from "node:path";
import { messageOf } from "../src/core/errors.ts";
import { Lab } from "../test/lab/lib/lab.ts";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import { generatedConfig } from "./generated-config.mjs";
import { table } from "./measure.mjs";
import { type Beside, inTurn, median, medianRatio, type Pair, ratioText } from "./samples.ts";
import { savedTable } from "./saved-table.ts";

/** Sizes, and turns that fit into some minutes. 5000 services have fewer real servers for the same reason. */
const SIZES = [
  { services: 200, reals: 20, turns: 5 },
  { services: 1000, reals: 20, turns: 3 },
  { services: 5000, reals: 4, turns: 2 },
] as const;
/** One size alone, and its turns, for a look. */
const only = process.env.LVSKEEPER_BENCH_SERVICES;
const turnsWanted = process.env.LVSKEEPER_BENCH_TURNS;
const TIMEOUT_MS = 600_000;

const lab = await Lab.start({ memoryMb: 3072 });
const node = process.execPath;
const program = await lab.program();
const filler = await lab.bundle("bench/fill-table.ts");

type Took = Readonly<Record<"wall" | "cpu", number>>;

/** `writes` only where strace is installed. */
type Session = Readonly<Record<"start" | "startWall" | "reload" | "change" | "changeWall" | "pss", number>> & {
  readonly writes?: number;
};

const numbersIn = (printed: string): object =>
  Object.fromEntries(
    printed
      .trim()
      .split("\n")
      .map((line) => [line.split("=")[0], Number(line.split("=")[1])]),
  );

/** Where no IPVS was used yet. */
const alone = (...words: string[]): Promise<string> =>
  lab.run("d1", ["unshare", "-n", ...words], { timeoutMs: TIMEOUT_MS });

async function session(name: string, command: readonly string[], services: number, reals: number): Promise<Session> {
  const folder = `/tmp/${name}`;
  const options = { checked: false };
  const own = name === "ours" ? withoutResync : "";
  await lab.writeFile(`${folder}/conf`, `${generatedConfig(services, reals, options)}${own}`);
  await lab.writeFile(`${folder}/changed`, `${generatedConfig(services, reals, { ...options, lastWeight: 7 })}${own}`);
  const files = ["-p", `${folder}/pid`, "-c", `${folder}/checkers.pid`, "-f", `${folder}/conf`];
  const words = [
    path.join(PROJECT, "bench/session.sh"),
    folder,
    services,
    reals,
    ...command,
    "-n",
    "-l",
    "-C",
    ...files,
  ];
  console.error(`${services} x ${reals}: ${name}`);
  return numbersIn(await alone("bash", ...words.map(String))) as Session;
}

/** Keepalived never compares the kernel's table with its own, which each minute costs as much as some reloads: where that meets
 *  the reloads, they are not what is read. What it costs is in the bench of checks. */
const withoutResync = "\nglobal_defs {\n    ipvs_resync 0\n}\n";

/** A shell's command, where the kernel's table is empty. */
async function timed(command: string): Promise<Took> {
  const script = `ip link set lo up; exec 2>&1; TIMEFORMAT='%R %U %S'; time { ${command}; } || exit 1`;
  const [wall = 0, user = 0, system = 0] = (await alone("bash", "-c", script))
    .trim()
    .split(" ")
    .map((s) => Number(s) * 1000);
  return { wall, cpu: user + system };
}

/** A restore from a file, a whole process. */
const restored = (command: string): Promise<Took> => timed(`${command} </tmp/saved`);

/** The same table by our code with its plan in hand. */
const filled = async (): Promise<Took> =>
  numbersIn(await alone("bash", "-c", `ip link set lo up; exec ${node} ${filler} /tmp/ours/conf`)) as Took;

let met = true;
const rows: (readonly unknown[])[] = [];

async function measure({ services, reals, turns: usual }: (typeof SIZES)[number]): Promise<void> {
  const turns = Number(turnsWanted ?? usual);
  const size = `${services} x ${reals}`;
  const show = (work: string, list: readonly Pair[], target?: number): void => {
    const within = target === undefined || medianRatio(list) <= target;
    met &&= within || services !== 1000;
    const [ours, theirs] = [median(list.map((p) => p.ours)), median(list.map((p) => p.theirs))].map(Math.round);
    rows.push([size, work, ours, theirs, ratioText(list), target ?? "-", within ? "" : "MISSED"]);
  };
  const sessions = await inTurn(
    turns,
    () => session("ours", [node, program, "run"], services, reals),
    () => session("theirs", ["keepalived"], services, reals),
  );
  const pairs = (of: keyof Session): Pair[] =>
    sessions.map(({ ours, theirs }) => ({ ours: ours[of] ?? 0, theirs: theirs[of] ?? 0 }));
  await lab.writeFile("/tmp/saved", savedTable(services, reals));
  const fills = await inTurn(turns, filled, () => restored("ipvsadm -R"));
  const restores = await inTurn(
    turns,
    () => restored(`${node} ${program} ipvs -R`),
    () => restored("ipvsadm -R"),
  );
  // What no director of two processes of Node can be below: these, empty, and the table itself.
  const floor: Pair[] = [];
  for (const [turn, { theirs }] of sessions.entries()) {
    const nodes = (await timed(`${node} -e 0; ${node} -e 0`)).cpu;
    floor.push({ ours: nodes + (fills[turn]?.ours.cpu ?? 0), theirs: theirs.start });
  }
  const part = (list: readonly Beside<Took>[], of: keyof Took): Pair[] =>
    list.map(({ ours, theirs }) => ({ ours: ours[of], theirs: theirs[of] }));

  show("process start to full table, beside keepalived: CPU", pairs("start"), 0.3);
  show("  by the clock", pairs("startWall"));
  show("  of which two empty processes of Node, and the table with its plan in hand: CPU", floor);
  show("empty kernel to full table, plan in hand, beside ipvsadm -R: CPU", part(fills, "cpu"), 0.15);
  show("  by the clock", part(fills, "wall"));
  show("ipvs -R, a whole process, beside ipvsadm -R: CPU", part(restores, "cpu"));
  show("  by the clock", part(restores, "wall"));
  show("reload, nothing changed: CPU", pairs("reload"), 0.5);
  show("reload, one weight changed: CPU", pairs("change"));
  show("  until it is in the kernel, by the clock", pairs("changeWall"));
  const [ours, theirs] = (["ours", "theirs"] as const).map((who) =>
    median(sessions.map((pair) => pair[who].pss / 1024)).toFixed(1),
  );
  rows.push([size, "memory at rest, PSS in MiB", ours, theirs, "-", "-", ""]);
  if (sessions.every((pair) => pair.ours.writes === undefined)) return;
  const [writes, others] = (["ours", "theirs"] as const).map((who) =>
    Math.max(...sessions.map((pair) => pair[who].writes ?? 0)),
  );
  met &&= writes === 0;
  rows.push([size, "commands to the kernel, nothing changed", writes, others, "-", 0, writes === 0 ? "" : "MISSED"]);
}

try {
  for (const size of SIZES.filter(({ services }) => only === undefined || services === Number(only)))
    try {
      await measure(size);
    } catch (error) {
      met = false; // and on to the next: what was measured is told in the end
      rows.push([`${size.services} x ${size.reals}`, `not measured: ${messageOf(error).split("\n", 1)[0]}`]);
    }
  console.log("medians in ms; ratio of the medians' turns (least–greatest); targets are those of 1000 x 20");
  console.log(table(["table", "work", "ours", "theirs", "ratio", "target", ""], rows));
  process.exitCode = met ? 0 : 1;
} finally {
  await lab[Symbol.asyncDispose]();
}
