import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleScript } from "../../scripts/bundle.mjs";
import type { FromChild } from "../../src/process/messages.ts";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpProcessSaved, VrrpStatus } from "../../src/vrrp/model.ts";
import { instancePlan } from "../instance-plan.ts";

// Routers on one switch, in network namespaces of this machine (root only):
//
//   a 192.0.2.1 ──┐            ┌── b 192.0.2.2
//                 sw (bridge br0)
//
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const programs = path.join(root, ".lab/vrrp");
const execute = promisify(execFile);
let benches = 0;

export type Host = "a" | "b";
export const addressOf = { a: "192.0.2.1", b: "192.0.2.2" } as const;
export const VIP = "192.0.2.100";

/** Namespaces need root. Tests that use them are skipped without it. */
export const isRoot = process.getuid?.() === 0;

const portOf = (host: Host): string => `port-${host}`;

/** A vrrp_instance as the configuration would give it, with keepalived's defaults. */
export const instance = (part: Partial<VrrpInstancePlan> = {}): VrrpInstancePlan =>
  instancePlan({ addresses: [{ address: VIP, prefixLength: 32 }], ...part });

export const plan = (...instances: VrrpInstancePlan[]): VrrpProcessPlan => ({ instances, groups: [], scripts: [] });

/** What a room writes to its stdout; times of "busy" are ms since 1970. */
export type RoomMessage =
  | FromChild
  | { t: "status"; status: VrrpStatus }
  | { t: "busy"; beganMs: number; endedMs: number }
  | { t: "running" | "reloaded" };

/** A process in a namespace: what it wrote, and how it ends. */
export class Running {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly exited: Promise<number | null>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.exited = new Promise((resolve) => child.once("exit", (status) => resolve(status)));
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (this.running) this.signal(signal);
    return this.exited;
  }

  /** The lines of a room's stdout. */
  messages(): RoomMessage[] {
    const lines = this.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line));
  }
}

/** Two hosts and a switch; everything is gone after the block that holds it, pass or fail. */
export class Bench implements AsyncDisposable {
  readonly folder: string;
  private readonly prefix: string;
  private readonly processes: Running[] = [];

  private constructor(prefix: string, folder: string) {
    this.prefix = prefix;
    this.folder = folder;
  }

