import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DirectorStatus } from "../../../src/process/status.ts";

/** The built program; LVSKEEPER_MAIN names another build of it. */
export const MAIN = process.env.LVSKEEPER_MAIN ?? fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

export type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** A running program with what it has printed so far. */
export type Running = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly log: () => string;
  readonly ended: Promise<number | null>;
};

/** A VRRP instance that is MASTER within half a second: version 3, an advertisement each 100 ms. */
export const instance = (name: string, vrid: number, vip: string): string => `
vrrp_instance ${name} {
  state BACKUP
  interface e0
  virtual_router_id ${vrid}
  priority 100
  version 3
  advert_int 0.1
  virtual_ipaddress {
    ${vip}
  }
}
`;

/** A network namespace with one interface, e0 10.9.0.1/24, and a folder. Everything that was started in it is killed and
 *  removed on dispose. Needs root. */
export class Sandbox implements AsyncDisposable {
  static #count = 0;
  /** What a test that was cut short did not dispose of: removed when the test runner's process ends. */
  static readonly #live = new Set<Sandbox>();
  static {
    process.once("exit", () => {
      for (const sandbox of Sandbox.#live) sandbox.#remove();
    });
  }
  readonly folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-loop-"));
  readonly config = path.join(this.folder, "keepalived.conf");
  readonly pidFile = path.join(this.folder, "a.pid");
  readonly #namespace = `lk${process.pid}-${Sandbox.#count++}`;
  readonly #running: Running[] = [];

  constructor() {
    const inside = (...words: string[]): Buffer => execFileSync("ip", ["-n", this.#namespace, ...words]);
    execFileSync("ip", ["netns", "add", this.#namespace]);
    inside("link", "add", "e0", "type", "veth", "peer", "name", "e1");
    inside("addr", "add", "10.9.0.1/24", "dev", "e0");
    Sandbox.#live.add(this);
    for (const device of ["lo", "e0", "e1"]) inside("link", "set", device, "up");
  }

  /** The name of its network namespace. */
  get name(): string {
    return this.#namespace;
  }

  writeConfig(text: string): void {
    writeFileSync(this.config, text);
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  pidIn(name: string): number | undefined {
    const file = this.file(name);
    return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
  }

  /** What directors are started as. */
  program = MAIN;

  /** Starts a director in the foreground. */
  director(...more: readonly string[]): Running {
    return this.start("run", "-n", "-l", "-D", "-G", "-f", this.config, "-p", this.pidFile, ...more);
  }

  start(...args: readonly string[]): Running {
    const child = spawn("ip", ["netns", "exec", this.#namespace, process.execPath, this.program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        log += chunk.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const running = { process: child, pid: child.pid ?? 0, log: () => log, ended };
    this.#running.push(running);
    return running;
  }

  /** Runs a command of ours to its end. */
  lvskeeper(...args: readonly string[]): Promise<Ended> {
    return this.exec(process.execPath, MAIN, ...args);
  }

  exec(file: string, ...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(
        "ip",
        ["netns", "exec", this.#namespace, file, ...args],
        { timeout: 30_000 },
        (error, stdout, stderr) => {
          const status = error === null ? 0 : typeof error.code === "number" ? error.code : null;
          resolve({ status, stdout, stderr });
        },
      );
    });
  }

  async status(): Promise<DirectorStatus> {
    const { stdout, stderr } = await this.lvskeeper("status", "--json", "-p", this.pidFile);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as DirectorStatus;
  }

  /** The addresses of e0, without prefix lengths. */
  async addresses(): Promise<string[]> {
    const { stdout } = await this.exec("ip", "-4", "-o", "addr", "show", "dev", "e0");
    return [...stdout.matchAll(/inet ([\d.]+)/g)].map((match) => match[1] ?? "");
  }

  async owns(address: string): Promise<boolean> {
    return (await this.addresses()).includes(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#killAll();
    await Promise.all(this.#running.map(({ ended }) => ended));
    this.#remove();
  }

  #remove(): void {
    Sandbox.#live.delete(this);
    this.#killAll();
    execFileSync("ip", ["netns", "del", this.#namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The namespace knows all that runs in it, children and daemons too. */
  #killAll(): void {
    const pids = execFileSync("ip", ["netns", "pids", this.#namespace]).toString().split("\n").map(Number);
    for (const pid of pids.filter((n) => n > 1)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended by itself
      }
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits for a condition with a name; returns how long it took in ms. */
export async function eventually(
  what: string,
  withinMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - startedMs;
    if (performance.now() - startedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(25);
  }
}
