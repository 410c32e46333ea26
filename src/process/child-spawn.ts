import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import type { ChildBoot } from "./messages.ts";
import { namespaceCommand } from "./namespace.ts";

/** Which child is to be started. `args` are the original arguments, which ps shows of it; `namespace` is the network
 *  namespace that it runs in. */
export type ChildOrder = {
  readonly boot: ChildBoot;
  readonly args: readonly string[];
  readonly namespace?: string | undefined;
};

/** The file that this process was started from. An upgrade may lead the link that names it to another version, which is for
 *  the next director: what this one replaces understands its messages. */
const OWN_PROGRAM = ownProgram(process.argv[1] ?? "");

function ownProgram(name: string): string {
  try {
    return realpathSync(name);
  } catch {
    return name;
  }
}

/** V8 has one thread beside the program's own to collect garbage and compile, in place of four: a child has some ten megabytes,
 *  and threads that share so little wake one another in vain. */
const OF_V8 = ["--v8-pool-size=1"];

/** Starts a child of this program, with a line to it for messages. It does nothing before the first one. */
export function spawnChild({ boot, args, namespace }: ChildOrder): ChildProcess {
  const own = [process.execPath, ...OF_V8, ...process.execArgv, OWN_PROGRAM, JSON.stringify(boot), ...args];
  const [file, ...words] = [...namespaceCommand(namespace), ...own] as [string, ...string[]];
  return spawn(file, words, {
    ...(namespace === undefined && { argv0: `${boot.program}: ${boot.role}` }),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "json",
  });
}

/** Children that are started while what they are to do is still being read: Node takes as long to start as a configuration
 *  of thousands of real servers to be read, and a process that has not read it yet is forked sooner. One that nobody takes
 *  has done nothing. */
export class SpareChildren {
  readonly #spares = new Map<string, ChildProcess>();
  readonly #spawn: typeof spawnChild;
  #ended = false;

  constructor(spawnOne = spawnChild) {
    this.#spawn = spawnOne;
  }

  start(order: ChildOrder): void {
    const key = JSON.stringify(order);
    if (this.#ended || this.#spares.has(key)) return;
    try {
      const child = this.#spawn(order);
      child.on("error", () => {});
      this.#spares.set(key, child);
    } catch {
      // whoever wants it starts another, and hears why that cannot be
    }
  }

  /** The one that was started for the very same, where it lives; otherwise another. */
  take(order: ChildOrder): ChildProcess {
    const key = JSON.stringify(order);
    const spare = this.#spares.get(key);
    this.#spares.delete(key);
    const lives = spare?.connected === true && spare.exitCode === null && spare.signalCode === null;
    if (spare && lives) return spare;
    spare?.kill("SIGKILL");
    return this.#spawn(order);
  }

  /** Those that nobody took end, and there are no more. */
  end(): void {
    this.#ended = true;
    for (const spare of this.#spares.values()) spare.kill("SIGKILL");
    this.#spares.clear();
  }
}
