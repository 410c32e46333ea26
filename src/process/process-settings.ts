import { readdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { type Native, native } from "../../native/index.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { ProcessesPlan, ProcessPlan } from "./plan-global-model.ts";

type Settings = Partial<ProcessPlan>;

/** What a process has without any setting; the rest is left as it was found. */
const PLAIN = { nice: 0, lockMemory: false, realtimePriority: 0, runTimeLimitUs: 0, cpus: "" } as const;

/** Gives this process the name that the configuration has for it, and has the kernel treat it as that says: nice value,
 *  realtime priority, memory, processors. A reload that takes one away brings back what was there before; what the kernel
 *  refuses is logged. */
export class ProcessSettings {
  readonly #log: Logger<ProcessEvents>;
  readonly #ownName: string;
  readonly #door: () => Native;
  #name: string;
  #now: { [K in keyof typeof PLAIN]: string | number | boolean } = { ...PLAIN };
  #ownCpus: readonly number[] = [];

  /** `ownName`: what the process is called where the configuration has no name for it. */
  constructor(ownName: string, log: Logger<ProcessEvents>, door = native) {
    this.#ownName = ownName;
    this.#name = ownName;
    this.#log = log;
    this.#door = door;
  }

  apply({ name = this.#ownName, nice = 0, lockMemory = false, realtimePriority = 0, ...rest }: Settings): void {
    if (name !== this.#name && this.#try("its name", () => writeFileSync("/proc/self/comm", name))) this.#name = name;
    const { cpus = [], runTimeLimitUs = 0 } = rest;
    this.#change("nice", nice, "its priority", () => eachThread((thread) => setPriority(thread, nice)));
    this.#change("cpus", cpus.join(" "), "its processors", () => this.#bind(cpus));
    this.#change("lockMemory", lockMemory, "its memory", () => this.#door().lockMemory(lockMemory));
    const limitUs = realtimePriority > 0 ? runTimeLimitUs : 0;
    this.#change("runTimeLimitUs", limitUs, "the limit of its realtime priority", () => this.#limit(limitUs));
    this.#change("realtimePriority", realtimePriority, "its realtime priority", () =>
      eachThread((thread) => this.#door().setRealtimePriority(thread, realtimePriority)),
    );
  }

  #bind(cpus: readonly number[]): void {
    const door = this.#door();
    if (this.#ownCpus.length === 0) this.#ownCpus = door.affinity(0);
    eachThread((thread) => door.setAffinity(thread, cpus.length > 0 ? cpus : this.#ownCpus));
  }

  /** The kernel's signal would end the process, which the watchdog does where it is due: a garbage collection is no reason.
   *  One may still be under way when the limit is gone, so that it is listened to from the first limit on. */
  #limit(us: number): void {
    if (us > 0 && process.listenerCount("SIGXCPU") === 0)
      process.on("SIGXCPU", () => this.#log.warn("process.overrun", { limitUs: Number(this.#now.runTimeLimitUs) }));
    this.#door().setRunTimeLimit(us);
  }

  #change<K extends keyof typeof PLAIN>(
    key: K,
    value: string | number | boolean,
    what: string,
    change: () => void,
  ): void {
    if (this.#now[key] !== value && this.#try(what, change)) this.#now[key] = value;
  }

  #try(what: string, change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      this.#log.warn("process.setting", { what, error: messageOf(error) });
      return false;
    }
  }
}

/** All threads there are; one that ends meanwhile is nobody's concern. Throws what the main thread is refused. */
function eachThread(change: (thread: number) => void): void {
  change(0);
  for (const thread of readdirSync("/proc/self/task"))
    try {
      change(Number(thread));
    } catch {
      // it has ended, or is refused what the main thread was given a moment ago
    }
}

/** The settings of one child; the api process has none of its own. */
export const settingsOf = (role: string, processes: ProcessesPlan | undefined): Settings =>
  role === "vrrp" || role === "checker" || role === "bfd" ? (processes?.[role] ?? {}) : {};
