// Runs TCP checks of many real servers on loopback in this one process for a while, without IPVS, and prints what that took:
// `node checks-engine.mjs BUNDLE COUNT DELAY_LOOP_S SECONDS PORT`. BUNDLE has createCheckerRunner.
import { pathToFileURL } from "node:url";

const [bundle, ...numbers] = process.argv.slice(2);
const [count, delayLoopS, seconds, port] = numbers.map(Number);
const { createCheckerRunner } = await import(pathToFileURL(bundle).href);

const hostOf = (i) => `127.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const subjects = Array.from({ length: count }, (_, i) => ({
  plan: {
    id: `check-${i}`,
    probe: { kind: "TCP_CHECK", endpoint: { host: hostOf(i), port }, connectTimeoutMs: 3000 },
    delayLoopMs: delayLoopS * 1000,
    warmupMs: delayLoopS * 1000,
    retry: 1,
    delayBeforeRetryMs: 1000,
    alpha: false,
    logAllFailures: false,
  },
  realServer: `[${hostOf(i)}]:tcp:${port}`,
  virtualServer: "[10.0.0.1]:tcp:80",
}));

let checks = 0;
let down = 0;
const dueAt = new Map();
const late = [];
const runner = createCheckerRunner(
  () => {},
  (_id, { up }) => {
    if (!up) down += 1;
  },
  {
    onResult(id) {
      checks += 1;
      const now = performance.now();
      const due = dueAt.get(id);
      if (due !== undefined) late.push(now - due);
      dueAt.set(id, now + delayLoopS * 1000);
    },
  },
);
runner.replace(subjects);
const sleep = (s) => new Promise((resolve) => setTimeout(resolve, s * 1000));
await sleep(delayLoopS + 1.5); // each has run once
checks = 0;
late.length = 0;
const [cpu, started] = [process.cpuUsage(), performance.now()];
await sleep(seconds);
const used = process.cpuUsage(cpu);
const tookS = (performance.now() - started) / 1000;
late.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    checks,
    down,
    perCheckUs: (used.user + used.system) / checks,
    userUs: used.user / checks,
    systemUs: used.system / checks,
    cpuShare: (used.user + used.system) / 1e6 / tookS,
    perSecond: checks / tookS,
    lateMs: { median: late[late.length >> 1], p99: late[Math.floor(late.length * 0.99)], most: late.at(-1) },
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
  }),
);
await runner.stop();
