import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { native, scriptsProgram } from "../../../native/index.ts";
import type { ScriptSpec } from "../../../src/script/model.ts";
import { ScriptProcess } from "../../../src/script/script-process.ts";
import { compileScripts } from "./checked-program.ts";

const isRoot = process.getuid?.() === 0;
const nobody = { name: "nobody", uid: 65534, gid: 65534 };

let folder: string;
let program: string;
let scripts: ScriptProcess;
let lost: number[];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "scripts-"));
  program = path.join(folder, "scripts");
  compileScripts(program);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => scripts.close());

function begin(pingMs?: number): void {
  scripts = new ScriptProcess(program, pingMs);
  lost = [];
  scripts.onLost = (count) => lost.push(count);
}

const sh = (script: string, user?: ScriptSpec["user"]): ScriptSpec => ({
  argv: ["/bin/sh", "-c", script],
  ...(user && { user }),
});
const bash = (script: string, user?: ScriptSpec["user"]): ScriptSpec => ({
  ...sh(script, user),
  argv: ["/bin/bash", "-c", script],
});
const file = (name: string): string => path.join(folder, name);

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const stateOf = (pid: number): string | undefined => {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
};
const lives = (name: string): boolean => {
  const state = stateOf(Number(readFileSync(file(name), "utf8")));
  return state !== undefined && state !== "Z";
};
const childrenOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(/\s+/).filter(Boolean);

test("is built with the addon", () => {
  expect(scriptsProgram()).toMatch(/lvskeeper-scripts$/);
  begin();
});

test("scripts are its children and not ours, and it has none of our descriptors", async () => {
  begin();
  const { output } = await scripts.run(sh("echo $PPID; ls /proc/$PPID/fd | wc -l"), { isCheck: true });
  const [parent, descriptors] = output.split("\n").map(Number);
  expect(parent).toBe(scripts.pid);
  expect(descriptors).toBeLessThan(12);
});

test("each leads a session and a process group of its own", async () => {
  begin();
  const words = sh(
    'read -r pid name state parent group session rest < /proc/$$/stat; echo "$((pid == group)) $((pid == session))"',
  );
  for (const options of [{ isCheck: true }, {}])
    expect(
      (await scripts.run({ argv: [...words.argv.slice(0, 2), `{ ${words.argv[2]}; } >&2`] }, options)).output,
    ).toBe("1 1");
});

test.runIf(isRoot)("it is no more urgent than others, however urgent its owner is", async () => {
  begin();
  await scripts.run(sh("true"));
  execFileSync("renice", ["-n", "-10", "-p", String(scripts.pid)]);
  expect((await scripts.run(sh("nice"), { isCheck: true })).output).toBe("0");
});

test("a check cannot gain privileges, and has limits; what acts has neither", async () => {
  begin();
  const words = "grep NoNewPrivs /proc/self/status >&2; ulimit -Sn >&2; ulimit -c >&2";
  const check = await scripts.run(sh(words), { isCheck: true, noNewPrivileges: true });
  expect(check.output).toBe("NoNewPrivs: 1\n1024\n0");
  const act = await scripts.run(sh(words));
  expect(act.output).toContain("NoNewPrivs: 0");
});

test("standard output is kept of a check only, its last 4 KB, and in the order in which it was written", async () => {
  begin();
  const words = sh("seq 1 5000; echo why >&2; echo last");
  const check = await scripts.run(words, { isCheck: true });
  expect(check.output).toMatch(/^\d+\n[\s\S]*\n5000\nwhy\nlast$/);
  expect(Buffer.byteLength(check.output)).toBeGreaterThan(4000);
  expect(Buffer.byteLength(check.output)).toBeLessThanOrEqual(4096);
  expect((await scripts.run(words)).output).toBe("why");
});

test.runIf(isRoot)("a script has the groups that are asked for, and no other", async () => {
  begin();
  const { output } = await scripts.run(sh("id -u; id -G", { ...nobody, groups: [4, 24] }), { isCheck: true });
  expect(output).toBe("65534\n65534 4 24");
});

test.runIf(isRoot)("a user that may not be become is the reason", async () => {
  begin();
  const blocked = { ...sh("true"), argv: [file("nothing/there")] };
  expect(await scripts.run(blocked)).toMatchObject({
    how: "not-started",
    error: expect.stringContaining("does not exist"),
  });
});

