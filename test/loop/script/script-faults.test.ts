import { execFileSync, spawn } from "node:child_process";
import { setMaxListeners } from "node:events";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { native } from "../../../native/index.ts";
import type { ScriptSpec } from "../../../src/script/model.ts";
import { ScriptProcess } from "../../../src/script/script-process.ts";
import { compileScripts } from "./checked-program.ts";

// What this machine, or somebody on it, may do to the process that runs scripts and to the programs: none of it is a
// result of a script, and none of it costs another one its own.

const isRoot = process.getuid?.() === 0;
const check = { isCheck: true } as const;

let folder: string;
let program: string;
let scripts: ScriptProcess;
let lost: number[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "script-faults-"));
  program = path.join(folder, "scripts");
  const wraps = fileURLToPath(new URL("script-faults.cc", import.meta.url));
  compileScripts(program, wraps, "-Wl,--wrap=fork,--wrap=epoll_ctl");
  mkdirSync(file("faults"));
  process.env.LVS_TEST_FAULTS = file("faults");
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  begin();
});
afterEach(() => {
  vi.restoreAllMocks();
  scripts.close();
});

function begin(pingMs?: number): void {
  scripts = new ScriptProcess(program, pingMs);
  lost = [];
  scripts.onLost = (count) => lost.push(count);
}

const file = (name: string): string => path.join(folder, name);
const bash = (script: string, user?: ScriptSpec["user"]): ScriptSpec => ({
  argv: ["/bin/bash", "-c", script],
  ...(user && { user }),
});
const fine = bash("/bin/true; /bin/true; echo fine");

function stopOfMany(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : "");
const isWritten = (name: string): boolean => textOf(name).endsWith("\n");

function stateOf(pid: number): string | undefined {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}
const lives = (name: string): boolean => (stateOf(Number(textOf(name))) ?? "Z") !== "Z";

function processesOf(uid: number): number {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const status = readFileSync(`/proc/${name}/status`, "latin1");
      return new RegExp(`^Uid:\\s+${uid}\\b`, "m").test(status) && !/^State:\s+Z/m.test(status);
    } catch {
      return false;
    }
  }).length;
}

async function withFault(call: string, errno: number, body: () => Promise<void>): Promise<void> {
  writeFileSync(file(`faults/${call}`), `${errno}\n`);
  try {
    await body();
  } finally {
    rmSync(file(`faults/${call}`));
  }
}

test.for([
  ["fork", "EAGAIN"],
  ["fork", "ENOMEM"],
  ["epoll_ctl", "ENOSPC"],
] as const)("%s: %s is said, counts as no result, and what runs already goes on", async ([call, code]) => {
  const before = scripts.run(bash(`until [ -e ${file("go")} ]; do sleep 0.02; done; echo done`), check);
  await scripts.run(fine, check);
  await withFault(call, constants.errno[code], async () => {
    const outcome = await scripts.run(bash(`echo ran > ${file("ran")}; sleep 60`), { ...check, timeoutMs: 30_000 });
    expect(outcome).toMatchObject({ how: "not-started", error: expect.stringContaining(code) });
  });
  expect(await scripts.run(fine, check)).toMatchObject({ how: "exited", status: 0, output: "fine" });
  writeFileSync(file("go"), "");
  expect(await before).toMatchObject({ how: "exited", output: "done" });
  rmSync(file("go"));
  expect(lost).toEqual([]);
});

test("without descriptors no script is begun, which is said; those that run keep theirs", async () => {
  const before = scripts.run(bash(`until [ -e ${file("go")} ]; do sleep 0.02; done; echo done`), check);
  await scripts.run(fine, check);
  const { pid } = scripts as { pid: number };
  const inUse = readdirSync(`/proc/${pid}/fd`).length;
  const limit = (most: number): unknown => execFileSync("prlimit", ["--pid", `${pid}`, `--nofile=${most}:4096`]);
  for (let room = 0; room < 6; room += 1) {
    limit(inUse + room);
    const outcome = await scripts.run(fine, check);
    if (outcome.how !== "exited")
      expect(outcome).toMatchObject({ how: "not-started", error: expect.stringContaining("EMFILE") });
    expect(room > 0 || outcome.how === "not-started").toBe(true);
  }
  limit(1024);
  expect(await scripts.run(fine, check)).toMatchObject({ how: "exited", output: "fine" });
  writeFileSync(file("go"), "");
  expect(await before).toMatchObject({ how: "exited", output: "done" });
  rmSync(file("go"));
  expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThanOrEqual(inUse);
});

