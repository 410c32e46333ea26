import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { describe, expect, test } from "vitest";
import { eventually, instance, Sandbox } from "./sandbox.ts";

const ROOT = process.getuid?.() === 0;
const good = instance("VI_1", 51, "10.9.0.100");
const global = (...lines: readonly string[]): string => `global_defs {\n${lines.join("\n")}\n}\n${good}`;
const shortName = (pid: number): string => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

const fieldOf = (file: string, name: string): string =>
  new RegExp(`^${name}:?\\s+(.*)$`, "m").exec(readFileSync(file, "utf8"))?.[1]?.trim() ?? "";
const affinityOf = (pid: number): string => fieldOf(`/proc/${pid}/status`, "Cpus_allowed_list");

/** What the kernel and chrt(1) say of a process; one entry where all its threads agree. */
function schedulingOf(pid: number) {
  const chrt = execFileSync("chrt", ["-a", "-p", String(pid)], { encoding: "utf8" });
  const threads = [...chrt.matchAll(/pid (\d+)'s current scheduling policy: (\w+).*\n.*priority: (\d+)/g)];
  // The thread that sends adverts always has a realtime priority.
  const others = threads.filter(([, thread]) => readFileSync(`/proc/${thread}/comm`, "utf8").trim() !== "vrrp-beat");
  const about = others.map(([, thread, policy, priority]) => ({
    policy,
    priority: Number(priority),
    cpus: affinityOf(Number(thread)),
    locked: fieldOf(`/proc/${pid}/status`, "VmLck") !== "0 kB",
    limitUs: fieldOf(`/proc/${pid}/limits`, "Max realtime timeout").split(/\s+/)[0],
  }));
  return [...new Map(about.map((one) => [JSON.stringify(one), one])).values()];
}

describe.runIf(ROOT)("settings of the director's own processes", () => {
  test("names and priorities, which a reload gives and takes back", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    const vrrp = sandbox.pidIn("a_vrrp.pid") as number;
    const before = [shortName(director.pid), shortName(vrrp), getPriority(vrrp)];

    sandbox.writeConfig(global("process_name lb_director", "vrrp_process_name lb_vrrp", "vrrp_priority -7"));
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    expect([shortName(director.pid), shortName(vrrp), getPriority(vrrp)]).toEqual(["lb_director", "lb_vrrp", -7]);

    sandbox.writeConfig(good);
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    expect([shortName(director.pid), shortName(vrrp), getPriority(vrrp)]).toEqual(before);
  });

  test("scheduling, memory and processors, of every thread, which a reload gives and takes back", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    const vrrp = sandbox.pidIn("a_vrrp.pid") as number;
    const plain = { policy: "SCHED_OTHER", priority: 0, cpus: affinityOf(vrrp), locked: false, limitUs: "unlimited" };
    expect(schedulingOf(vrrp)).toEqual([plain]);

    const cpu = Number(plain.cpus.split(/[-,]/)[0]);
    const settings = ["vrrp_rt_priority 7", "vrrp_rlimit_rttime 20000", "vrrp_no_swap", `vrrp_cpu_affinity ${cpu}`];
    sandbox.writeConfig(global(...settings));
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    const set = { policy: "SCHED_RR", priority: 7, cpus: String(cpu), locked: true, limitUs: "20000" };
    expect(schedulingOf(vrrp)).toEqual([set]);

    sandbox.writeConfig(good);
    const back = await sandbox.lvskeeper("reload", "-p", sandbox.pidFile);
    expect([back.status, back.stderr]).toEqual([0, ""]);
    expect(schedulingOf(vrrp)).toEqual([plain]);
    expect(director.log()).not.toMatch(/is not used/);

    for (let round = 0; round < 5; round += 1)
      for (const text of [global(...settings), good]) {
        sandbox.writeConfig(text);
        expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
      }
    expect(director.log()).not.toMatch(/child process\(\d+\) died/);
  });

  test("a processor that does not exist is told, and the process runs on all of them", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(global("vrrp_cpu_affinity 1023"));
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    expect(director.log()).toMatch(/setting of its processors is not used: sched_setaffinity EINVAL/);
    expect(affinityOf(sandbox.pidIn("a_vrrp.pid") as number)).toBe(affinityOf(process.pid));
  });

  test("the startup script ends before the processes start, the shutdown script runs after them", async () => {
    await using sandbox = new Sandbox();
    const note = `${sandbox.folder}/note`;
    const say = (word: string): string =>
      `"/bin/sh -c 'echo ${word} $(ls ${sandbox.folder} | grep -c vrrp.pid) >> ${note}'" root`;
    sandbox.writeConfig(global(`startup_script ${say("up")}`, `shutdown_script ${say("down")}`));
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    expect(readFileSync(note, "utf8")).toBe("up 0\n");
    expect((await sandbox.lvskeeper("stop", "-p", sandbox.pidFile)).status).toBe(0);
    expect(readFileSync(note, "utf8").split("\n")[1]).toMatch(/^down \d$/);
  });

  test("a startup script that hangs is ended, and the start goes on", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(global('startup_script "/bin/sleep 1000" root', "startup_script_timeout 1"));
    const director = sandbox.director();
    await eventually("it runs all the same", 15_000, () => /is ready/.test(director.log()));
    expect(director.log()).toMatch(/startup_script of the director: \/bin\/sleep 1000 .* was ended after 1\.\d s/);
  });

  test("SIGTERM while the startup script runs: nothing is started", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(global('startup_script "/bin/sleep 1000" root', "startup_script_timeout 1000"));
    const director = sandbox.director();
    await eventually("the script runs", 10_000, () => /running \/bin\/sleep/.test(director.log()));
    process.kill(director.pid, "SIGTERM");
    await director.ended;
    expect(director.log()).not.toMatch(/Starting VRRP child/);
  });

  test("a refused reload is written to the log file that the running configuration names; no marker stays", async () => {
    await using sandbox = new Sandbox();
    const log = `${sandbox.folder}/reload.log`;
    sandbox.writeConfig(global(`reload_check_config ${log}`, "reload_file"));
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    sandbox.writeConfig(good.replace("priority", "priorty"));
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).not.toBe(0);
    expect(existsSync(log) && readFileSync(log, "utf8")).toMatch(/priorty/);
    expect(readdirSync(sandbox.folder)).not.toContain("a.reload");
  });

  test.for([
    { faults: "", told: true },
    { faults: "no_email_faults", told: false },
  ])("mails with `$faults`: FAULT is told: $told", async ({ faults, told }) => {
    await using sandbox = new Sandbox();
    const mail = ["notification_email { ops@example.org }", "smtp_server 127.0.0.1", "smtp_alert on"];
    const faulty = instance("VI_2", 52, "10.9.0.101").replace("interface e0", "interface e7");
    sandbox.writeConfig(`${faulty}${global(...mail, faults)}`);
    const director = sandbox.director();
    const refused = (what: string): boolean => new RegExp(`Mail "[^"]*${what}.*could not be sent`).test(director.log());
    await eventually("it is MASTER", 10_000, () => director.log().includes("(VI_1) Entering MASTER STATE"));
    process.kill(director.pid, "SIGTERM"); // what waits is tried once more at the end
    await director.ended;
    expect(refused("VI_1 - Entering MASTER")).toBe(true);
    expect(refused("VI_2 - Entering FAULT")).toBe(told);
  });

  test("vrrp_startup_delay: instances wait; a reload meanwhile is taken, and a stop does not wait", async () => {
    await using sandbox = new Sandbox();
    const states = async (): Promise<unknown> => {
      const { vrrp } = await sandbox.status();
      return typeof vrrp === "object" ? vrrp.instances.map(({ name }) => name) : vrrp;
    };
    sandbox.writeConfig(global("vrrp_startup_delay 5"));
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    expect(director.log()).toMatch(/Delaying the start of VRRP instances for 5\.0 s/);
    expect(await states()).toEqual([]);
    sandbox.writeConfig(instance("VI_other", 52, "10.9.0.102"));
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    expect(await states()).toEqual([]);
    await eventually("the instance of the reload starts", 10_000, () => sandbox.owns("10.9.0.102"));
    expect(await states()).toEqual(["VI_other"]);

    await using other = new Sandbox();
    other.writeConfig(global("vrrp_startup_delay 1000"));
    const waiting = other.director();
    await eventually("it runs", 10_000, () => /is ready/.test(waiting.log()));
    process.kill(waiting.pid, "SIGTERM");
    expect(await waiting.ended).toBe(0);
  });

  test("a reload that would move the director to another instance is refused", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(`instance left\n${good}`);
    const director = sandbox.director();
    await eventually("it runs", 10_000, () => /is ready/.test(director.log()));
    sandbox.writeConfig(`instance right\n${good}`);
    const reload = await sandbox.lvskeeper("reload", "-p", sandbox.pidFile);
    expect(reload.status).not.toBe(0);
    expect(reload.stderr).toMatch(/`instance`.*restart/);
    sandbox.writeConfig(`instance left\n${good}`);
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
  });

  test("net_namespace: the children run in it, a killed one too; one that is not there is told", async () => {
    await using sandbox = new Sandbox();
    const inner = `lkin${process.pid}`;
    const inside = (...words: readonly string[]): string => execFileSync("ip", ["-n", inner, ...words]).toString();
    sandbox.writeConfig(`net_namespace ${inner}\n${good}`);
    const refused = await sandbox.lvskeeper("run", "-n", "-G", "-f", sandbox.config, "-p", sandbox.pidFile);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`there is no network namespace ${inner}.*ip netns add`));

    execFileSync("ip", ["netns", "add", inner]);
    try {
      inside("link", "add", "e0", "type", "veth", "peer", "name", "e1");
      inside("addr", "add", "10.9.0.1/24", "dev", "e0");
      for (const device of ["lo", "e0", "e1"]) inside("link", "set", device, "up");
      const holds = (): boolean => inside("-4", "addr", "show", "dev", "e0").includes("10.9.0.100");
      const director = sandbox.director();
      await eventually("it owns the VIP in the namespace", 10_000, holds);
      expect(await sandbox.owns("10.9.0.100")).toBe(false);
      const vrrp = sandbox.pidIn("a_vrrp.pid") as number;
      expect(readFileSync(`/proc/${vrrp}/cmdline`, "utf8")).toMatch(/^lvskeeper: vrrp/);
      process.kill(vrrp, "SIGKILL");
      await eventually("its successor runs", 10_000, () => (sandbox.pidIn("a_vrrp.pid") ?? vrrp) !== vrrp);
      expect(holds()).toBe(true);
      expect((await sandbox.lvskeeper("stop", "-p", sandbox.pidFile)).status).toBe(0);
      expect(await director.ended).toBe(0);
      expect(holds()).toBe(false);
    } finally {
      execFileSync("ip", ["netns", "del", inner]);
    }
  });
});
