import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statfsSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { cpuMsOfTree } from "./host-cpu.ts";
import { PROJECT, umlPreload } from "./workspace.ts";

/** A machine that the agent runs in: the User-Mode Linux guest, or namespaces on this machine's own kernel. */
export type Machine = {
  readonly kind: "guest" | "local";
  readonly stream: Duplex;
  /** What it wrote on its console. */
  console(): string;
  /** Milliseconds of CPU that it and all that runs in it have had of this machine. */
  cpuMs(): number;
  /** Ends it and all that runs in it; resolves when it is gone. */
  stop(): Promise<void>;
};

const MODULES = "/usr/lib/uml/modules";
const STOP_DEADLINE_MS = 5000;
const LEAST_SHARED_MEMORY_MB = 512;

/** Whether this machine's own kernel can carry the lab: root, and ip_vs if IPVS is asked for. */
export function ownKernelServes(ipvs: boolean): boolean {
  if (process.getuid?.() !== 0) return false;
  return !ipvs || existsSync("/proc/net/ip_vs") || spawnSync("modprobe", ["ip_vs"]).status === 0;
}

/** Why the guest cannot be booted on this machine; undefined when it can. */
export function guestObstacle(): string | undefined {
  if (process.arch !== "x64") return `Debian's user-mode-linux runs on x86-64 only, this is ${process.arch}`;
  if (!existsSync("/usr/bin/linux.uml")) return "the package user-mode-linux is not installed";
  if (sharedMemoryMb() < LEAST_SHARED_MEMORY_MB)
    return `/dev/shm holds ${sharedMemoryMb()} MB, the guest's memory lies there (a container: --shm-size=2g)`;
  if (!guestVersion()) return `${MODULES} holds no modules for the guest's kernel`;
  return undefined;
}

function sharedMemoryMb(): number {
  if (!existsSync("/dev/shm")) return Number.POSITIVE_INFINITY; // the guest then takes a file in /tmp
  const { bsize, blocks } = statfsSync("/dev/shm");
  return Math.floor((bsize * blocks) / 2 ** 20);
}

const guestVersion = (): string | undefined => (existsSync(MODULES) ? readdirSync(MODULES).sort().at(-1) : undefined);

/** Boots Debian's User-Mode Linux over this machine's root, read-only, as an ordinary process; needs no root. */
export function bootGuest(run: string, memoryMb: number): Machine {
  const obstacle = guestObstacle();
  if (obstacle) throw new Error(`cannot boot the lab guest: ${obstacle}`);
  const kernel = [`mem=${memoryMb}M`, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"];
  const lines = ["con=null", "con0=null,fd:1", "con1=null", "ssl0=fd:3", `uml_dir=${run}/`];
  const init = [`init=${PROJECT}/test/lab/lib/guest.sh`, `LAB_MODULES=${linkModules(run)}`];
  const command = [...onOneProcessor(), "linux.uml", ...kernel, ...lines, ...init, ...variables(run)];
  return supervise("guest", command, { env: { ...process.env, LD_PRELOAD: umlPreload() } });
}

/** The guest runs one of its processes at a time, and hands over to itself for each system call: on one processor that is
 *  two to four times as fast as across two. Test files that run side by side get one each. */
function onOneProcessor(): string[] {
  if (!existsSync("/usr/bin/taskset")) return [];
  const turn = Number(process.env.VITEST_POOL_ID ?? process.pid);
  return ["taskset", "-c", String(turn % os.availableParallelism())];
}

/** Fresh namespaces on this machine's own kernel; needs root. */
export function bootLocal(run: string): Machine {
  const apart = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const command = ["env", ...variables(run), ...apart, "sh", `${PROJECT}/test/lab/lib/local.sh`];
  return supervise("local", command, {});
}

const variables = (run: string): string[] => [
  `LAB_PROJECT=${PROJECT}`,
  `LAB_RUN=${run}`,
  `LAB_NODE=${process.execPath}`,
];

/** modprobe -d wants BASE/lib/modules/VERSION, and a container has no /lib/modules to put a link into. */
function linkModules(run: string): string {
  const version = guestVersion() as string;
  mkdirSync(path.join(run, "lib/modules"), { recursive: true });
  symlinkSync(path.join(MODULES, version), path.join(run, "lib/modules", version));
  return run;
}

/** Runs "$@", which may make itself the leader of a process group, and kills all of it when its first process ends or when
 *  descriptor 4 does: the other end of that is held by the test, which may itself be killed. */
const KEEPER = `
"$@" 4<&- & machine=$!
{ read -r _; kill -s KILL -- "-$machine" "$machine"; } <&4 2>&- &
exec 4<&-
wait "$machine"
kill -s KILL -- "-$machine" 2>&-
kill -s KILL 0`;

function supervise(kind: Machine["kind"], command: readonly string[], options: SpawnOptions): Machine {
  const child: ChildProcess = spawn("sh", ["-c", KEEPER, "lab", ...command], {
    ...options,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-20_000);
    });
  }
  const stream = child.stdio[3] as Duplex;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  const hold = child.stdio[4] as Duplex;
  hold.on("error", () => undefined);
  return {
    kind,
    stream,
    console: () => printed,
    cpuMs: () => (child.pid === undefined ? 0 : cpuMsOfTree(child.pid)),
    async stop() {
      const deadline = setTimeout(() => hold.destroy(), STOP_DEADLINE_MS);
      stream.end(); // the agent ends with its line, and the machine with the agent
      await gone;
      clearTimeout(deadline);
      hold.destroy();
    },
  };
}