test("at the time limit also those are ended that have left the process group", async () => {
  begin();
  // timeout(1) makes a group of its own; setsid(1) a session.
  const script = [
    `timeout 100 sh -c 'echo $$ > ${file("group")}; trap "" TERM; while :; do sleep 0.1; done' &`,
    `setsid sh -c 'echo $$ > ${file("session")}; trap "" TERM; while :; do sleep 0.1; done' &`,
    "wait",
  ].join("\n");
  const outcome = await scripts.run(sh(script), { timeoutMs: 1000, isCheck: true });
  expect(outcome.how).toBe("timeout");
  await eventually("both are killed", () => !lives("group") && !lives("session"));
});

test("a script that floods its output delays nobody", async () => {
  begin();
  const flood = scripts.run(bash("exec yes a line of a flood"), { timeoutMs: 2500, isCheck: true });
  const others = await Promise.all(Array.from({ length: 20 }, () => scripts.run(sh("echo fine"), { isCheck: true })));
  expect(new Set(others.map(({ how, status, output }) => `${how} ${status} ${output}`))).toEqual(
    new Set(["exited 0 fine"]),
  );
  const readBefore = Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${scripts.pid}/io`, "latin1"))?.[1]);
  expect(await flood).toMatchObject({ how: "timeout" });
  const read = Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${scripts.pid}/io`, "latin1"))?.[1]) - readBefore;
  expect(read).toBeLessThan(20e6); // `yes` writes gigabytes where it may
});

test.runIf(isRoot)(
  "a fork bomb has as many processes as its user may, is ended whole, and delays nobody",
  async () => {
    begin();
    const user = { name: "none", uid: 64_999, gid: 64_999 };
    const bomb = bash('trap "" TERM; f() { sleep 60 & f & wait; }; f', user);
    const running = scripts.run(bomb, { timeoutMs: 1500, isCheck: true });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await scripts.run(sh("echo fine"), { isCheck: true })).toMatchObject({ how: "exited", output: "fine" });
    expect(await running).toMatchObject({ how: "timeout" });
    const ofUser = (): number =>
      readdirSync("/proc").filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          return /^Uid:\s+64999/m.test(readFileSync(`/proc/${name}/status`, "latin1")) && stateOf(Number(name)) !== "Z";
        } catch {
          return false;
        }
      }).length;
    await eventually("nothing of it is left", () => ofUser() === 0);
  },
  60_000,
);

test("what never stops writing to a pipe that it has inherited is no reason to wait", async () => {
  begin();
  const outcome = await scripts.run(bash(`setsid yes & echo $! > ${file("yes")}; echo fine`), { isCheck: true });
  expect(outcome).toMatchObject({ how: "exited", status: 0 });
  expect(await scripts.run(sh("true"), { isCheck: true })).toMatchObject({ how: "exited" });
  process.kill(Number(readFileSync(file("yes"), "utf8")), "SIGKILL");
});

test("when it is killed its scripts are lost, which is told, and the next one finds another", async () => {
  begin();
  const running = scripts.run(sh(`echo $$ > ${file("check")}; sleep 60`), { isCheck: true });
  await eventually("the script runs", () => existsSync(file("check")) && readFileSync(file("check"), "utf8") !== "");
  const before = scripts.pid as number;
  process.kill(before, "SIGKILL");
  expect(await running).toMatchObject({ how: "lost", error: expect.stringContaining("ended") });
  expect(lost).toEqual([1]);
  await eventually("a check ends with it", () => !lives("check"));
  expect(await scripts.run(sh("exit 3"))).toMatchObject({ how: "exited", status: 3 });
  expect(scripts.pid).not.toBe(before);
  await eventually("no zombie is left", () => stateOf(before) === undefined);
});

test("one that was killed while it had nothing to do is not noticed by the next script", async () => {
  begin();
  await scripts.run(sh("true"));
  process.kill(scripts.pid as number, "SIGKILL");
  await eventually("it is gone", () => (stateOf(scripts.pid as number) ?? "Z") === "Z");
  expect(await scripts.run(sh("exit 4"))).toMatchObject({ how: "exited", status: 4 });
});

