// Health checks of many real servers on loopback in this one process for a while, without IPVS; prints what that took as
// JSON. checks-engine COUNT DELAY_LOOP_S SECONDS PORT
import type { CheckerSubject } from "../src/checkers/model.ts";
import { createCheckerRunner } from "../src/checkers/runner.ts";

export type EngineReport = {
  readonly checks: number;
  readonly down: number;
  readonly perCheckUs: number;
  /** Of one processor. */
  readonly cpuShare: number;
  readonly perSecond: number;
  /** How much longer than delay_loop it took until the next check ended. */
  readonly lateMs: { readonly median: number; readonly p99: number; readonly most: number };
  readonly rssMb: number;
};

const [count = 0, delayLoopS = 0, seconds = 0, port = 0] = process.argv.slice(2).map(Number);

function subject(index: number): CheckerSubject {
  const host = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return {
    plan: {
      id: `check-${index}`,
      probe: { kind: "TCP_CHECK", endpoint: { host, port }, connectTimeoutMs: 3000 },
      delayLoopMs: delayLoopS * 1000,
      warmupMs: delayLoopS * 1000,
      retry: 1,
      delayBeforeRetryMs: 1000,
      alpha: false,
      logAllFailures: false,
    },
    realServer: `[${host}]:tcp:${port}`,
    virtualServer: "[10.0.0.1]:tcp:80",
  };
}

const ended = new Map<string, number>();
const late: number[] = [];
let down = 0;
const runner = createCheckerRunner(
  () => {},
  (_id, { up }) => {
    if (!up) down += 1;
  },
  {
    onResult(id) {
      const now = performance.now();
      const before = ended.get(id);
      if (before !== undefined) late.push(now - before - delayLoopS * 1000);
      ended.set(id, now);
    },
  },
);
const sleep = (s: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, s * 1000));

runner.replace(Array.from({ length: count }, (_, index) => subject(index)));
await sleep(delayLoopS + 2); // each has run once, after 1 s and its part of the warmup
late.length = 0;
const [cpu, started] = [process.cpuUsage(), performance.now()];
await sleep(seconds);
const used = process.cpuUsage(cpu);
const tookMs = performance.now() - started;
late.sort((a, b) => a - b);
const at = (part: number): number => late[Math.min(late.length - 1, Math.floor(late.length * part))] ?? Number.NaN;
const report: EngineReport = {
  checks: late.length,
  down,
  perCheckUs: (used.user + used.system) / late.length,
  cpuShare: (used.user + used.system) / 1000 / tookMs,
  perSecond: late.length / (tookMs / 1000),
  lateMs: { median: at(0.5), p99: at(0.99), most: at(1) },
  rssMb: process.memoryUsage.rss() / 2 ** 20,
};
console.log(JSON.stringify(report));
await runner.stop();
