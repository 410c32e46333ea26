// Health checks beside Debian's keepalived: what a check costs, and what a director costs with nothing to do, each in a guest
// of its own. Then how long a dead server stays in the table, and 100,000 real servers in one process of this machine.
import { Lab } from "../test/lab/lib/lab.ts";
import { type Both, costOf, type Load, type Spent } from "./checks-cpu.ts";
import { compareDeaths } from "./checks-death.ts";
import { checkMany } from "./checks-many.ts";
import type { Kind } from "./checks-setup.ts";
import { table } from "./measure.mjs";

const TARGET: Readonly<Record<Kind, number>> = { TCP_CHECK: 0.8, HTTP_GET: 1.0 };
const SIZES: readonly Load[] = [
  { kind: "TCP_CHECK", servers: 1000, delayLoopS: 5 },
  { kind: "HTTP_GET", servers: 1000, delayLoopS: 5 },
  { kind: "TCP_CHECK", servers: 10_000, delayLoopS: 50 },
  { kind: "HTTP_GET", servers: 10_000, delayLoopS: 50 },
  { kind: "TCP_CHECK", servers: 40_000, delayLoopS: 120 },
];
const IDLE: Load = { kind: "TCP_CHECK", servers: 20, delayLoopS: 3600 };
/** What is measured, of these words; all without any: "TCP_CHECK 10000", "HTTP_GET 1000", "idle", "death", "many". */
const parts = process.env.LVSKEEPER_BENCH_CHECKS?.split(",");
const isWanted = (part: string): boolean => parts === undefined || parts.includes(part);

const ratioOf = ({ ours, theirs }: Both<Spent>): number => ours.cpuMs / ours.checks / (theirs.cpuMs / theirs.checks);
const ratioText = (whole: number, each: readonly number[]): string =>
  `${whole.toFixed(2)} (${Math.min(...each).toFixed(2)}–${Math.max(...each).toFixed(2)})`;

/** CPU per check of both, and their memory. */
async function compare(load: Load): Promise<readonly unknown[]> {
  const { windows, all, memory } = await costOf(load);
  const told = (who: keyof Both<Spent>): string =>
    windows.map((both) => `${both[who].checks} (${Math.round(both[who].cpuMs)} ms)`).join(", ");
  console.log(
    `${load.kind} ${load.servers}, checks in each window: ours ${told("ours")}; keepalived ${told("theirs")}`,
  );
  const ratio = ratioOf(all);
  const due = ({ seconds }: Spent): number => (seconds * load.servers) / load.delayLoopS;
  const isWhole = Object.values(all).every((one) => one.checks > 0.9 * due(one));
  if (ratio > TARGET[load.kind] || !isWhole) met = false;
  const perCheck = ({ cpuMs, checks }: Spent): string => (cpuMs / checks).toFixed(3);
  return [
    ...[load.kind, load.servers, load.delayLoopS, all.ours.checks, all.theirs.checks],
    ...[perCheck(all.ours), perCheck(all.theirs), ratioText(ratio, windows.map(ratioOf))],
    ...[TARGET[load.kind].toFixed(1), memory.ours, memory.theirs],
  ];
}

async function tellIdle(): Promise<void> {
  const { windows, all } = await costOf(IDLE);
  const told = (who: keyof Both<Spent>): string => {
    const each = windows.map((both) => both[who].cpuMs / both[who].seconds);
    return ratioText(all[who].cpuMs / all[who].seconds, each);
  };
  console.log(`nothing due, CPU ms a second: ours ${told("ours")}, keepalived ${told("theirs")}`);
}

let met = true;
const rows: (readonly unknown[])[] = [];
for (const load of SIZES) if (isWanted(`${load.kind} ${load.servers}`)) rows.push(await compare(load));
if (rows.length > 0) {
  const heads = ["delay_loop s", "checks ours", "keepalived", "CPU ms ours", "keepalived", "ratio", "target"];
  const memory = ["PSS MB ours (checker / all)", "keepalived"];
  console.log(table(["check", "servers", ...heads, ...memory], rows));
}
if (isWanted("idle")) await tellIdle();
if (isWanted("death")) {
  const lab = await Lab.start({ memoryMb: 3072 });
  try {
    met = (await compareDeaths(lab)) && met;
  } finally {
    await lab[Symbol.asyncDispose]();
  }
}
if (isWanted("many")) met = (await checkMany()) && met;
process.exitCode = met ? 0 : 1;