test("one that ends before it is told anything is not started for ever", async () => {
  scripts = new ScriptProcess("/bin/true");
  lost = [];
  scripts.onLost = (count) => lost.push(count);
  const outcomes = [];
  for (let i = 0; i < 4; i += 1) outcomes.push(await scripts.run(sh("true"), { timeoutMs: 1000 }));
  expect(new Set(outcomes.map(({ how }) => how))).toEqual(new Set(["lost"]));
  expect(lost.length).toBeLessThan(20);
});

test("one that cannot be started is the reason", async () => {
  scripts = new ScriptProcess(file("nothing"));
  const outcome = await scripts.run(sh("true"));
  expect(outcome).toMatchObject({ how: "not-started", error: expect.stringContaining("npm run build:native") });
});

test("one that hangs is replaced, and the scripts that it ran are lost", async () => {
  begin(200);
  await scripts.run(sh("true"));
  const before = scripts.pid as number;
  process.kill(before, "SIGSTOP");
  expect(await scripts.run(sh("true"), { timeoutMs: 100, isCheck: true })).toMatchObject({ how: "lost" });
  expect(await scripts.run(sh("true"))).toMatchObject({ how: "exited", status: 0 });
  expect(scripts.pid).not.toBe(before);
}, 30_000);

test("when its owner goes checks are ended, also stubborn ones; what acts ends by itself, and it goes with the last", async () => {
  begin();
  const stubborn = `trap "" TERM; echo $$ > ${file("stubborn")}; while :; do sleep 0.1; done`;
  const check = scripts.run(sh(stubborn), { isCheck: true });
  const act = scripts.run(
    sh(`echo $$ > ${file("act")}; while [ ! -e ${file("go")} ]; do sleep 0.05; done; echo done > ${file("done")}`),
  );
  const isWritten = (name: string): boolean =>
    existsSync(file(name)) && readFileSync(file(name), "utf8").endsWith("\n");
  await eventually("both run", () => isWritten("stubborn") && isWritten("act"));
  const { pid } = scripts as { pid: number };
  // The end of the owner, as the other side sees it.
  const fd = readdirSync(`/proc/${pid}/fd`).length;
  expect(fd).toBeGreaterThan(3);
  scripts.close();
  expect([(await check).how, (await act).how]).toEqual(["lost", "lost"]);
  await eventually("the check is killed", () => !lives("stubborn"));
  expect(lives("act")).toBe(true);
  expect(stateOf(pid)).toMatch(/[RS]/);
  writeFileSync(file("go"), "");
  await eventually("the other has done its work", () => existsSync(file("done")));
  await eventually("it is gone", () => (stateOf(pid) ?? "Z") === "Z");
});

test("hundreds at once are all run, each once, and nothing stays behind", async () => {
  begin();
  const outcomes = await Promise.all(
    Array.from({ length: 400 }, (_, i) =>
      scripts.run(sh(`exit ${i % 7}`), { timeoutMs: 60_000, isCheck: i % 2 === 0 }),
    ),
  );
  expect(outcomes.map(({ how, status }) => [how, status])).toEqual(outcomes.map((_, i) => ["exited", i % 7]));
  const { pid } = scripts as { pid: number };
  await eventually("no zombie is left", () => childrenOf(pid).length === 0);
  await eventually("its descriptors are closed", () => readdirSync(`/proc/${pid}/fd`).length < 10);
  expect(lost).toEqual([]);
}, 60_000);

test("packets that are no request change nothing", async () => {
  begin();
  await scripts.run(sh("true"));
  const { fd } = native().startScripts(program, "stray", ["PATH=/bin:/usr/bin"]);
  for (const packet of [
    Buffer.alloc(1),
    Buffer.alloc(32),
    Buffer.alloc(33, 0xff),
    Buffer.from([1, 0, 0, 0]),
    run(0xffff_ffff),
  ])
    expect(native().send(fd, packet)).toBe(packet.length);
  native().send(fd, run(0, "/bin/true\0"));
  const buffer = Buffer.alloc(4096);
  await eventually("the last one is answered", () => {
    const length = native().receive(fd, buffer);
    return length === 12 && buffer.readUInt32LE(4) === 1;
  });
  native().close(fd);
});

/** A request to run something, with so many groups. */
function run(groups: number, words = "x"): Buffer {
  const head = Buffer.from(Uint32Array.from([1, 7, 0, 0, 10, 0xffff_ffff, 0xffff_ffff, groups]).buffer);
  return Buffer.concat([head, Buffer.from(words)]);
}
