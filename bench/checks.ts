// Health checks beside Debian's keepalived: both check as many real servers of their own at the same time in one guest, each
// on a host of its own, so that whatever else the machine does meets both. What a check costs is the CPU of the process that
// checks, over the connections that its servers saw. Then how long a dead server stays in the table, and 100,000 real
// servers in one process of this machine.
import { Lab } from "../test/lab/lib/lab.ts";
import { compareDeaths } from "./checks-death.ts";
import { tellIdle } from "./checks-idle.ts";
import { checkMany } from "./checks-many.ts";
import {
  type Director,
  type Kind,
  OURS,
  PATIENT,
  type Setting,
  sleep,
  startBoth,
  stopBoth,
  THEIRS,
} from "./checks-setup.ts";
import { table } from "./measure.mjs";

type Size = Omit<Setting, "connectTimeoutS">;

const TARGET: Readonly<Record<Kind, number>> = { TCP_CHECK: 0.8, HTTP_GET: 1.0 };
const SIZES: readonly Size[] = [
  { kind: "TCP_CHECK", servers: 1000, delayLoopS: 5 },
  { kind: "HTTP_GET", servers: 1000, delayLoopS: 5 },
  { kind: "TCP_CHECK", servers: 10_000, delayLoopS: 50 },
  { kind: "HTTP_GET", servers: 10_000, delayLoopS: 50 },
  { kind: "TCP_CHECK", servers: 40_000, delayLoopS: 120 },
];
/** After so long V8 has optimised what runs 200 times a second; before, a check costs ours up to three times as much. */
const WARM_S = 120;
/** Together as long as ipvs_resync: one reading of the kernel's table is among what is measured. */
const WINDOWS = 6;
const WINDOW_S = 10;
/** What is measured, of these words; all without any: "TCP_CHECK 10000", "HTTP_GET 1000", "idle", "death", "many". */
const parts = process.env.LVSKEEPER_BENCH_CHECKS?.split(",");
const isWanted = (part: string): boolean => parts === undefined || parts.includes(part);

type Reading = { readonly cpuMs: number; readonly connections: number };
type Spent = { readonly checks: number; readonly perCheckMs: number };

async function read(lab: Lab, { at, checker }: Director): Promise<Reading> {
  const stat = `sed 's/.*) //' /proc/${checker}/stat | awk '{ print ($12 + $13) * 10 }'`;
  const accepted = "awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp";
  const { status, stdout } = await lab.exec(at, `set -e; test -d /proc/${checker}; ${stat}; ${accepted}`, PATIENT);
  if (status !== 0) throw new Error(`the checker of ${at} is gone:\n${await lab.report()}`);
  const [cpuMs, connections] = stdout.trim().split("\n").map(Number);
  return { cpuMs: cpuMs as number, connections: connections as number };
}

/** MB of the process that checks, and of all processes of the director together. */
async function memoryOf(lab: Lab, { at, checker, parent }: Director): Promise<string> {
  const sum = (pids: string): string =>
    `for pid in ${pids}; do cat /proc/$pid/smaps_rollup; done | awk '/^Pss:/ { kb += $2 } END { printf "%.1f\\n", kb / 1024 }'`;
  const printed = await lab.run(
    at,
    `${sum(String(checker))}; ${sum(`${parent.pid} $(pgrep -P ${parent.pid})`)}`,
    PATIENT,
  );
  return printed.trim().split("\n").join(" / ");
}

/** CPU per check of both, and their memory. */
async function compare(lab: Lab, size: Size): Promise<readonly unknown[]> {
  const directors = await startBoth(lab, { ...size, connectTimeoutS: 3 }, 80);
  await sleep(Math.max(size.delayLoopS + 3, WARM_S)); // all have run once, after 1 s and their part of the warmup
  const readings: Reading[][] = [];
  for (let window = 0; window <= WINDOWS; window += 1) {
    if (window > 0) await sleep(WINDOW_S);
    readings.push(await Promise.all(directors.map((one) => read(lab, one))));
  }
  const spent = (from: number, to: number): Spent[] =>
    directors.map((_, who) => {
      const [before, after] = [readings[from]?.[who] as Reading, readings[to]?.[who] as Reading];
      const checks = after.connections - before.connections;
      return { checks, perCheckMs: (after.cpuMs - before.cpuMs) / checks };
    });
  const [ours, theirs] = spent(0, WINDOWS) as [Spent, Spent];
  const ratio = ours.perCheckMs / theirs.perCheckMs;
  const each = Array.from({ length: WINDOWS }, (_, n) => spent(n, n + 1) as [Spent, Spent]);
  const told = (who: 0 | 1): string =>
    each.map((pair) => `${pair[who].checks} (${Math.round(pair[who].perCheckMs * pair[who].checks)} ms)`).join(", ");
  console.log(`${size.kind} ${size.servers}, checks each ${WINDOW_S} s: ours ${told(0)}; keepalived ${told(1)}`);
  const memory = await Promise.all(directors.map((one) => memoryOf(lab, one)));
  await stopBoth(lab, directors);
  const ratios = each.map(([our, their]) => our.perCheckMs / their.perCheckMs);
  const least = 0.9 * (size.servers / size.delayLoopS) * WINDOWS * WINDOW_S;
  if (ratio > TARGET[size.kind] || Math.min(ours.checks, theirs.checks) < least) met = false;
  return [
    ...[size.kind, size.servers, size.delayLoopS, ours.checks, theirs.checks],
    ...[ours.perCheckMs.toFixed(3), theirs.perCheckMs.toFixed(3)],
    `${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
    ...[TARGET[size.kind].toFixed(1), ...memory],
  ];
}

let met = true;
const sizes = SIZES.filter(({ kind, servers }) => isWanted(`${kind} ${servers}`));
if (sizes.length > 0 || isWanted("idle") || isWanted("death")) {
  const lab = await Lab.start({ memoryMb: 3072 });
  try {
    await Promise.all([lab.web(OURS), lab.web(THEIRS)]);
    const rows: (readonly unknown[])[] = [];
    for (const size of sizes) rows.push(await compare(lab, size));
    const heads = ["delay_loop s", "checks ours", "keepalived", "CPU ms ours", "keepalived", "ratio", "target"];
    const memory = ["PSS MB ours (checker / all)", "keepalived"];
    if (rows.length > 0) console.log(table(["check", "servers", ...heads, ...memory], rows));
    if (isWanted("idle")) await tellIdle(lab);
    if (isWanted("death")) met = (await compareDeaths(lab)) && met;
  } finally {
    await lab[Symbol.asyncDispose]();
  }
}
if (isWanted("many")) met = (await checkMany()) && met;
process.exitCode = met ? 0 : 1;