test.runIf(isRoot)("an account that may have no more processes is the reason, and no result", async () => {
  const user = { name: "full", uid: 64_997, gid: 64_997 };
  const there = spawn("sleep", ["60"], { uid: user.uid, gid: user.gid });
  await scripts.run(fine, check);
  execFileSync("prlimit", ["--pid", `${scripts.pid}`, "--nproc=0:0"]);
  expect(await scripts.run(bash("echo ran", user), check)).toMatchObject({
    how: "not-started",
    error: expect.stringMatching(/full, is out of processes.*EAGAIN/),
  });
  there.kill();
});

test.runIf(isRoot)(
  "a fork bomb takes nothing from a script of the same account that begins after it, and is ended whole",
  async () => {
    const user = { name: "none", uid: 64_998, gid: 64_998 };
    const stop = new AbortController();
    const bomb = scripts.run(bash('trap "" TERM; while :; do sleep 60 & done', user), {
      ...check,
      signal: stop.signal,
    });
    await eventually("it has a thousand", () => processesOf(user.uid) > 1000);
    expect(await scripts.run({ ...fine, user }, check)).toMatchObject({ how: "exited", status: 0, output: "fine" });
    stop.abort();
    expect(await bomb).toMatchObject({ how: "cancelled" });
    await eventually("nothing of it is left", () => processesOf(user.uid) === 0);
  },
  90_000,
);

test("scripts that hang, that flood and that multiply delay none of the others", async () => {
  const ended: string[] = [];
  const stop = stopOfMany();
  const run = (name: string, spec: ScriptSpec): Promise<unknown> =>
    scripts
      .run(spec, { ...check, signal: stop.signal })
      .then(({ how, output }) => ended.push(`${name} ${how} ${output}`));
  const bad = [
    ...Array.from({ length: 60 }, () => run("hang", bash('trap "" TERM; while :; do sleep 1; done'))),
    ...Array.from({ length: 20 }, () => run("flood", bash("exec yes 2>&1"))),
    ...Array.from({ length: 20 }, () => run("errors", bash("exec yes >&2"))),
  ];
  const good = Array.from({ length: 60 }, () => run("good", fine));
  await Promise.all(good);
  expect(ended).toEqual(Array.from({ length: 60 }, () => "good exited fine"));
  stop.abort();
  await Promise.all(bad);
  expect(ended.slice(60).every((line) => / cancelled /.test(line))).toBe(true);
}, 60_000);

test("one that has ended in time is in time, however late this is found out", async () => {
  const stop = stopOfMany();
  const floods = Array.from({ length: 100 }, () => scripts.run(bash("exec yes"), { ...check, signal: stop.signal }));
  await scripts.run(fine, check);
  const quick = scripts.run(bash(`echo $$ > ${file("quick")}; until [ -e ${file("now")} ]; do sleep 0.02; done`), {
    ...check,
    timeoutMs: 1500,
  });
  await eventually("it runs", () => isWritten("quick"));
  const startedMs = performance.now();
  process.kill(scripts.pid as number, "SIGSTOP");
  writeFileSync(file("now"), "");
  await eventually("it has ended", () => stateOf(Number(textOf("quick"))) === "Z");
  await eventually("its time is over", () => performance.now() > startedMs + 1600);
  process.kill(scripts.pid as number, "SIGCONT");
  expect(await quick).toMatchObject({ how: "exited", status: 0 });
  stop.abort();
  await Promise.all(floods);
}, 60_000);

test("one that is stopped before it begins what acts: its successor does it, once", async () => {
  scripts.close();
  begin(200);
  await scripts.run(fine, check);
  const before = scripts.pid as number;
  const looks = scripts.run(bash(`echo $$ > ${file("looks")}; sleep 60`), check);
  const begun = scripts.run(bash(`echo begun >> ${file("begun")}; sleep 60`));
  await eventually("both run", () => isWritten("looks") && isWritten("begun"));
  process.kill(before, "SIGSTOP");
  const acts = scripts.run(bash(`echo acted >> ${file("acted")}`));
  const stop = new AbortController();
  const unwanted = scripts.run(bash(`echo acted >> ${file("unwanted")}`), { signal: stop.signal });
  stop.abort();
  expect(await acts).toMatchObject({ how: "exited", status: 0 });
  expect([(await looks).how, (await begun).how, (await unwanted).how]).toEqual(["lost", "lost", "lost"]);
  expect(scripts.pid).not.toBe(before);
  expect([textOf("acted"), textOf("begun"), textOf("unwanted")]).toEqual(["acted\n", "begun\n", ""]);
  expect(lost).toEqual([3]);
}, 60_000);

