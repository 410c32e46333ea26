import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import type { Files } from "./target.ts";
import { targets } from "./targets.ts";

/** A case may take this long: hundreds of times what the slowest took on a busy machine. */
const CASE_MS = 20_000;
const HEAP_MB = 768;
const RSS_MB = 2048;
const FOUND = "test/vectors/fuzz";

/** A thread that checks cases, and is replaced when one does not end or eats its memory. */
class Checker {
  #worker: Worker | undefined;

  /** Undefined when everything held. */
  async check(target: string, files: Files): Promise<string | undefined> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const said = await answerOf(worker, { target, files });
    const rssMb = process.memoryUsage.rss() / 1024 / 1024;
    if (said !== undefined || rssMb > RSS_MB) await this.stop();
    return said ?? (rssMb > RSS_MB ? `${Math.round(rssMb)} MB of memory` : undefined);
  }

  #start(): Worker {
    return new Worker(new URL("worker.js", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}

/** What the thread says of a case: undefined when everything held. */
function answerOf(worker: Worker, message: object): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (said: string | undefined): void => {
      clearTimeout(timer);
      worker.off("message", done).off("error", failed);
      resolve(said);
    };
    const failed = (error: Error): void => done(`the thread ended: ${error.message}`);
    const timer = setTimeout(done, CASE_MS, `not done after ${CASE_MS} ms`);
    worker.on("message", done).on("error", failed);
    worker.postMessage(message);
  });
}

/** Runs one target; the smallest case that fails is saved, and what is wrong with it printed. */
async function fuzz(name: string, seconds: number, seed: number, checker: Checker): Promise<boolean> {
  const target = targets[name];
  if (!target) throw new Error(`no such target: ${name}; there are: ${Object.keys(targets).join(", ")}`);
  let cases = 0;
  let slowestMs = 0;
  const property = fc.asyncProperty(target.cases, async (files) => {
    const started = performance.now();
    const wrong = await checker.check(name, files);
    cases++;
    slowestMs = Math.max(slowestMs, performance.now() - started);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    maxSkipsPerRun: 0,
    endOnFailure: false,
  });
  console.log(`${name}: ${cases} cases, seed ${seed}, the slowest ${Math.round(slowestMs)} ms`);
  if (!details.failed || details.counterexample === null) return true;
  console.log(String(details.errorInstance));
  console.log(`saved: ${save(name, seed, details.counterexample[0])}`);
  return false;
}

function save(name: string, seed: number, files: Files): string {
  const folder = path.join(FOUND, `${name}-${seed}`);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of files) if (content.length > 0) writeFileSync(path.join(folder, file), content);
  return folder;
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "180" }, seed: { type: "string" } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(targets);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const checker = new Checker();
const shareOf = (name: string): number => targets[name]?.share ?? 1;
const part = Number(values.seconds) / names.reduce((sum, name) => sum + shareOf(name), 0);
let held = true;
for (const name of names) held = (await fuzz(name, part * shareOf(name), seed, checker)) && held;
await checker.stop();
process.exitCode = held ? 0 : 1;
