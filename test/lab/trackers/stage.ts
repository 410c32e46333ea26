import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Bench, eventually, type Host, type Running } from "../vrrp-bench.ts";
import { type Course, KINDS, type Kind, processName } from "./cells.ts";
import { COUNTED, TURNS } from "./more.ts";
import { type Make, type Seen, Subject } from "./router.ts";
import { ADVERT_INT_S, BFD, farBfdText, type Matter, peerText, routerText } from "./text.ts";

/** Longer than a silence within which something may still come of what has happened: a take-over, a script's next run. */
const QUIET_MS = 3 * 1000 * ADVERT_INT_S + 900;

/** Behind the end of a router: what the capture has not printed yet. */
const LAST_WORDS_MS = 500;

export type Phase = {
  readonly name: string;
  /** What happens on both benches at the beginning of it. */
  act(stage: Stage): Promise<void>;
  /** Waits for what cannot be seen by the routers' words. */
  until?(stage: Stage): Promise<void>;
  /** Whether what is tracked is good at the end of it, when it began well. */
  readonly good?: boolean;
  /** The file is read again in it. */
  readonly reload?: "same weights" | "other weights";
  /** Of trackers that have one, since a reload changed it. */
  readonly weights?: number;
  /** Longer than the silence that there may be in it. */
  readonly quietMs?: number;
  /** The routers do not stop talking in it. */
  readonly talkative?: true;
};

/** What was seen in a phase, by instance. */
export type PhaseRecord = ReadonlyMap<string, Seen>;
export type Records = Readonly<Record<Make, readonly PhaseRecord[]>>;

/** Ours and keepalived, each on a bench of its own with a keepalived as the peer, to which the same things happen at the
 *  same moments. */
export class Stage implements AsyncDisposable {
  readonly #benches: readonly Bench[];
  readonly #subjects: readonly Subject[];
  readonly #matter: Matter;
  readonly shared: string;
  readonly #processes = new Map<string, Running>();

  private constructor(matter: Matter, shared: string, subjects: readonly Subject[]) {
    this.#matter = matter;
    this.shared = shared;
    this.#subjects = subjects;
    this.#benches = subjects.map(({ bench }) => bench);
  }

