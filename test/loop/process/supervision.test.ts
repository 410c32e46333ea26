import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually, instance, isAlive, MAIN, Sandbox } from "./sandbox.ts";

const VIP = "10.9.0.100";
const ROOT = process.getuid?.() === 0;

async function master(sandbox: Sandbox, ...args: readonly string[]) {
  sandbox.writeConfig(instance("VI_1", 51, VIP));
  const director = sandbox.director(...args);
  await eventually("the director owns the VIP", 15_000, () => sandbox.owns(VIP));
  return director;
}

const commandLine = (pid: number | undefined): string =>
  readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();

describe.runIf(ROOT)("the director's processes", () => {
  test("start, show their roles in ps, and stop in order: VIP, pid files and socket gone, status 0", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid");
    expect(sandbox.pidIn("a.pid")).toBe(director.pid);
    const args = `-n -l -D -G -f ${sandbox.config} -p ${sandbox.pidFile}`;
    expect(commandLine(director.pid)).toBe(`lvskeeper ${args}`);
    expect(commandLine(vrrp)).toBe(`lvskeeper: vrrp ${args}`);
    expect(readFileSync(`/proc/${director.pid}/comm`, "utf8")).toBe("lvskeeper\n");

    process.kill(director.pid, "SIGTERM");
    expect(await director.ended).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
    for (const name of ["a.pid", "a_vrrp.pid", "a.sock"]) expect(sandbox.pidIn(name)).toBeUndefined();
    expect(isAlive(vrrp ?? 0)).toBe(false);
  });

  test("a SIGTERM to all of them at once, as systemd sends it, is one stop in order", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    process.kill(-director.pid, "SIGTERM");
    expect(await director.ended).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
    expect(director.log()).not.toContain("died");
  });

  test("the signals by which monitoring asks keepalived for its data end nothing", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const before = (await sandbox.status()).processes.filter(({ role }) => role !== "api").map(({ pid }) => pid);
    // SIGUSR1 data, SIGUSR2 statistics, SIGRTMIN+2 JSON: to the parent, and by mistake to a child.
    for (const pid of [director.pid, sandbox.pidIn("a_vrrp.pid") ?? 0])
      for (const signal of ["SIGUSR1", "SIGUSR2", 36]) process.kill(pid, signal);
    const after = (await sandbox.status()).processes.filter(({ role }) => role !== "api").map(({ pid }) => pid);
    expect(after).toEqual(before);
    expect(after.map((pid) => isAlive(pid ?? 0))).toEqual([true, true]);
    expect(await sandbox.owns(VIP)).toBe(true);
  });

  test("kill -9 of vrrp: replaced at once, MASTER goes on, and the VIP never leaves the interface", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const monitor = sandbox.exec("timeout", "4", "ip", "-o", "monitor", "address");
    const before = sandbox.pidIn("a_vrrp.pid") ?? 0;
    process.kill(before, "SIGKILL");
    await eventually("another vrrp process is master", 5000, async () => {
      const { vrrp } = await sandbox.status();
      return typeof vrrp === "object" && vrrp.instances[0]?.state === "master";
    });
    const { processes } = await sandbox.status();
    expect(processes.find(({ role }) => role === "vrrp")).toMatchObject({ respawns: 1, lastEnd: "killed by SIGKILL" });
    expect(sandbox.pidIn("a_vrrp.pid")).not.toBe(before);
    expect((await monitor).stdout).not.toContain("Deleted");
    expect(director.log()).toContain(`VRRP child process(${before}) died: killed by SIGKILL; Respawning`);
  });

  test("an upgrade leads the program's link elsewhere: what runs is replaced from where it was started", async () => {
    await using sandbox = new Sandbox();
    sandbox.program = sandbox.file("lvskeeper");
    symlinkSync(MAIN, sandbox.program);
    await master(sandbox);
    rmSync(sandbox.program);
    symlinkSync("/nonexistent/main.js", sandbox.program);
    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
    await eventually("another vrrp process is master", 5000, async () => {
      const { vrrp, processes } = await sandbox.status();
      const replaced = processes.some(({ role, respawns }) => role === "vrrp" && respawns === 1);
      return replaced && typeof vrrp === "object" && vrrp.instances[0]?.state === "master";
    });
  });

  test("a child that dies before it ever ran is replaced like any other", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(instance("VI_1", 51, VIP));
    const director = sandbox.director();
    await eventually("a vrrp process was started", 10_000, () => sandbox.pidIn("a_vrrp.pid") !== undefined);
    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
    await eventually("the director owns the VIP", 10_000, () => sandbox.owns(VIP));
    expect(director.log()).toContain("died: killed by SIGKILL; Respawning");
  });

  test("a vrrp process stopped by SIGSTOP is found silent after 3 s, killed and replaced", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const before = sandbox.pidIn("a_vrrp.pid") ?? 0;
    process.kill(before, "SIGSTOP");
    const started = performance.now();
    expect((await sandbox.status()).vrrp).toBe("the vrrp process did not answer within 1 s");
    await eventually("it is gone", 6000, () => !isAlive(before));
    expect(performance.now() - started).toBeLessThan(6000);
    await eventually("another is master", 5000, async () => {
      const { vrrp } = await sandbox.status();
      return typeof vrrp === "object" && vrrp.instances[0]?.state === "master";
    });
  });

  test("kill -9 of the parent: its children notice, let go of the VIP and end", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid") ?? 0;
    process.kill(director.pid, "SIGKILL");
    await eventually("the VIP is gone", 3000, async () => !(await sandbox.owns(VIP)));
    await eventually("the child is gone", 5000, () => !isAlive(vrrp));
    expect(director.log()).toContain("The parent process is gone");

    const next = await master(sandbox);
    expect(sandbox.pidIn("a.pid")).toBe(next.pid);
  });

  test("a parent that was itself stopped for a while kills nobody when it goes on", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid") ?? 0;
    process.kill(director.pid, "SIGSTOP");
    await eventually(
      "longer than the watchdog allows",
      10_000,
      (
        (until) => () =>
          performance.now() > until
      )(performance.now() + 4500),
    );
    process.kill(director.pid, "SIGCONT");
    expect((await sandbox.status()).processes.find(({ role }) => role === "vrrp")).toMatchObject({
      pid: vrrp,
      respawns: 0,
    });
    await eventually(
      "a watchdog's time later",
      5000,
      (
        (until) => () =>
          performance.now() > until
      )(performance.now() + 3500),
    );
    expect(isAlive(vrrp)).toBe(true);
  });

  test("a stop while the vrrp process hangs: it is killed, and another takes the VIP off the interface", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(`${instance("VI_1", 51, VIP)}child_wait_time 1\n`);
    const director = sandbox.director();
    await eventually("the director owns the VIP", 15_000, () => sandbox.owns(VIP));
    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGSTOP");
    process.kill(director.pid, "SIGTERM");
    expect(await director.ended).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("a vrrp process that dies again and again: back-off, and a stop meanwhile leaves no VIP behind", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    for (const wait of ["Respawning\n", "Respawning in 1.0 s\n", "Respawning in 2.0 s\n"]) {
      await eventually("a vrrp process is there", 5000, () => isAlive(sandbox.pidIn("a_vrrp.pid") ?? 0));
      process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
      await eventually(`the log says ${wait}`, 5000, () => director.log().includes(wait));
    }
    expect((await sandbox.status()).processes.find(({ role }) => role === "vrrp")?.state).toBe("waiting");
    process.kill(director.pid, "SIGTERM");
    expect(await director.ended).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("a reader of the log that goes away is no reason to end", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    director.process.stdout?.destroy();
    director.process.stderr?.destroy();
    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
    await eventually("the vrrp process is replaced", 5000, async () => {
      return (await sandbox.status()).processes.some(
        ({ role, state, respawns }) => role === "vrrp" && respawns === 1 && state === "running",
      );
    });
    expect((await sandbox.lvskeeper("stop", "-p", sandbox.pidFile)).status).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("SIGUSR1 opens no debugger port and ends nothing", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid") ?? 0;
    for (const pid of [director.pid, vrrp]) for (const signal of ["SIGUSR1", "SIGUSR2"]) process.kill(pid, signal);
    await sandbox.status();
    expect(isAlive(director.pid) && isAlive(vrrp)).toBe(true);
    expect((await sandbox.exec("ss", "-Hltn")).stdout).toBe("");
  });
});
