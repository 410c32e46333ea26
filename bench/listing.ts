// `lvskeeper ipvs -Ln` beside `ipvsadm -Ln`, 1000 services of 20 real servers, each a whole process from start to exit.
import { Lab } from "../test/lab/lib/lab.ts";
import { table } from "./measure.mjs";
import { inTurn, medianRatio, middle, type Pair, ratioText } from "./samples.ts";
import { savedTable } from "./saved-table.ts";

const [SERVICES, REALS, TURNS] = [1000, 20, 5];
const TARGET = 1.0;

const lab = await Lab.start({ memoryMb: 2048 });
try {
  const node = process.execPath;
  const program = await lab.program();
  /** Milliseconds of a command in the guest. */
  const took = async (command: string): Promise<number> => {
    const timed = `exec 2>&1; s=$EPOCHREALTIME; ${command} || exit 1; e=$EPOCHREALTIME; echo "$(( \${e/./} - \${s/./} ))"`;
    return Number((await lab.run("d1", ["bash", "-c", timed])).trim().split("\n").at(-1)) / 1000;
  };
  await lab.run("d1", ["ipvsadm", "-R"], { stdin: savedTable(SERVICES, REALS), timeoutMs: 300_000 });
  const ours = (options: string) => () => took(`${node} ${program} ipvs ${options} >/tmp/ours`);
  const theirs = (options: string) => () => took(`ipvsadm ${options} >/tmp/theirs`);
  const empty = await inTurn(TURNS, () => took(`${node} -e 0`), theirs("-Ln"));
  const rows: (readonly unknown[])[] = [["node -e 0", ...cells(empty)]];
  let met = true;
  for (const options of ["-Ln", "-Ln --stats", "-Sn"]) {
    const pairs = await inTurn(TURNS, ours(options), theirs(options));
    await lab.run("d1", "cmp /tmp/ours /tmp/theirs");
    rows.push([`ipvs ${options}`, ...cells(pairs)]);
    if (options === "-Ln") met = medianRatio(pairs) <= TARGET;
  }
  console.log(`${SERVICES} services of ${REALS} real servers, ${TURNS} turns, the same bytes from both:`);
  console.log(table(["command", "ours ms", "ipvsadm ms", "ratio (least–greatest)"], rows));
  console.log(`target of -Ln: ${TARGET.toFixed(1)}; an empty Node takes ${ratioText(empty)} of ipvsadm's time here`);
  process.exitCode = met ? 0 : 1;
} finally {
  await lab[Symbol.asyncDispose]();
}

function cells(pairs: readonly Pair[]): unknown[] {
  const { ours, theirs } = middle(pairs);
  return [Math.round(ours), Math.round(theirs), ratioText(pairs)];
}
