import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { bundleScript } from "../../../scripts/bundle.mjs";
import { bootGuest, bootLocal, type Machine, ownKernelServes } from "./boot.ts";
import { type Exit, Line, withResolvers } from "./line.ts";
import type { ExecResult, Request } from "./protocol.ts";
import { type Host, hostList } from "./topology.ts";
import { bundleProgram, copyAddon, makeWorkspace, PROJECT } from "./workspace.ts";

const BOOT_DEADLINE_MS = 60_000;
const COMMAND_TIMEOUT_MS = 30_000;
const REPORT_DEADLINE_MS = 5000;
const POLL_MS = 25;
const TAIL_LINES = 60;

export type LabOptions = {
  /** "auto": this machine's own kernel where it has ip_vs, else the guest. "local": always its own kernel, for tests that
   *  need no IPVS (root only). LVSKEEPER_LAB=guest|local overrules it. */
  readonly kernel?: "auto" | "guest" | "local";
  readonly memoryMb?: number;
};
export type ExecOptions = { readonly stdin?: string; readonly timeoutMs?: number };
export type SpawnOptions = { readonly name?: string; readonly env?: Record<string, string> };

/** A daemon in the lab. */
export type LabProcess = {
  readonly pid: number;
  readonly name: string;
  /** All it printed so far. */
  log(): Promise<string>;
  /** False when it has ended already. */
  signal(name: NodeJS.Signals): Promise<boolean>;
  /** Resolves when it has ended. */
  exited(): Promise<Exit>;
  /** How it ended, undefined while it runs. */
  readonly exit: Exit | undefined;
};

type Started = LabProcess & { readonly logFile: string };

const running = new Set<LabBase>();
let lastReport = "";

/** Reports of the labs that run, and of the one that ended last: for a test that failed. */
export async function failureReport(): Promise<string> {
  const reports = await Promise.all([...running].map((lab) => lab.report()));
  return [lastReport, ...reports].join("");
}

/** What every lab does: commands, daemons, files, cables. lab.ts adds what directors, peers and clients need. */
export class LabBase implements AsyncDisposable {
  private readonly machine: Machine;
  private readonly line: Line;
  /** This run's, seen on all hosts under the same name. */
  protected readonly folder: string;
  private readonly processes: Started[] = [];
  private built: Promise<string> | undefined;
  private readonly exits = new Map<
    number,
    { readonly promise: Promise<Exit>; readonly resolve: (exit: Exit) => void }
  >();

  protected constructor(machine: Machine, folder: string) {
    this.machine = machine;
    this.folder = folder;
    this.line = new Line(machine.stream, folder);
    this.line.onExit = (pid, exit) => this.exitOf(pid).resolve(exit);
    running.add(this);
  }

  /** A machine as asked for, and the folder of its run. */
  protected static async boot(options: LabOptions): Promise<{ machine: Machine; folder: string }> {
    const wanted = process.env.LVSKEEPER_LAB ?? options.kernel ?? "auto";
    const folder = await makeWorkspace();
    const local = wanted === "local" || (wanted === "auto" && ownKernelServes(true));
    return { machine: local ? bootLocal(folder) : bootGuest(folder, options.memoryMb ?? 1024), folder };
  }

  /** Waits for the agent and builds the network; on failure everything is gone, and the error shows the console. */
  protected async open(): Promise<void> {
    try {
      await within(this.line.ready, BOOT_DEADLINE_MS, "the lab's machine did not come up");
      const network = [
        `LAB_HOSTS=${hostList().trimEnd()}`,
        `LAB_PROJECT=${PROJECT}`,
        "sh",
        `${PROJECT}/test/lab/lib/network.sh`,
      ];
      await this.run(null, ["env", ...network], { timeoutMs: BOOT_DEADLINE_MS });
    } catch (error) {
      const printed = this.machine.console();
      await this[Symbol.asyncDispose]();
      throw new Error(`${(error as Error).message}\n--- console of the lab's machine ---\n${printed}`);
    }
  }

  /** "guest" or "local": which kernel carries the lab. */
  get kind(): Machine["kind"] {
    return this.machine.kind;
  }

  /** Milliseconds of CPU that this machine has charged to the lab so far: to the guest's kernel and to all that runs in it. */
  cpuMs(): number {
    return this.machine.cpuMs();
  }

  /** The path of this run's own build of the program: what dist/main.js is. Built when first asked for. */
  program(): Promise<string> {
    this.built ??= bundleProgram(this.folder);
    return this.built;
  }

  /** Runs a command on a host, or on the switch (null), to its end. Rejects only when the lab itself fails. */
  exec(at: Host | null, command: string | readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const timeoutMs = options.timeoutMs ?? COMMAND_TIMEOUT_MS;
    const argv = typeof command === "string" ? ["sh", "-c", command] : command;
    return this.ask({ op: "exec", at, argv, stdin: options.stdin ?? "", timeoutMs }, timeoutMs + 15_000);
  }

  /** The command's output; throws with its errors when it does not exit with 0. */
  async run(at: Host | null, command: string | readonly string[], options: ExecOptions = {}): Promise<string> {
    const { status, signal, timedOut, stdout, stderr } = await this.exec(at, command, options);
    if (status === 0) return stdout;
    const how = timedOut ? "did not end in time" : status === null ? `was ended by ${signal}` : `exited with ${status}`;
    const words = typeof command === "string" ? command : command.join(" ");
    throw new Error(`${at ?? "switch"}: ${words.slice(0, 300)} ${how}\n${stderr}${stdout}`);
  }

