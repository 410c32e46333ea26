/** The lab's only long-lived program inside the guest (or the local namespaces): runs commands in the hosts' namespaces,
 *  starts and signals daemons, reads and writes files. Speaks protocol.ts over descriptor 3, a serial line or a socket. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { type At, type ExecResult, type FromAgent, HOSTS_FOLDER, type Request, type ToAgent } from "./protocol.ts";

const LINE = 3;

function say(message: FromAgent): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(LINE, bytes, sent);
}

function inside(at: At, argv: readonly string[]): [string, string[]] {
  if (at === null) return [argv[0] as string, argv.slice(1)];
  return ["nsenter", ["--target", holderOf(at), "--net", "--uts", "--mount", "--", ...argv]];
}

/** The process that holds the host's namespaces open. */
const holderOf = (at: string): string => readFileSync(`${HOSTS_FOLDER}/${at}`, "utf8").trim();

function text(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** Resolves when the command ended, not when everyone who inherited its output did: a daemon it started may live on. */
function exec({ at, argv, stdin, timeoutMs }: Extract<Request, { op: "exec" }>): Promise<ExecResult> {
  const [file, args] = inside(at, argv);
  const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  child.stdin.on("error", () => undefined); // a command may end without reading
  child.stdin.end(stdin);
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    const finish = (status: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(deadline);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ status: timedOut ? null : status, signal, timedOut, stdout: stdout(), stderr: stderr() });
    };
    child.once("error", reject);
    child.once("close", finish);
    child.once("exit", (status, signal) => setTimeout(finish, 500, status, signal).unref());
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // already gone
  }
}

function start({ at, argv, log, env }: Extract<Request, { op: "spawn" }>): number {
  const [file, args] = inside(at, argv);
  mkdirSync(path.dirname(log), { recursive: true });
  const output = openSync(log, "a");
  const child = spawn(file, args, {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...process.env, ...env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${argv.join(" ")}`);
  child.once("exit", (code, by) => say({ t: "exit", pid, code, signal: by }));
  return pid;
}

/** SIGKILL to everything that lives in the host's network, as a power cut would; the number of processes killed. */
function killAll(at: string): number {
  const holder = holderOf(at);
  const network = inodeOf(`/proc/${holder}/ns/net`);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== holder);
  const own = pids.filter((pid) => network !== undefined && inodeOf(`/proc/${pid}/ns/net`) === network);
  return own.filter((pid) => signal(Number(pid), "SIGKILL")).length;
}

function inodeOf(namespace: string): number | undefined {
  try {
    return statSync(namespace).ino;
  } catch {
    return undefined; // the process has ended
  }
}

function answer(request: Request): unknown {
  switch (request.op) {
    case "exec":
      return exec(request);
    case "spawn":
      return start(request);
    case "kill":
      return signal(request.pid, request.signal);
    case "killAll":
      return killAll(request.at);
    case "write":
      mkdirSync(path.dirname(request.path), { recursive: true });
      return writeFileSync(request.path, request.text, { mode: request.mode });
    case "read":
      return readFileSync(request.path, "utf8");
  }
}

async function handle(line: string): Promise<void> {
  const message = JSON.parse(line) as ToAgent;
  say({ t: "ack", id: message.id });
  try {
    const request = "file" in message ? (JSON.parse(readFileSync(message.file, "utf8")) as Request) : message.request;
    say({ t: "result", id: message.id, value: (await answer(request)) ?? null });
  } catch (error) {
    say({ t: "error", id: message.id, message: error instanceof Error ? error.message : String(error) });
  }
}

let rest = "";
createReadStream("", { fd: LINE, encoding: "utf8" })
  .on("data", (chunk) => {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) void handle(line);
  })
  .on("close", () => process.exit()) // the test is gone, and with it the reason to live
  .on("error", () => process.exit());
say({ t: "ready" });
