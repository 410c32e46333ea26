import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { MAIN } from "../../loop/process/sandbox.ts";
import { addressOf, type Bench, eventually, type Running } from "../vrrp-bench.ts";
import type { Places } from "./text.ts";

export type Make = "ours" | "keepalived";

/** What became of one instance or group between two moments, as a third party saw it. */
export type Seen = {
  /** Its lines of the FIFO. */
  readonly fifo: readonly string[];
  /** Its notify scripts, in the order in which they were started, each with its arguments. */
  readonly calls: readonly string[];
  /** The priorities of its adverts, each change of them once. */
  readonly priorities: readonly number[];
};

const RELOADED: Readonly<Record<Make, string>> = { ours: "Reload finished", keepalived: "Reload complete" };
const POLLED = "the kernel tells of no processes here";

const NOTHING: Seen = { fifo: [], calls: [], priorities: [] };

/** The process numbers are those of the order of forks, which is the order of calls; the notes' own order is not. */
const noteTo = (file: string): string => `#!/bin/sh
echo "$$ $*" >> ${file}
`;

/** A router under test on host a of its bench, with all that it says. */
export class Subject {
  readonly make: Make;
  readonly bench: Bench;
  readonly places: Places;
  readonly #isDeaf: boolean;
  #running: Running | undefined;
  #reader: Running | undefined;
  #dump: Running | undefined;
  #noted = 0;
  #told = 0;
  #dumped = 0;
  readonly #lastPriority = new Map<string, number>();

  /** `isDeaf`: it is not told of processes by the kernel, and looks for them once a second. */
  constructor(make: Make, bench: Bench, shared: string, isDeaf = false) {
    this.make = make;
    this.#isDeaf = isDeaf;
    this.bench = bench;
    this.places = { own: path.join(bench.folder, "own"), shared };
  }

  /** A place for its scripts' notes, a reader of its FIFO, and a capture of its adverts. */
  async prepare(): Promise<void> {
    const { own } = this.places;
    await mkdir(own, { recursive: true });
    await writeFile(path.join(own, "note"), noteTo(path.join(own, "notes")), { mode: 0o755 });
    await writeFile(path.join(own, "notes"), "");
    await this.bench.run("a", "mkfifo", path.join(own, "fifo"));
    this.#reader = this.bench.spawn("a", "sh", "-c", `exec cat <> ${own}/fifo`); // it stays when writers come and go
    const filter = `ip proto 112 and src host ${addressOf.a}`;
    const room = ["-s", "128", "-B", "8192"]; // for a burst: all instances stop at once
    this.#dump = this.bench.spawn("a", "tcpdump", "-i", "eth0", "-nn", "-t", "-l", "--immediate-mode", ...room, filter);
    await eventually("tcpdump listens", 10_000, () => this.#dump?.stderr.includes("listening on") === true);
  }

  async start(text: string): Promise<void> {
    const at = (name: string): string => path.join(this.places.own, name);
    await writeFile(at("conf"), text);
    const pids = ["-p", at("pid"), "-r", at("vrrp.pid"), "-c", at("checkers.pid"), "-b", at("bfd.pid")];
    const program = this.make === "ours" ? [process.execPath, MAIN, "run"] : ["keepalived"];
    // The kernel tells of processes in its first network namespace only: the routers enter the bench's by themselves.
    const outside = ["nsenter", `--net=/proc/${process.pid}/ns/net`];
    const inside = ["-s", this.bench.switchNamespace.replace(/sw$/, "a")];
    // A stop leaves keepalived's scripts one second: it goes before other processes, and they with it.
    const command = ["nice", "-n", "-15", ...(this.#isDeaf ? program : [...outside, ...program, ...inside])];
    this.#running = this.bench.spawn("a", ...command, ..."-n -l -D -G -f".split(" "), at("conf"), ...pids);
    await eventually(`${this.make} has told of a first state`, 20_000, () => {
      if (this.#running?.running === false) throw new Error("it ended");
      return this.#reader?.stdout.includes("INSTANCE") === true;
    }).catch((cause: unknown) => {
      throw new Error(`${this.make} wrote: ${this.log.slice(-5000)}`, { cause });
    });
    if (this.make === "ours" && /vrrp_track_process/.test(text) && this.log.includes(POLLED) !== this.#isDeaf)
      throw new Error(this.#isDeaf ? "it hears of processes by the kernel" : "it hears nothing of processes");
  }

  /** Has it read its file again, with another text where one is given. */
  async reload(text?: string): Promise<void> {
    if (text !== undefined) await writeFile(path.join(this.places.own, "conf"), text);
    const done = (): number => this.log.split(RELOADED[this.make]).length;
    const before = done();
    this.#running?.signal("SIGHUP");
    await eventually(`${this.make} has reloaded`, 20_000, () => done() > before);
  }

  async stop(): Promise<void> {
    await this.#running?.end();
  }

  private get log(): string {
    return this.#running?.stderr ?? "";
  }

  /** All lines of the FIFO. */
  get heard(): string {
    return this.#reader?.stdout ?? "";
  }

  /** A measure of what it has said: it grows with each line of the FIFO and each call of a script. */
  async said(): Promise<number> {
    return (this.#reader?.stdout.length ?? 0) + (await readFile(path.join(this.places.own, "notes"))).length;
  }

  /** What it said since the last time, by instance. `names` are the instances' by VRID. */
  async seen(names: ReadonlyMap<number, string>): Promise<ReadonlyMap<string, Seen>> {
    const found = new Map<string, { fifo: string[]; calls: string[]; priorities: number[] }>();
    const of = (name: string) => {
      const one = found.get(name) ?? { fifo: [], calls: [], priorities: [] };
      found.set(name, one);
      return one;
    };
    const [lines, told] = linesFrom(this.#reader?.stdout ?? "", this.#told);
    for (const line of lines) {
      const name = /^\w+ "([^"]*)"/.exec(line)?.[1];
      if (name !== undefined) of(name).fifo.push(line.replace(`"${name}" `, ""));
    }
    const [notes, noted] = linesFrom(await readFile(path.join(this.places.own, "notes"), "utf8"), this.#noted);
    const ordered = notes.map((note) => note.split(" ")).sort(([a], [b]) => forkOrder(Number(a), Number(b)));
    for (const [, name = "", ...words] of ordered) of(name).calls.push(words.join(" "));
    const [adverts, dumped] = linesFrom(this.#dump?.stdout ?? "", this.#dumped);
    for (const advert of adverts) {
      const [, vrid, priority] = /vrid (\d+), prio (\d+)/.exec(advert) ?? [];
      const name = names.get(Number(vrid));
      if (name === undefined) continue;
      if (this.#lastPriority.get(name) === Number(priority)) continue;
      this.#lastPriority.set(name, Number(priority));
      of(name).priorities.push(Number(priority));
    }
    [this.#told, this.#noted, this.#dumped] = [told, noted, dumped];
    return new Map([...found].map(([name, one]) => [name, { ...NOTHING, ...one }]));
  }
}

const PIDS = Number(readFileSync("/proc/sys/kernel/pid_max", "utf8"));

/** Which of two processes was forked first, where far fewer than all numbers lie between them: they begin anew at the end. */
const forkOrder = (a: number, b: number): number => (Math.abs(a - b) > PIDS / 2 ? b - a : a - b);

/** The whole lines behind an offset, and the offset behind them. */
function linesFrom(text: string, offset: number): [string[], number] {
  const end = text.lastIndexOf("\n") + 1;
  return [text.slice(offset, end).split("\n").slice(0, -1), end];
}
