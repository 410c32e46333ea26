// Real servers that come and go by themselves, and a look at the table and at the processes of the director every now and
// then: node flapping.mjs '{"hosts":[...],"port":80,"seconds":600,...}'. What was found is one line of JSON at the end.
import { readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import type { FlapOrder, FlapReport, ProcessReading } from "../checkers/flap-report.ts";

const order = JSON.parse(process.argv[2] ?? "{}") as FlapOrder;
const { hosts, port, seconds, settleMs, holdMs, sampleMs, seed, pidFiles } = order;

/** mulberry32: the same run for the same seed. */
let state = seed;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

type Server = { readonly host: string; readonly key: string; listener: net.Server | undefined; changedMs: number };

/** As /proc/net/ip_vs has it. */
const keyOf = (host: string): string => {
  const bytes = host.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `${bytes.join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
};

const servers: readonly Server[] = hosts.map((host) => ({ host, key: keyOf(host), listener: undefined, changedMs: 0 }));
let flaps = 0;

function open(server: Server): Promise<void> {
  const listener = net.createServer((socket) => socket.on("error", () => {}).resume());
  server.listener = listener;
  server.changedMs = performance.now();
  return new Promise((resolve) => listener.listen({ host: server.host, port }, resolve));
}

function flap(server: Server): void {
  flaps += 1;
  if (server.listener) {
    server.listener.close();
    server.listener = undefined;
    server.changedMs = performance.now();
  } else void open(server);
}

/** Between one and two times `holdMs` in one state. */
const again = (server: Server): void => {
  setTimeout(
    () => {
      flap(server);
      again(server);
    },
    holdMs * (1 + random()),
  );
};

const numberIn = (file: string, pattern: RegExp): number =>
  Number(pattern.exec(readFileSync(file, "latin1"))?.[1] ?? 0);

const reading = (): ProcessReading[] =>
  pidFiles.map((file) => {
    const pid = Number(readFileSync(file, "latin1"));
    const rssKb = numberIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);
    return { pid, rssKb, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  });

const report: FlapReport = { flaps: 0, samples: 0, judged: 0, wrong: [], readings: [] };

/** Servers that have been as they are for long enough have to be in the table, or not. */
function sample(startedMs: number): void {
  const inTable = new Set(
    [...readFileSync("/proc/net/ip_vs", "latin1").matchAll(/-> ([0-9A-F]{8}:[0-9A-F]{4})/g)].map(([, key]) => key),
  );
  const now = performance.now();
  report.samples += 1;
  report.readings.push(reading());
  for (const { host, key, listener, changedMs } of servers) {
    if (changedMs > now - settleMs) continue;
    report.judged += 1;
    const is = inTable.has(key);
    if (is === (listener !== undefined) || report.wrong.length >= 20) continue;
    report.wrong.push(
      `${host} ${listener ? "up" : "down"} for ${Math.round(now - changedMs)} ms at ${Math.round(now - startedMs)} ms`,
    );
  }
}

await Promise.all(servers.map(open));
console.log("listening");
process.once("SIGUSR1", () => {
  for (const server of servers) again(server);
  const startedMs = performance.now();
  const sampling = setInterval(sample, sampleMs, startedMs);
  setTimeout(() => {
    clearInterval(sampling);
    console.log(JSON.stringify({ ...report, flaps }));
    process.exit(0);
  }, seconds * 1000);
});
