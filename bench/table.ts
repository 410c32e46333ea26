// The kernel's table beside Debian's keepalived and ipvsadm, in one guest, in turn: from an empty kernel to the full table,
// a reload with nothing changed, a reload with one weight changed. No checks: what is measured is the table alone.
import path from "node:path";
import { Lab } from "../test/lab/lib/lab.ts";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import { generatedConfig } from "./generated-config.mjs";
import { table } from "./measure.mjs";
import { inTurn, median, medianRatio, type Pair, ratioText } from "./samples.ts";
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

/** `writes` only where strace is installed. */
type Session = Readonly<Record<"start" | "reload" | "change" | "pss", number>> & { readonly writes?: number };

async function session(name: string, command: readonly string[], services: number, reals: number): Promise<Session> {
  const folder = `/tmp/${name}`;
  const options = { checked: false };
  await lab.writeFile(`${folder}/conf`, generatedConfig(services, reals, options));
  await lab.writeFile(`${folder}/changed`, generatedConfig(services, reals, { ...options, lastWeight: 7 }));
  const files = ["-p", `${folder}/pid`, "-c", `${folder}/checkers.pid`, "-f", `${folder}/conf`];
  const script = path.join(PROJECT, "bench/session.sh");
  const words = [script, folder, services, reals, ...command, "-n", "-l", "-C", ...files].map(String);
  console.error(`${services} x ${reals}: ${name}`);
  const printed = await lab.run("d1", ["unshare", "-n", "bash", ...words], { timeoutMs: TIMEOUT_MS });
  return Object.fromEntries(
    printed
      .trim()
      .split("\n")
      .map((line) => line.split("="))
      .map(([key, value]) => [key, Number(value)]),
  ) as Session;
}

/** Milliseconds of a restore from a file, a whole process, into an empty kernel. */
async function restored(command: string): Promise<number> {
  const timed = `ip link set lo up; s=$EPOCHREALTIME; ${command} </tmp/saved || exit 1; e=$EPOCHREALTIME; echo "$(( \${e/./} - \${s/./} ))"`;
  return Number(await lab.run("d1", ["unshare", "-n", "bash", "-c", timed], { timeoutMs: TIMEOUT_MS })) / 1000;
}

let met = true;
try {
  const program = await lab.program();
  const rows: (readonly unknown[])[] = [];
  for (const { services, reals, turns: usual } of SIZES.filter(
    (size) => only === undefined || size.services === Number(only),
  )) {
    const turns = Number(turnsWanted ?? usual);
    const runs: { ours: Session[]; theirs: Session[] } = { ours: [], theirs: [] };
    const keep = async (list: Session[], run: Promise<Session>): Promise<number> => list.push(await run);
    await inTurn(
      turns,
      () => keep(runs.ours, session("ours", [node, program, "run"], services, reals)),
      () => keep(runs.theirs, session("theirs", ["keepalived"], services, reals)),
    );
    await lab.writeFile("/tmp/saved", savedTable(services, reals));
    const restores = await inTurn(
      turns,
      () => restored(`${node} ${program} ipvs -R`),
      () => restored("ipvsadm -R"),
    );
    const pairs = (of: "start" | "reload" | "change"): Pair[] =>
      runs.ours.map((ours, i) => ({ ours: ours[of], theirs: (runs.theirs[i] as Session)[of] }));
    const beside = runs.ours.map(({ start }, i) => ({ ours: start, theirs: (restores[i] as Pair).theirs }));
    const size = `${services} x ${reals}`;
    const show = (work: string, list: readonly Pair[], target?: number): void => {
      const within = target === undefined || medianRatio(list) <= target;
      met &&= within || services !== 1000;
      const [ours, theirs] = [median(list.map((p) => p.ours)), median(list.map((p) => p.theirs))].map(Math.round);
      rows.push([size, work, ours, theirs, ratioText(list), target ?? "-", within ? "" : "MISSED"]);
    };
    show("process start to full table, beside keepalived", pairs("start"), 0.3);
    show("the same, beside ipvsadm -R", beside);
    show("ipvs -R, beside ipvsadm -R", restores, 0.15);
    show("reload, nothing changed (CPU)", pairs("reload"), 0.5);
    show("reload, one weight changed, until it is in the kernel", pairs("change"));
    const [ours, theirs] = [runs.ours, runs.theirs].map((list) => median(list.map(({ pss }) => pss / 1024)).toFixed(1));
    rows.push([size, "memory at rest, PSS in MiB", ours, theirs, "-", "-", ""]);
    const writes = runs.ours.map((run) => run.writes ?? 0);
    const none = writes.every((count) => count === 0);
    met &&= none;
    const asked = runs.ours.some((run) => run.writes !== undefined);
    const others = runs.theirs.map((run) => run.writes ?? 0);
    if (asked)
      rows.push([
        size,
        "commands to the kernel, nothing changed",
        Math.max(...writes),
        Math.max(...others),
        "-",
        0,
        none ? "" : "MISSED",
      ]);
  }
  console.log("medians in ms; ratio of the medians' turns (least–greatest); targets are those of 1000 x 20");
  console.log(table(["table", "work", "ours", "theirs", "ratio", "target", ""], rows));
  process.exitCode = met ? 0 : 1;
} finally {
  await lab[Symbol.asyncDispose]();
}
