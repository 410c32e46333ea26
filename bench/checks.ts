// Health checks beside Debian's keepalived: both check as many real servers of their own at the same time in one guest, each
// on a host of its own, so that whatever else the machine does meets both. What a check costs is the CPU of the process that
// checks, over the connections that its servers saw. Then how long a dead server stays in the table, and 100,000 real
// servers in one process of this machine.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { build } from "esbuild";
import { type Host, Lab, type LabProcess } from "../test/lab/lib/lab.ts";
import { PROJECT } from "../test/lab/lib/workspace.ts";
import type { EngineReport } from "./checks-engine.ts";
import { table } from "./measure.mjs";

type Kind = "TCP_CHECK" | "HTTP_GET";
type Size = { readonly kind: Kind; readonly servers: number; readonly delayLoopS: number; readonly measureS: number };

const TARGET: Readonly<Record<Kind, number>> = { TCP_CHECK: 0.8, HTTP_GET: 1.0 };
const SIZES: readonly Size[] = [
  { kind: "TCP_CHECK", servers: 1000, delayLoopS: 5, measureS: 30 },
  { kind: "TCP_CHECK", servers: 10_000, delayLoopS: 50, measureS: 50 },
  { kind: "TCP_CHECK", servers: 40_000, delayLoopS: 120, measureS: 60 },
  { kind: "HTTP_GET", servers: 1000, delayLoopS: 5, measureS: 30 },
  { kind: "HTTP_GET", servers: 10_000, delayLoopS: 50, measureS: 50 },
];
/** LVSKEEPER_BENCH_SERVERS=1000 leaves the other sizes out, and what comes after them too. */
const only = process.env.LVSKEEPER_BENCH_SERVERS;
const MANY = { servers: 100_000, delayLoopS: 60, measureS: 60 };
const PER_SERVICE = 20;
const DEATHS = { servers: 100, delayLoopS: 2 };
const CHECKERS_PID = "/run/bench-checkers.pid";
const PATIENT = { timeoutMs: 120_000 };
const OURS: Host = "d1";
const THEIRS: Host = "d2";

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function configuration({ kind, servers, delayLoopS }: Omit<Size, "measureS">, port: number): string {
  const check = {
    TCP_CHECK: "TCP_CHECK {\nconnect_timeout 3\nretry 1\ndelay_before_retry 1\n}",
    HTTP_GET: "HTTP_GET {\nurl {\npath /\nstatus_code 200\n}\nconnect_timeout 3\nretry 1\ndelay_before_retry 1\n}",
  }[kind];
  // Two directors and their servers share one processor: a checker that is killed for silence would be another measurement.
  const lines = ["global_defs {", "router_id bench", "watchdog_timeout 60", "}"];
  for (let at = 0; at < servers; at += 1) {
    const service = Math.floor(at / PER_SERVICE);
    if (at % PER_SERVICE === 0) {
      if (at > 0) lines.push("}");
      lines.push(`virtual_server 10.9.${service >> 8}.${service & 255} 80 {`, `delay_loop ${delayLoopS}`);
      lines.push("lb_algo rr", "lb_kind NAT", "protocol TCP");
    }
    const host = `127.${1 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
    lines.push(`real_server ${host} ${port} {`, "weight 1", check, "}");
  }
  return `${lines.join("\n")}\n}\n`;
}

type Director = { readonly at: Host; readonly parent: LabProcess; readonly checker: number };

/** One after the other: each has the guest's one processor for itself until its table is there. */
async function startBoth(lab: Lab, text: string, servers: number): Promise<readonly Director[]> {
  const options = ["-C", "-c", CHECKERS_PID];
  const directors: Director[] = [];
  for (const at of [OURS, THEIRS]) {
    const parent = await (at === OURS ? lab.director(at, text, options) : lab.keepalived(at, text, options));
    const listed = "ipvsadm -Ln | grep -c Masq || true";
    const isThere = async (): Promise<boolean> => Number(await lab.run(at, listed, PATIENT)) >= servers;
    await lab.eventually(`${at} has its table`, 300_000, isThere);
    directors.push({ at, parent, checker: Number(await lab.run(at, ["cat", CHECKERS_PID])) });
  }
  return directors;
}

type Reading = { readonly cpuMs: number; readonly connections: number };

async function read(lab: Lab, { at, checker }: Director): Promise<Reading> {
  const stat = `sed 's/.*) //' /proc/${checker}/stat | awk '{ print ($12 + $13) * 10 }'`;
  const accepted = "awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp";
  const [cpuMs, connections] = (await lab.run(at, `${stat}; ${accepted}`, PATIENT)).trim().split("\n").map(Number);
  return { cpuMs: cpuMs as number, connections: connections as number };
}

const pssMb = async (lab: Lab, { at, checker }: Director): Promise<number> =>
  Number(await lab.run(at, `awk '/^Pss:/ { print $2 }' /proc/${checker}/smaps_rollup`, PATIENT)) / 1024;

async function stop(lab: Lab, directors: readonly Director[]): Promise<void> {
  for (const { at, parent } of directors) {
    await parent.signal("SIGTERM");
    await parent.exited();
    await lab.run(at, ["ipvsadm", "-C"], PATIENT);
  }
}

/** CPU per check of both, and their memory. */
async function compare(lab: Lab, size: Size): Promise<readonly unknown[]> {
  const directors = await startBoth(lab, configuration(size, 80), size.servers);
  await sleep(size.delayLoopS + 3); // all have run once, after 1 s and their part of the warmup
  const readBoth = (): Promise<Reading[]> => Promise.all(directors.map((one) => read(lab, one)));
  const before = await readBoth();
  await sleep(size.measureS);
  const after = await readBoth();
  const checks = after.map(({ connections }, i) => connections - (before[i] as Reading).connections);
  const [ours, theirs] = after.map(({ cpuMs }, i) => (cpuMs - (before[i] as Reading).cpuMs) / (checks[i] as number));
  const memory = await Promise.all(directors.map((one) => pssMb(lab, one)));
  await stop(lab, directors);
  const ratio = (ours as number) / (theirs as number);
  const enough = checks.every((count) => count > 0.9 * (size.servers / size.delayLoopS) * size.measureS);
  if (ratio > TARGET[size.kind] || !enough) met = false;
  return [
    ...[size.kind, size.servers, size.delayLoopS, ...checks],
    ...[ours, theirs, ratio].map((value) => value?.toFixed(3)),
    TARGET[size.kind].toFixed(1),
    ...memory.map((value) => value.toFixed(1)),
  ];
}

/** Seconds that real servers which die together stay in the table, on average: the area below the number that is left. */
async function deathToRemoval(lab: Lab): Promise<readonly [number, number]> {
  const both = [OURS, THEIRS] as const;
  const webs = await Promise.all(both.map((at) => lab.web(at, { port: 81 })));
  const size = { kind: "TCP_CHECK", ...DEATHS } as const;
  const directors = await startBoth(lab, configuration(size, 81), size.servers);
  await sleep(2 * size.delayLoopS + 3);
  const curves = both.map(async (at, i) => {
    const web = webs[i] as LabProcess;
    const watch = `kill -KILL ${web.pid}; for i in $(seq 2000); do
      left=$(ipvsadm -Ln | grep -c Masq); echo "$EPOCHREALTIME $left"; [ "$left" = 0 ] && break; sleep 0.02; done`;
    const samples = (await lab.run(at, ["bash", "-c", watch], { timeoutMs: 60_000 })).trim().split("\n");
    const points = samples.map((line) => line.split(" ").map(Number) as [number, number]);
    const area = points.slice(1).reduce((sum, [time, left], n) => {
      const [timeBefore, leftBefore] = points[n] as [number, number];
      return sum + ((time - timeBefore) * (left + leftBefore)) / 2;
    }, 0);
    return area / size.servers;
  });
  const result = (await Promise.all(curves)) as [number, number];
  await stop(lab, directors);
  return result;
}

/** One process of this machine, with servers that are one listener on all of 127.0.0.0/8. */
async function many(): Promise<EngineReport> {
  const engine = path.join(PROJECT, ".lab", `checks-engine-${process.pid}.mjs`);
  const target = { platform: "node", target: "node20", format: "esm", packages: "external" } as const;
  const entryPoints = [path.join(PROJECT, "bench/checks-engine.ts")];
  await build({ entryPoints, outfile: engine, bundle: true, logLevel: "warning", ...target });
  const server = net.createServer((socket) => socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "0.0.0.0", backlog: 4096 }, resolve));
  const { port } = server.address() as net.AddressInfo;
  const words = [engine, MANY.servers, MANY.delayLoopS, MANY.measureS, port].map(String);
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  server.close();
  rmSync(engine, { force: true });
  return JSON.parse(printed) as EngineReport;
}

let met = true;
const lab = await Lab.start({ memoryMb: 3072 });
try {
  await Promise.all([lab.web(OURS), lab.web(THEIRS)]);
  const rows: (readonly unknown[])[] = [];
  for (const size of SIZES)
    if (only === undefined || size.servers === Number(only)) rows.push(await compare(lab, size));
  const heads = ["delay_loop s", "checks ours", "keepalived", "CPU ms ours", "keepalived", "ratio", "target"];
  console.log(table(["check", "servers", ...heads, "PSS MB ours", "keepalived"], rows));
  if (only === undefined) {
    const [ours, theirs] = await deathToRemoval(lab);
    const bound = theirs + 0.1; // of two times of 2 s each that are measured to about that
    met &&= ours <= bound;
    const setting = `delay_loop ${DEATHS.delayLoopS}, retry 1, delay_before_retry 1, ${DEATHS.servers} servers`;
    console.log(
      `death to removal (${setting}): ours ${ours.toFixed(2)} s, keepalived ${theirs.toFixed(2)} s on average`,
    );
  }
} finally {
  await lab[Symbol.asyncDispose]();
}
if (only === undefined) {
  const { checks, down, cpuShare, perCheckUs, perSecond, lateMs, rssMb } = await many();
  met &&= down === 0 && lateMs.p99 < 1000 && checks > 0.95 * (MANY.servers / MANY.delayLoopS) * MANY.measureS;
  console.log(
    `${MANY.servers} real servers, delay_loop ${MANY.delayLoopS}, one process on this machine: ${Math.round(perSecond)} checks/s, ` +
      `${(100 * cpuShare).toFixed(1)} % of a processor (${perCheckUs.toFixed(0)} µs a check), ` +
      `late by ${lateMs.median.toFixed(0)} ms (99 %: ${lateMs.p99.toFixed(0)} ms), ${rssMb.toFixed(0)} MB, ${down} wrong verdicts`,
  );
}
process.exitCode = met ? 0 : 1;
