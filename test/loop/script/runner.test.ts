import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunOptions, ScriptOutcome, ScriptSpec } from "../../../src/script/model.ts";
import { runHere } from "../../../src/script/own-runner.ts";
import { run as runBeside } from "../../../src/script/runner.ts";

let folder: string;
// Before the first script: what the process beside this one hands on is what it was started with.
process.env.LD_LIBRARY_PATH = "/nowhere";
process.env.LVS_TEST_KEPT = "kept";

const sh = (script: string): { argv: string[] } => ({ argv: ["/bin/sh", "-c", script] });
const file = (name: string): string => path.join(folder, name);

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 8000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const alive = (pidFile: string): boolean => {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

type Run = (spec: ScriptSpec, options?: RunOptions) => Promise<ScriptOutcome>;

describe.each<{ name: string; run: Run }>([
  { name: "by a process beside this one", run: runBeside },
  { name: "by this process", run: runHere },
])("$name", ({ run }) => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "script-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the exit status and the last of standard error are reported", async () => {
    const outcome = await run(sh("echo out; echo why >&2; exit 3"));
    expect(outcome).toMatchObject({ how: "exited", status: 3, output: "why" });
  });

  test("standard error is kept to its end, within a bound", async () => {
    const outcome = await run(sh("seq 1 200000 >&2; echo the end >&2"), { keepBytes: 100 });
    expect(outcome.output.length).toBeLessThanOrEqual(100);
    expect(outcome.output).toMatch(/199999\n200000\nthe end$/);
  });

  test("a death by signal is reported as one", async () => {
    expect(await run(sh("kill -9 $$"))).toMatchObject({ how: "signalled", signal: "SIGKILL" });
  });

  test("arguments reach the program as words, without a shell in between", async () => {
    const target = file("words");
    await run({ argv: ["/bin/sh", "-c", 'printf "%s\\n" "$0" "$@" > "$1"', "a b", target, "$(id)", "*"] });
    expect(readFileSync(target, "utf8")).toBe(`a b\n${target}\n$(id)\n*\n`);
  });

  test("a missing program is not started, and the reason names it", async () => {
    const outcome = await run({ argv: ["/nonexistent/check.sh"] });
    expect(outcome).toMatchObject({ how: "not-started" });
    expect(outcome.error).toContain("/nonexistent/check.sh does not exist");
  });

  test("a file that may not be executed is not started, and the reason says so", async () => {
    writeFileSync(file("plain"), "exit 0\n");
    const outcome = await run({ argv: [file("plain")] });
    expect(outcome.how).toBe("not-started");
    expect(outcome.error).toContain("may not be executed");
  });

  test("an executable file without a first line of #! is run by the shell", async () => {
    writeFileSync(file("bare"), "exit 7\n");
    chmodSync(file("bare"), 0o755);
    expect(await run({ argv: [file("bare")] })).toMatchObject({ how: "exited", status: 7 });
  });

  test("IFS, LD_PRELOAD and LD_LIBRARY_PATH are not handed on", async () => {
    const outcome = await run(sh("env | grep -E '^(LVS_TEST|LD_)' >&2"));
    expect(outcome.output).toContain("LVS_TEST_KEPT=kept");
    expect(outcome.output).not.toMatch(/^LD_LIBRARY_PATH/m);
  });

  test.runIf(process.getuid?.() === 0)("a script runs as its user and group", async () => {
    const outcome = await run({
      ...sh("id -u >&2; id -g >&2; id -G >&2"),
      user: { name: "nobody", uid: 65534, gid: 65534 },
    });
    expect(outcome.output).toBe("65534\n65534\n65534");
  });

  test("at the time limit the whole process group is ended, SIGKILL after SIGTERM, even when its leader is gone", async () => {
    // The leader ends on SIGTERM; its child ignores it, so that only the later SIGKILL can end it.
    const script = `(trap "" TERM; while :; do sleep 0.05; done) & echo $! > ${file("stubborn")}; wait`;
    const outcome = await run(sh(script), { timeoutMs: 300 });
    expect(outcome.how).toBe("timeout");
    expect(outcome.elapsedMs).toBeLessThan(2000); // the leader ended at SIGTERM, before the SIGKILL
    expect(alive(file("stubborn"))).toBe(true);
    await eventually("the stubborn child is killed", () => !alive(file("stubborn")));
  });

  test("a leader that ignores SIGTERM is killed 2 s later", async () => {
    const outcome = await run(sh('trap "" TERM; while :; do sleep 0.05; done'), { timeoutMs: 100 });
    expect(outcome.how).toBe("timeout");
    expect(outcome.elapsedMs).toBeGreaterThan(2000);
    expect(outcome.elapsedMs).toBeLessThan(6000);
  });

  test("an aborted run ends as cancelled", async () => {
    const stop = new AbortController();
    const running = run(sh(`touch ${file("started")}; sleep 60`), { signal: stop.signal });
    await eventually("the script has started", () => existsSync(file("started")));
    stop.abort();
    expect(await running).toMatchObject({ how: "cancelled" });
    expect(await run(sh("true"), { signal: stop.signal })).toMatchObject({ how: "cancelled" });
  });

  test("a script that leaves a daemon behind ends at its own end, and the daemon may go on writing", async () => {
    const marker = file("daemon");
    const outcome = await run(
      sh(
        `setsid /bin/sh -c 'echo $$ > ${marker}; sleep 1; echo noise >&2; sleep 0.2; echo wrote > ${marker}.done' & exit 0`,
      ),
    );
    expect(outcome).toMatchObject({ how: "exited", status: 0 });
    expect(existsSync(`${marker}.done`)).toBe(false);
    await eventually("the daemon survived its line on standard error", () => existsSync(`${marker}.done`));
  });
});