test("when it is killed what its checks have started is killed as well, wherever it has gone", async () => {
  const nested = (name: string): string =>
    `sh -c 'trap "" TERM HUP; echo $$ > ${file(name)}; while :; do sleep 0.1; done'`;
  const hanging = scripts.run(
    bash(`${nested("child")} & timeout 100 ${nested("grouped")} & setsid ${nested("session")} & wait`),
    check,
  );
  const daemon = (name: string): string => `setsid ${nested(name)} &`;
  const before = scripts.run(bash(daemon("daemon")), check); // its own run is over when it happens
  const acting = scripts.run(bash(`${nested("acting")} & ${daemon("acted")} wait`));
  expect((await before).how).toBe("exited");
  const left = ["daemon", "acting", "acted"];
  await eventually("all run", () => ["child", "grouped", "session", ...left].every(isWritten));
  process.kill(scripts.pid as number, "SIGKILL");
  expect([(await hanging).how, (await acting).how]).toEqual(["lost", "lost"]);
  await eventually("all of the check has ended", () => !["child", "grouped", "session"].some(lives));
  await scripts.run(fine, check);
  expect(left.filter(lives)).toEqual(left);
  for (const name of left) process.kill(Number(textOf(name)), "SIGKILL");
}, 60_000);

test("one whose answers nobody can watch for is asked all the same", async () => {
  vi.spyOn(native(), "watch").mockImplementation(() => {
    throw Object.assign(new Error("uv_poll_init ENOSPC"), { code: "ENOSPC" });
  });
  expect(await scripts.run(fine, check)).toMatchObject({ how: "exited", output: "fine" });
});

test("a program that is open for writing, one that is a folder, one without its interpreter, one that has gone", async () => {
  const target = file("program");
  writeFileSync(target, "#!/bin/sh\necho fine\n");
  chmodSync(target, 0o755);
  const run = async () => scripts.run({ argv: [target] }, check);
  expect(await run()).toMatchObject({ how: "exited", output: "fine" });
  const writer = openSync(target, "a");
  const busy = await run();
  closeSync(writer);
  expect(busy).toMatchObject({ how: "not-started", error: expect.stringContaining("is open for writing") });
  expect(await run()).toMatchObject({ how: "exited" });
  writeFileSync(target, "#!/no/such/interpreter -x\n");
  expect(await run()).toMatchObject({
    how: "not-started",
    error: expect.stringContaining("the interpreter in its first line"),
  });
  rmSync(target);
  expect(await run()).toMatchObject({ how: "not-started", error: expect.stringContaining("does not exist") });
  mkdirSync(target);
  expect(await run()).toMatchObject({ how: "not-started", error: expect.stringContaining("may not be executed") });
  expect(await scripts.run({ argv: [`${target}/more`] }, check)).toMatchObject({ how: "not-started" });
  expect(await scripts.run({ argv: ["/etc/passwd/check"] }, check)).toMatchObject({
    how: "not-started",
    error: expect.stringContaining("leads nowhere (ENOTDIR)"),
  });
});

test("the program of another machine, and what a full disk has left of one, are not given to a shell", async () => {
  const target = file("other");
  for (const content of ["", "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\xff"]) {
    writeFileSync(target, Buffer.from(content, "latin1"));
    chmodSync(target, 0o755);
    const outcome = await scripts.run({ argv: [target] }, check);
    expect(outcome).toMatchObject({
      how: "not-started",
      error: expect.stringContaining("is no program for this machine"),
    });
  }
});

test("arguments with blanks, quotes, nothing, and signs of a shell arrive as they are", async () => {
  const words = ["a b", `it's "so"`, "", "$HOME `id` ; | & > x", "tab\tnewline\nend", "ünïcødé", "\\"];
  const { output } = await scripts.run({ argv: ["/usr/bin/printf", "<%s>", ...words] }, check);
  expect(output).toBe(
    words
      .map((word) => `<${word}>`)
      .join("")
      .replace("\t", " "),
  );
});
