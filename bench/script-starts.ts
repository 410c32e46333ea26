// Runs /bin/true many times in a process with a heap of so many MB, and prints as JSON what that took.
// script-starts beside|here MB
import { runHere } from "../src/script/own-runner.ts";
import { run as runBeside } from "../src/script/runner.ts";

const [how, mb] = process.argv.slice(2);
const run = how === "here" ? runHere : runBeside;
const script = { argv: ["/bin/true"] };
const heap = Array.from({ length: Number(mb) }, (_, at) => new Array(131_072).fill(at + 0.5));

const ordered = (times: readonly number[]): number[] => [...times].sort((a, b) => a - b);
const at = (times: readonly number[], part: number): number => ordered(times)[Math.floor(times.length * part)] ?? 0;
const spread = (times: readonly number[]) => ({ median: at(times, 0.5), p99: at(times, 0.99) });

/** How long the call holds this process up, and how long it takes until the end is told. */
async function one(): Promise<{ blocked: number; told: number }> {
  const started = performance.now();
  const running = run(script, { timeoutMs: 10_000, isCheck: true });
  const blocked = performance.now() - started;
  await running;
  return { blocked, told: performance.now() - started };
}

await one(); // what is started with the first is not measured
const single: { blocked: number; told: number }[] = [];
for (let i = 0; i < 300; i += 1) single.push(await one());

const started = performance.now();
const running = Array.from({ length: 128 }, () => run(script, { timeoutMs: 10_000, isCheck: true }));
const blocked = performance.now() - started;
await Promise.all(running);
const told = performance.now() - started;

console.log(
  JSON.stringify({
    heap: heap.length,
    blocked: spread(single.map((time) => time.blocked)),
    told: spread(single.map((time) => time.told)),
    together: { blocked, told },
  }),
);
process.exit(0);
