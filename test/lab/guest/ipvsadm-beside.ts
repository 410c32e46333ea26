// The ipvsadm binary and our command, one beside the other on this kernel: `node ipvsadm-beside.mjs < JOBS`. Jobs and their
// results are JSON arrays. Ours runs in this process: a start of Node a command would take hours.
import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { mkdtempSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { ipvsCommand, ipvsRestoreCommand, ipvsSaveCommand } from "../../../src/cli/ipvs.ts";
import type { Write } from "../../../src/cli/ipvs-output.ts";

export type Job =
  /** A table, put in place by one of the two, listed in all forms and saved, and each save restored by the other. */
  | {
      readonly do: "table";
      readonly rules: string;
      readonly by: "theirs" | "ours";
      readonly forms: readonly string[];
      readonly traffic?: readonly Traffic[];
    }
  /** The table as it is, in these forms. */
  | { readonly do: "forms"; readonly forms: readonly string[] }
  /** What is restored onto a table of one service, ours here and theirs in another network namespace, and what comes of it. */
  | {
      readonly do: "restore";
      readonly what: string;
      readonly program: "ipvsadm" | "ipvsadm-restore";
      readonly input: string;
      readonly theirNetwork: string;
    }
  /** Command lines one after the other, ours here and theirs in another network namespace, and what comes of all of them. */
  | { readonly do: "lines"; readonly lines: readonly (readonly string[])[]; readonly theirNetwork: string };
export type Traffic = { readonly protocol: "tcp" | "udp"; readonly address: string; readonly port: number };
export type Said = { readonly status: number | null; readonly stdout: string; readonly stderr: string };
export type Difference = { readonly what: string; readonly theirs: Said; readonly ours: Said };
export type Result = {
  readonly compared: number;
  readonly services: number;
  /** Tables that came out of a save and a restore as they went in. */
  readonly kept: number;
  readonly differences: readonly Difference[];
};

/** What counts on by itself (rates, timers) may do so between the two: so often it is asked again. */
const TRIES = 8;
const CLEAN = [["-C"], ["--stop-daemon", "master"], ["--stop-daemon", "backup"], ["--set", "900", "120", "300"]];

/** A shell that starts the binaries: this process is so large that its own fork takes a guest longer than ipvsadm does. */
class Starter {
  readonly #folder = mkdtempSync(path.join(tmpdir(), "beside-"));
  readonly #shell = spawn("sh", [], { stdio: ["pipe", "pipe", "inherit"] });
  readonly #statuses = createInterface({ input: this.#shell.stdout })[Symbol.asyncIterator]();

  async run(argv: readonly string[], input: string): Promise<Said> {
    const [stdin, stdout, stderr] = ["in", "out", "err"].map((name) => path.join(this.#folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(stdin, input);
    this.#shell.stdin.write(`${argv.map(quoted).join(" ")} <${stdin} >${stdout} 2>${stderr}; echo $?\n`);
    const { value } = await this.#statuses.next();
    return { status: Number(value), stdout: readFileSync(stdout, "utf8"), stderr: readFileSync(stderr, "utf8") };
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
const starter = new Starter();

function theirs(args: readonly string[], input = "", network?: string, program = "ipvsadm"): Promise<Said> {
  const inside = network === undefined ? [] : ["nsenter", `--net=${network}`];
  return starter.run([...inside, program, ...args], input);
}

const commands: Record<string, (args: readonly string[], write: Write) => Promise<number>> = {
  ipvsadm: (args, write) => ipvsCommand(args, "ipvsadm", write),
  "ipvsadm-save": ipvsSaveCommand,
  "ipvsadm-restore": ipvsRestoreCommand,
};

async function ours(args: readonly string[], input = "", program = "ipvsadm"): Promise<Said> {
  const said = { stdout: "", stderr: "" };
  const before = process.stderr.write;
  process.stderr.write = ((text: string) => {
    said.stderr += text;
    return true;
  }) as typeof process.stderr.write;
  Object.defineProperty(process, "stdin", { value: Readable.from([input]), configurable: true });
  const write: Write = async (data) => {
    said.stdout += Buffer.from(data).toString(); // the bytes are used again
    return true;
  };
  try {
    const status = (await commands[program]?.(args, write)) ?? null;
    return { status, ...said };
  } finally {
    process.stderr.write = before;
  }
}

const same = (one: Said, other: Said): boolean => JSON.stringify(one) === JSON.stringify(other);

class Comparison {
  readonly #differences: Difference[] = [];
  #compared = 0;
  #services = 0;
  #kept = 0;

  add(what: string, theirs: Said, ours: Said): void {
    this.#compared++;
    if (!same(theirs, ours)) this.#differences.push({ what, theirs, ours });
  }

  async form(form: string): Promise<void> {
    const args = form.split(" ");
    let [before, mine] = [await theirs(args), await ours(args)];
    for (let tries = 1; !same(before, mine) && tries < TRIES; tries++) {
      await delay(100);
      [before, mine] = [await theirs(args), await ours(args)];
    }
    this.add(form, before, mine);
    if (form === "-Ln")
      this.#services += before.stdout.split("\n").filter((line) => /^[A-Z]+ +\S+ \w+/.test(line)).length - 1;
  }

  keeps(): void {
    this.#kept++;
  }

  get result(): Result {
    return {
      compared: this.#compared,
      services: this.#services,
      kept: this.#kept,
      differences: this.#differences,
    };
  }
}

async function table(job: Extract<Job, { do: "table" }>): Promise<Result> {
  const comparison = new Comparison();
  await theirs(["-C"]);
  if (job.by === "theirs") await theirs(["-R"], job.rules);
  else await ours(["-R"], job.rules);
  const whole = await theirs(["-Ln"]);
  await theirs(["-C"]);
  if (job.by === "theirs") await ours(["-R"], job.rules);
  else await theirs(["-R"], job.rules);
  comparison.add("the same rules restored", whole, await theirs(["-Ln"]));
  await send(job.traffic ?? []);
  for (const form of job.forms) await comparison.form(form);

  // The table without thresholds, which are not saved, and without connections.
  const saves = {
    theirs: await theirs(["-n"], "", undefined, "ipvsadm-save"),
    ours: await ours(["-n"], "", "ipvsadm-save"),
  };
  comparison.add("ipvsadm-save", saves.theirs, saves.ours);
  const restored = await ours([], saves.theirs.stdout, "ipvsadm-restore");
  const byOurs = await theirs(["-Sn"]);
  // ipvsadm does not take back marks from 2^31 on, nor flags that it has no name for.
  if (same(saves.theirs, byOurs)) comparison.keeps();
  comparison.add(
    "our save, restored by theirs",
    await theirs([], saves.ours.stdout, undefined, "ipvsadm-restore"),
    restored,
  );
  comparison.add("and what they made of it", await theirs(["-Sn"]), byOurs);
  return comparison.result;
}

/** A few packets to each: the kernel counts them before it sends them on. */
async function send(all: readonly Traffic[]): Promise<void> {
  const addresses = new Set(all.map(({ address }) => `${address}/${address.includes(":") ? 128 : 32}`));
  for (const address of addresses) await starter.run(["ip", "addr", "replace", address, "dev", "lo"], "");
  for (const [i, { protocol, address, port }] of all.entries()) {
    if (protocol === "tcp") {
      const socket = net.connect({ host: address, port });
      socket.on("error", () => undefined);
      await delay(5);
      socket.destroy();
      continue;
    }
    const socket = dgram.createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.on("error", () => undefined);
    for (let n = 0; n <= i % 4; n++)
      await new Promise((resolve) => socket.send(Buffer.alloc(100 * (n + 1)), port, address, resolve));
    socket.close();
  }
}

async function lines(job: Extract<Job, { do: "lines" }>): Promise<Result> {
  const comparison = new Comparison();
  const both = async (args: readonly string[]): Promise<void> =>
    comparison.add(args.join(" "), await theirs(args, "", job.theirNetwork), await ours(args));
  for (const args of CLEAN) await both(args);
  for (const args of job.lines) await both(args);
  for (const args of [["-Sn"], ["-Ln", "--thresholds"], ["-Ln", "--tun-info"], ["-L", "--daemon"], ["-L", "--timeout"]])
    await both(args);
  for (const args of CLEAN) await both(args);
  return comparison.result;
}

async function restore({ what, program, input, theirNetwork }: Extract<Job, { do: "restore" }>): Promise<Result> {
  const comparison = new Comparison();
  const args = program === "ipvsadm" ? ["-R"] : [];
  const before = ["-A", "-t", "10.0.0.77:80", "-s", "rr"];
  for (const clean of [["-C"], before]) await Promise.all([theirs(clean, "", theirNetwork), ours(clean)]);
  comparison.add(
    `${program}: ${what}`,
    await theirs(args, input, theirNetwork, program),
    await ours(args, input, program),
  );
  comparison.add(
    `${program}: ${what}: what is there then`,
    await theirs(["-Sn"], "", theirNetwork),
    await ours(["-Sn"]),
  );
  return comparison.result;
}

const jobs = JSON.parse(readFileSync(0, "utf8")) as Job[];
const results: Result[] = [];
for (const job of jobs) {
  if (job.do === "table") results.push(await table(job));
  else if (job.do === "lines") results.push(await lines(job));
  else if (job.do === "restore") results.push(await restore(job));
  else {
    const comparison = new Comparison();
    for (const form of job.forms) await comparison.form(form);
    results.push(comparison.result);
  }
}
const text = Buffer.from(JSON.stringify(results));
for (let at = 0; at < text.length; ) at += writeSync(1, text, at);
process.exit();