  static async start(): Promise<Bench> {
    const prefix = `lvk${process.pid}x${benches++}`;
    const [folder] = await Promise.all([mkdtemp(path.join(os.tmpdir(), `${prefix}-`)), buildPrograms()]);
    const bench = new Bench(prefix, folder);
    try {
      await bench.lay();
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((running) => running.end("SIGKILL")));
    for (const name of ["a", "b", "sw"])
      await execute("ip", ["netns", "del", this.namespace(name)]).catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs `ip` within a host, and returns what it printed. */
  async ip(host: Host | "sw", ...args: string[]): Promise<string> {
    return (await execute("ip", ["-n", this.namespace(host), ...args])).stdout;
  }

  async run(host: Host, ...argv: string[]): Promise<string> {
    return (await execute("ip", ["netns", "exec", this.namespace(host), ...argv])).stdout;
  }

  /** Starts a program in a host; it is ended with the bench. */
  spawn(host: Host, ...argv: string[]): Running {
    const args = ["netns", "exec", this.namespace(host), ...argv];
    const running = new Running(spawn("ip", args, { stdio: ["ignore", "pipe", "pipe"] }));
    this.processes.push(running);
    return running;
  }

  /** Our vrrp room on a host. Resolves when it runs. */
  async room(
    host: Host,
    rooms: VrrpProcessPlan,
    saved?: VrrpProcessSaved,
    keepVips = false,
    fifo?: string,
  ): Promise<Running> {
    await this.writePlan(host, rooms, saved, keepVips, fifo);
    const room = this.program(host, "room", path.join(this.folder, `${host}.json`));
    await eventually(`our room runs on ${host}`, 10_000, () => {
      if (!room.running) throw new Error(`the room ended: ${room.stderr}`);
      return room.stdout.includes('"running"');
    });
    return room;
  }

  /** One of the programs in guest/ (`room`, `flood`, `bfd`). */
  program(host: Host, name: string, ...args: string[]): Running {
    return this.spawn(host, process.execPath, `${programs}-${name}.js`, ...args);
  }

  async writePlan(
    host: Host,
    rooms: VrrpProcessPlan,
    saved?: VrrpProcessSaved,
    keepVips = false,
    fifo?: string,
  ): Promise<void> {
    await writeFile(path.join(this.folder, `${host}.json`), JSON.stringify({ plan: rooms, saved, keepVips, fifo }));
  }

  /** Debian's keepalived on a host, VRRP only. */
  async keepalived(host: Host, configuration: string): Promise<Running> {
    const file = (end: string): string => path.join(this.folder, `${host}.${end}`);
    await writeFile(file("conf"), configuration);
    const pids = ["-p", file("pid"), "-r", file("vrrp.pid")];
    const running = this.spawn(host, "keepalived", "-n", "-l", "-D", "-P", "-f", file("conf"), ...pids);
    await eventually(`keepalived runs on ${host}`, 10_000, () => running.stderr.includes("Startup complete")).catch(
      (error: unknown) => {
        throw new Error(`keepalived on ${host} wrote: ${running.stderr}`, { cause: error });
      },
    );
    return running;
  }

  /** What tcpdump decodes on a host from now on. */
  async capture(host: Host, filter: string): Promise<Running> {
    const dump = this.spawn(host, "tcpdump", "-i", "eth0", "-n", "-vvv", "-l", "--immediate-mode", filter);
    await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
    return dump;
  }

  async owns(host: Host, address: string = VIP): Promise<boolean> {
    return (await this.ip(host, "-o", "addr", "show")).includes(` ${address}/`);
  }

  /** Pulls the cable: the host sees no carrier. */
  async cut(host: Host): Promise<void> {
    await this.ip("sw", "link", "set", portOf(host), "down");
  }

  async restore(host: Host): Promise<void> {
    await this.ip("sw", "link", "set", portOf(host), "up");
  }

  /** Parts the switch between the hosts, or joins it: both keep their carrier. */
  async part(host: Host, parted: boolean): Promise<void> {
    await this.ip("sw", "link", "set", portOf(host), ...(parted ? ["nomaster"] : ["master", "br0"]));
  }

  /** Makes the switch a router between an address of each host, which is on none of their links. */
  async route(far: Readonly<Record<Host, string>>): Promise<void> {
    await this.ip("sw", "addr", "add", "192.0.2.254/24", "dev", "br0");
    const settings = [
      "net.ipv4.ip_forward=1",
      "net.ipv4.conf.all.send_redirects=0",
      "net.ipv4.conf.br0.send_redirects=0",
    ];
    await execute("ip", ["netns", "exec", this.namespace("sw"), "sysctl", "-qw", ...settings]);
    for (const [host, other] of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      await this.ip(host, "addr", "add", `${far[host]}/32`, "dev", "lo");
      await this.ip(host, "route", "add", far[other], "via", "192.0.2.254", "src", far[host]);
      await this.ip("sw", "route", "add", far[host], "via", addressOf[host]);
    }
  }

  /** An eth0 for a host that has none, with its address. */
  async connect(host: Host): Promise<void> {
    const peer = ["type", "veth", "peer", "name", portOf(host), "netns", this.namespace("sw")];
    await execute("ip", ["link", "add", "eth0", "netns", this.namespace(host), ...peer]);
    await this.ip("sw", "link", "set", portOf(host), "master", "br0", "up");
    await this.ip(host, "addr", "add", `${addressOf[host]}/24`, "dev", "eth0");
    await this.ip(host, "link", "set", "eth0", "up");
  }

  /** The namespace of the switch, for `ip link add … netns`. */
  get switchNamespace(): string {
    return this.namespace("sw");
  }

  private namespace(name: string): string {
    return `${this.prefix}-${name}`;
  }

  private async lay(): Promise<void> {
    for (const name of ["sw", "a", "b"]) await execute("ip", ["netns", "add", this.namespace(name)]);
    await this.ip("sw", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0");
    await this.ip("sw", "link", "set", "br0", "up");
    for (const host of ["a", "b"] as const) {
      await this.connect(host);
      await this.ip(host, "link", "set", "lo", "up");
    }
    for (const host of ["a", "b"] as const)
      await eventually(`${host} has a carrier`, 10_000, async () =>
        (await this.ip(host, "-o", "link", "show", "eth0")).includes("state UP"),
      );
  }
}

/** Waits for a condition with a name; the time it took in ms. */
export async function eventually(
  what: string,
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - start;
    if (performance.now() - start > timeoutMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Holds for all of this time; the first time it does not, this throws. */
export async function throughout(
  what: string,
  durationMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < durationMs) {
    if (!(await condition())) throw new Error(`no longer after ${Math.round(performance.now() - start)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let built: Promise<unknown> | undefined;

/** Bundles the programs of guest/ beside the native addon; renamed into place, since test files run in parallel. */
function buildPrograms(): Promise<unknown> {
  const one = async (name: string): Promise<void> => {
    const outfile = `${programs}-${name}.${process.pid}.js`;
    await bundleScript(path.join(root, `test/lab/guest/vrrp-${name}.ts`), outfile);
    await rename(outfile, `${programs}-${name}.js`);
  };
  built ??= Promise.all([one("room"), one("flood"), one("bfd")]);
  return built;
}