  /** Starts a daemon. Its output goes to a log, which failures quote. */
  async spawn(at: Host | null, argv: readonly string[], options: SpawnOptions = {}): Promise<LabProcess> {
    const name = options.name ?? `${at ?? "switch"}-${path.basename(argv[0] ?? "")}`;
    const logFile = `/tmp/lab/${name}-${this.processes.length}.log`;
    const request = { op: "spawn", at, argv, log: logFile, env: options.env ?? {} } as const;
    const pid = await this.ask<number>(request, COMMAND_TIMEOUT_MS);
    const { promise } = this.exitOf(pid);
    let exit: Exit | undefined;
    void promise.then((how) => {
      exit = how;
    });
    const started: Started = {
      pid,
      name,
      logFile,
      log: () => this.readFile(logFile),
      signal: (signal) => this.ask({ op: "kill", pid, signal }, COMMAND_TIMEOUT_MS),
      exited: () => promise,
      get exit() {
        return exit;
      },
    };
    this.processes.push(started);
    return started;
  }

  /** Sends a signal to any process of the lab, a daemon's child for instance; false when it is gone. */
  kill(pid: number, signal: NodeJS.Signals): Promise<boolean> {
    return this.ask({ op: "kill", pid, signal }, COMMAND_TIMEOUT_MS);
  }

  /** SIGKILL to every process of a host; resolves with their number. */
  killAll(at: Host): Promise<number> {
    return this.ask({ op: "killAll", at }, COMMAND_TIMEOUT_MS);
  }

  /** Writes a file below a folder that all hosts share (/tmp), or with `at` into that host's own view. */
  async writeFile(
    file: string,
    text: string,
    options: { readonly at?: Host; readonly mode?: number } = {},
  ): Promise<void> {
    const mode = options.mode ?? (text.startsWith("#!") ? 0o755 : 0o644);
    if (options.at === undefined) return this.ask({ op: "write", path: file, text, mode }, COMMAND_TIMEOUT_MS);
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"';
    await this.run(options.at, ["sh", "-c", script, "sh", file, mode.toString(8)], { stdin: text });
  }

  readFile(file: string, options: { readonly at?: Host } = {}): Promise<string> {
    if (options.at === undefined) return this.ask({ op: "read", path: file }, COMMAND_TIMEOUT_MS);
    return this.run(options.at, ["cat", file]);
  }

  /** Waits until `condition` holds, and resolves with the milliseconds that took. A condition that throws does not hold.
   *  Rejects after `timeoutMs` with what was awaited, the condition's last error, and the ends of all daemons' logs. */
  async eventually(what: string, timeoutMs: number, condition: () => boolean | Promise<boolean>): Promise<number> {
    const start = performance.now();
    let last = "";
    for (;;) {
      try {
        if (await condition()) return performance.now() - start;
        last = "";
      } catch (error) {
        last = `: ${(error as Error).message}`;
      }
      if (performance.now() - start > timeoutMs) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`not within ${timeoutMs} ms: ${what}${last}\n${await this.report()}`);
  }

  /** Pulls the host's cable: both ends of it lose their carrier. */
  async cut(at: Host): Promise<void> {
    await this.run(null, ["ip", "link", "set", at, "down"]);
  }

  async restore(at: Host): Promise<void> {
    await this.run(null, ["ip", "link", "set", at, "up"]);
  }

  /** Bundles a TypeScript file that imports this project's code; the path of what `node` runs on any host. */
  async bundle(entry: string): Promise<string> {
    copyAddon(this.folder);
    const absolute = path.resolve(PROJECT, entry);
    const name = `${path.basename(entry, ".ts")}-${createHash("sha256").update(absolute).digest("hex").slice(0, 8)}.mjs`;
    const outfile = path.join(this.folder, "bundle", name);
    await bundleScript(absolute, outfile);
    return outfile;
  }

  /** The last lines of every daemon's log, for a failure's message. */
  async report(): Promise<string> {
    if (this.line.isClosed) return `--- console of the lab's machine, which is gone ---\n${this.machine.console()}\n`;
    const parts = this.processes.map(async ({ name, logFile, exit }) => {
      const read = this.ask<string>({ op: "read", path: logFile }, REPORT_DEADLINE_MS);
      const lines = (await read.catch((error: Error) => error.message)).trimEnd().split("\n");
      const state = exit ? ` (ended: ${exit.signal ?? exit.code})` : "";
      return `--- ${name}${state} ---\n${lines.slice(-TAIL_LINES).join("\n")}\n`;
    });
    return (await Promise.all(parts)).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    lastReport = await this.report().catch(() => "");
    running.delete(this);
    await this.machine.stop();
    this.line.close(new Error("the lab has ended"));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private ask<T>(request: Request, deadlineMs: number): Promise<T> {
    return this.line.ask<T>(request, deadlineMs);
  }

  private exitOf(pid: number): { readonly promise: Promise<Exit>; readonly resolve: (exit: Exit) => void } {
    const known = this.exits.get(pid) ?? withResolvers<Exit>();
    this.exits.set(pid, known);
    return known;
  }
}

async function within(promise: Promise<void>, deadlineMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${deadlineMs} ms`)), deadlineMs);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
