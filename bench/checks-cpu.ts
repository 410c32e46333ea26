// What checks cost, read from outside: one director in a guest, ours in one and Debian's keepalived in another, both at the
// same time. The CPU is what this machine charges to the whole guest, less what the same guest took before its director was
// started; so nothing escapes it: kernel, page faults, all processes of the director. What it takes to answer the checks is
// in it too, the same for both a check, and brings their ratio nearer to 1.
import path from "node:path";
import { type Host, Lab } from "../test/lab/lib/lab.ts";
import { compiled, PROJECT } from "../test/lab/lib/workspace.ts";
import { type Director, type Kind, OURS, PATIENT, type Setting, sleep, startOne, THEIRS } from "./checks-setup.ts";

export type Load = Omit<Setting, "connectTimeoutS">;
/** Of one window, or of several together. */
export type Spent = { readonly seconds: number; readonly checks: number; readonly cpuMs: number };
export type Both<T> = { readonly ours: T; readonly theirs: T };
export type Cost = {
  readonly windows: readonly Both<Spent>[];
  readonly all: Both<Spent>;
  /** MB of the process that checks, and of all processes of the director together (PSS). */
  readonly memory: Both<string>;
};

/** After so long V8 has optimised what runs 200 times a second; before, a check costs ours up to three times as much. */
const WARM_S = 120;
/** Together as long as ipvs_resync: one reading of the kernel's table is among what is measured. */
const WINDOWS = 6;
const WINDOW_S = 10;
const BEFORE_S = 20;
const PORT = 80;
/** A connection is open before its server looks; a request waits for the answer. */
const LOOK_EVERY_MS: Readonly<Record<Kind, number>> = { TCP_CHECK: 50, HTTP_GET: 5 };

type Guest = { readonly lab: Lab; readonly at: Host; readonly director: Director; readonly idleMsPerS: number };

async function boot(at: Host, load: Load): Promise<Guest> {
  const lab = await Lab.start({ memoryMb: 3072 });
  try {
    const server = compiled(path.join(PROJECT, "bench/answers.c"));
    await lab.spawn(at, [
      server,
      String(PORT),
      String(LOOK_EVERY_MS[load.kind]),
      load.kind === "HTTP_GET" ? "http" : "tcp",
    ]);
    await sleep(2);
    const [cpuMs, began] = [lab.cpuMs(), performance.now()];
    await sleep(BEFORE_S);
    const idleMsPerS = (lab.cpuMs() - cpuMs) / ((performance.now() - began) / 1000);
    return { lab, at, idleMsPerS, director: await startOne(lab, at, { ...load, connectTimeoutS: 3 }, PORT) };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Connections that the servers have had so far (PassiveOpens of RFC 4022). */
async function asked({ lab, at, director: { parent } }: Guest): Promise<number> {
  if (parent.exit) throw new Error(`${at} is gone:\n${await lab.report()}`);
  return Number(await lab.run(at, "awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp", PATIENT));
}

async function memoryOf({ lab, at, director: { checker, parent } }: Guest): Promise<string> {
  const sum = (pids: string): string =>
    `for pid in ${pids}; do cat /proc/$pid/smaps_rollup; done | awk '/^Pss:/ { kb += $2 } END { printf "%.1f\\n", kb / 1024 }'`;
  const script = `${sum(String(checker))}; ${sum(`${parent.pid} $(pgrep -P ${parent.pid})`)}`;
  return (await lab.run(at, script, PATIENT)).trim().split("\n").join(" / ");
}

/** One window of one guest. What it takes to ask for the numbers lies between two windows. */
async function window(guest: Guest, seconds: number): Promise<Spent> {
  const { lab, idleMsPerS } = guest;
  const before = await asked(guest);
  const [cpuMs, began] = [lab.cpuMs(), performance.now()];
  await sleep(seconds);
  const tookS = (performance.now() - began) / 1000;
  const spentMs = lab.cpuMs() - cpuMs - tookS * idleMsPerS;
  return { seconds: tookS, checks: (await asked(guest)) - before, cpuMs: spentMs };
}

const together = (parts: readonly Spent[]): Spent => ({
  seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
  checks: parts.reduce((sum, { checks }) => sum + checks, 0),
  cpuMs: parts.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
});

export async function costOf(load: Load): Promise<Cost> {
  const guests = await Promise.all([boot(OURS, load), boot(THEIRS, load)]);
  const [ours, theirs] = guests;
  try {
    await sleep(WARM_S); // and all have run once, but where nothing is due
    const windows: Both<Spent>[] = [];
    for (let n = 0; n < WINDOWS; n += 1) {
      const [our, their] = await Promise.all([window(ours, WINDOW_S), window(theirs, WINDOW_S)]);
      windows.push({ ours: our, theirs: their });
    }
    return {
      windows,
      all: { ours: together(windows.map((both) => both.ours)), theirs: together(windows.map((both) => both.theirs)) },
      memory: { ours: await memoryOf(ours), theirs: await memoryOf(theirs) },
    };
  } finally {
    for (const { lab } of guests) await lab[Symbol.asyncDispose]();
  }
}