  static async start(matter: Matter): Promise<Stage> {
    const shared = await mkdtemp(path.join(os.tmpdir(), "lvk-trackers-"));
    await chmod(shared, 0o755);
    const benches = await Promise.all([Bench.start(), Bench.start()]);
    const makes: readonly Make[] = ["ours", "keepalived"];
    const stage = new Stage(
      matter,
      shared,
      makes.map((make, i) => new Subject(make, benches[i] as Bench, shared, make === "ours" && matter.polled)),
    );
    try {
      await stage.lay();
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((running) => running.end("SIGKILL")));
    await Promise.all(this.#benches.map((bench) => bench[Symbol.asyncDispose]()));
    await rm(this.shared, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Runs all phases; what was seen in each of them, the last one being the stop in order. */
  async run(phases: readonly Phase[]): Promise<Records> {
    const records: Record<Make, PhaseRecord[]> = { ours: [], keepalived: [] };
    const names = new Map(this.#matter.cells.map(({ vrid, name }) => [vrid, name]));
    const note = async (): Promise<void> => {
      for (const subject of this.#subjects) records[subject.make].push(await subject.seen(names));
    };
    await Promise.all(this.#subjects.map((one) => one.start(routerText(this.#matter, one.places))));
    for (const { act, until, talkative, quietMs } of phases) {
      await act(this);
      await until?.(this);
      if (!talkative) await this.quiet(quietMs);
      await note();
    }
    await Promise.all(this.#subjects.map((one) => one.stop()));
    await this.quiet(LAST_WORDS_MS);
    await note();
    return records;
  }

  /** Has both routers read their files again, which are those of another matter if one is given. */
  async reload(matter?: Matter): Promise<void> {
    await Promise.all(this.#subjects.map((one) => one.reload(matter && routerText(matter, one.places))));
  }

  /** ip(8) on a host of both benches. */
  async ip(host: Host, ...args: readonly string[]): Promise<void> {
    await Promise.all(this.#benches.map((bench) => bench.ip(host, ...args)));
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.shared, name), text);
  }

  async remove(name: string): Promise<void> {
    await rm(path.join(this.shared, name), { force: true });
  }

  /** A process of this name, which both routers see; `end` ends it by its key. */
  async spawn(name: string, key = name, ...args: readonly string[]): Promise<void> {
    const program = path.join(this.shared, name);
    const [bench] = this.#benches;
    if (!bench) return;
    await bench.run("a", "cp", "-n", "/bin/sleep", program);
    this.#processes.set(key, bench.spawn("a", program, ...(args.length > 0 ? args : ["1000"])));
  }

  async end(key: string): Promise<void> {
    await this.#processes.get(key)?.end("SIGKILL");
    this.#processes.delete(key);
  }

  /** Waits until every counted script has run once for each of its words, with both. */
  async counted(): Promise<void> {
    const runs = async (own: string, name: string): Promise<number> =>
      Number(await readFile(path.join(own, `turns.${name}`), "utf8").catch(() => "0"));
    const mine = COUNTED.filter(({ name }) => this.#matter.cells.some((cell) => cell.name === `counted_${name}`));
    for (const { name, words } of mine)
      for (const { places } of this.#subjects)
        await eventually(
          `all results of ${name}`,
          30_000,
          async () => (await runs(places.own, name)) >= words.split(" ").length,
        );
  }

  /** As many processes of the name that is counted. */
  async processes(wanted: number): Promise<void> {
    for (let i = 0; i < 4; i++) {
      const [key, there] = [`many-${i}`, this.#processes.has(`many-${i}`)];
      if (i < wanted && !there) await this.spawn(processName("many"), key);
      else if (i >= wanted && there) await this.end(key);
    }
  }

  /** Makes what is tracked good or bad. */
  async set(kinds: readonly Kind[], course: Course, good: boolean): Promise<void> {
    const set: Readonly<Record<Kind, () => Promise<void>>> = {
      script: () => (good ? this.write(`script_${course}`, "") : this.remove(`script_${course}`)),
      interface: () => this.ip("a", "link", "set", `far_${course}`, good ? "up" : "down"), // a cable that is pulled
      file: () => this.write(`file_${course}`, good ? "0\n" : "1\n"),
      process: () => (good ? this.spawn(processName(course)) : this.end(processName(course))),
      bfd: async () => {
        if (course === "well") return;
        const rule = good ? "flush chain inet bfd in" : `add rule inet bfd in ip saddr ${BFD.a} udp dport 3784 drop`;
        await Promise.all(this.#benches.map((bench) => bench.run("b", "nft", rule)));
      },
    };
    await Promise.all(kinds.map((kind) => set[kind]()));
  }

  /** Whether the peers hear adverts. */
  async deafen(deaf: boolean): Promise<void> {
    const rule = deaf ? "add rule inet bfd in ip protocol 112 drop" : "flush chain inet bfd in";
    await Promise.all(this.#benches.map((bench) => bench.run("b", "nft", rule)));
  }

  /** Waits until both routers have said this so many times. */
  async said(words: string, times: number): Promise<void> {
    for (const subject of this.#subjects)
      await eventually(`${subject.make} has said ${words}`, 20_000, () => subject.heard.split(words).length > times);
  }

  /** Nothing more is said by either: what was to come has come. */
  private async quiet(forMs = QUIET_MS): Promise<void> {
    let last = -1;
    let since = performance.now();
    await eventually("both routers are quiet", 60_000, async () => {
      const said = (await Promise.all(this.#subjects.map((one) => one.said()))).reduce((a, b) => a + b, 0);
      if (said !== last) since = performance.now();
      last = said;
      return performance.now() - since > forMs;
    });
  }

  private async lay(): Promise<void> {
    await writeFile(path.join(this.shared, "gate"), `#!/bin/sh\ntest -e "$1"\n`, { mode: 0o755 });
    await writeFile(path.join(this.shared, "turns"), TURNS, { mode: 0o755 });
    await this.write("hold", "1\n");
    for (const course of ["well", "ill"] as const) {
      await this.ip("a", "link", "add", `interface_${course}`, "type", "veth", "peer", "name", `far_${course}`);
      await this.ip("a", "link", "set", `interface_${course}`, "up");
    }
    for (const host of ["a", "b"] as const) await this.ip(host, "addr", "add", `${BFD[host]}/24`, "dev", "eth0");
    const chain = "add chain inet bfd in { type filter hook input priority 0; }";
    for (const bench of this.#benches)
      for (const line of ["add table inet bfd", chain]) await bench.run("b", "nft", line);
    await this.write("numbers", "0\n");
    await this.spawn(processName("args"), "args", "1000", "77");
    await this.set(KINDS, "well", true);
    await this.set(
      KINDS.filter((kind) => kind !== "process"),
      "ill",
      false,
    );
    await Promise.all(this.#subjects.map((one) => one.prepare()));
    const peer = peerText(this.#matter);
    const masters = peer.split("vrrp_instance").length - 1;
    await Promise.all(
      this.#benches.map(async (bench) => {
        if (masters > 0) {
          const running = await bench.keepalived("b", peer);
          const led = (): number => running.stderr.split("Entering MASTER STATE").length - 1;
          await eventually("the peers lead", 20_000, () => led() >= masters);
        }
        const at = (name: string): string => path.join(bench.folder, name);
        await writeFile(at("bfd.conf"), farBfdText());
        const pids = ["-p", at("far.pid"), "-b", at("far-bfd.pid")];
        bench.spawn("b", "keepalived", "-n", "-l", "-D", "-f", at("bfd.conf"), ...pids);
      }),
    );
  }
}
