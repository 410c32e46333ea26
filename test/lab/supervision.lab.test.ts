import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectorStatus } from "../../src/process/status.ts";
import { pairConfig, serving, settle, startDirector, startWebServers, tableOf, VIPS } from "./lib/dual-master.ts";
import { Lab, type LabProcess } from "./lib/lab.ts";

/** The time a new process may take in the guest, where Node alone needs one second to load. */
const RESPAWN_MS = 10_000;
const WATCHDOG_MS = 3000;
/** What a peer of priority 120 waits for after an advert of priority 0, and what a busy guest adds. */
const SKEW_MS = ((256 - 120) / 256) * 1000 + 1500;

/** d1 is ours and master of VIP one, d2 is Debian's keepalived and master of VIP two. */
describe("what dies, and what goes on", () => {
  let lab: Lab;
  let ours: LabProcess;
  let peer: LabProcess;
  let web: Record<"rs1" | "rs2", LabProcess>;
  const config = pairConfig("A", { advertIntS: 1, delayLoopS: 1 });

  beforeAll(async () => {
    lab = await Lab.start();
    web = await startWebServers(lab);
    ours = await startDirector(lab, "d1", "lvskeeper", config);
    peer = await startDirector(lab, "d2", "keepalived", pairConfig("B", { advertIntS: 1, delayLoopS: 1 }));
    await settle(lab, "d1", "d2");
    await serving(lab, ["d1", "d2"], ["rs1", "rs2"]);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const pidOf = async (role: "vrrp" | "checkers"): Promise<string> =>
    (await lab.readFile(`/run/lvskeeper/lvskeeper_${role}.pid`, { at: "d1" })).trim();
  const kill = (signal: string, pid: string): Promise<string> => lab.run("d1", ["kill", `-${signal}`, pid]);
  const status = async (): Promise<DirectorStatus> =>
    JSON.parse((await lab.lvskeeper("d1", ["status", "--json"])).stdout) as DirectorStatus;
  /** Resolves once a successor of `pid` runs its room. */
  const replaced = (role: "vrrp" | "checker", pid: string, withinMs: number): Promise<number> =>
    lab.eventually(`another ${role} process runs on d1`, withinMs, async () => {
      const child = (await status()).processes.find((process) => process.role === role);
      return child?.state === "running" && child.pid !== Number(pid);
    });
  const advertsSent = async (): Promise<number> => {
    const { vrrp } = await status();
    const one = typeof vrrp === "object" ? vrrp.instances.find(({ name }) => name === "bl_one") : undefined;
    return one?.counters.advert_sent ?? 0;
  };
  const becameMaster = async (instance: string): Promise<number> =>
    (await peer.log()).split(`(${instance}) Entering MASTER STATE`).length - 1;

  test("kill -9 of the checker: the table is unchanged at every moment, and checks go on", async () => {
    await web.rs2.signal("SIGTERM");
    await serving(lab, ["d1"], ["rs1"]);
    // Every state of the table that ipvsadm sees, as fast as it can look.
    const look =
      'last=; while :; do now=$(ipvsadm -Sn | tr "\\n" "|"); [ "$now" = "$last" ] || echo "$now"; last=$now; done';
    const sampler = await lab.spawn("d1", ["sh", "-c", look], { name: "d1-sampler" });
    await lab.eventually("a first look at the table", 10_000, async () => (await sampler.log()) !== "");
    const pid = await pidOf("checkers");
    await kill("KILL", pid);
    await replaced("checker", pid, RESPAWN_MS);
    await lab.eventually("the new checker has probed everything", RESPAWN_MS, async () => {
      const { checker } = await status();
      if (checker === undefined || typeof checker === "string") return false;
      const checkers = checker.virtualServers.flatMap((vs) => vs.realServers.flatMap((rs) => rs.checkers));
      const since = (await status()).processes.find(({ role }) => role === "checker")?.sinceWallMs ?? 0;
      return checkers.length === 4 && checkers.every(({ lastRunWallMs }) => (lastRunWallMs ?? 0) > since);
    });
    const seen = (await sampler.log()).trim().split("\n");
    await sampler.signal("SIGKILL");
    expect(seen).toHaveLength(1);
    const screen = (await lab.lvskeeper("d1", ["status"])).stdout;
    expect(screen).toMatch(
      /^DEGRADED: 2 of 4 real servers down; MASTER of bl_one; BACKUP of bl_two; 2 of 2 virtual servers up\n/,
    );
    expect(screen).toMatch(/\[192\.168\.122\.20\]:tcp:80 +DOWN +\d+ s +weight 1 .*refused/);

    web.rs2 = await lab.web("rs2");
    await serving(lab, ["d1"], ["rs1", "rs2"]);
  });

  test("kill -9 of vrrp on the master: back in time, the peer never takes over, no client notices", async () => {
    const before = await becameMaster("bl_one");
    const probe = await lab.gap("cl", VIPS.one);
    const requests = await lab.requests("cl", `http://${VIPS.one}/`);
    const pid = await pidOf("vrrp");
    await kill("KILL", pid);
    await replaced("vrrp", pid, RESPAWN_MS);
    const adverts = await advertsSent();
    await lab.eventually("it advertises, for longer than the peer's patience", RESPAWN_MS, async () => {
      return (await advertsSent()) >= adverts + 4;
    });
    const { sent, received } = await probe.stop();
    expect(sent - received).toBeLessThanOrEqual(1); // the one under way when ping is told to end
    expect((await requests.stop()).failed).toBe(0);
    expect(await becameMaster("bl_one")).toBe(before);
  });

  test("a reload of a broken file changes nothing and says so", async () => {
    const before = await tableOf(lab, "d1");
    await lab.writeFile(
      "/etc/keepalived/keepalived.conf",
      config.replace("lb_algo rr", "lb_algo rr\n    lb_algorithm rr"),
      { at: "d1" },
    );
    const refused = await lab.lvskeeper("d1", ["reload"]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/error.*lb_algorithm.*\n.*keepalived\.conf:\d+:\d+/);
    expect((await status()).lastReload).toMatchObject({ ok: false });
    expect(await tableOf(lab, "d1")).toBe(before);
    await settle(lab, "d1", "d2");
    await lab.writeFile("/etc/keepalived/keepalived.conf", config, { at: "d1" });
    expect((await lab.lvskeeper("d1", ["reload"])).status).toBe(0);
    expect(await tableOf(lab, "d1")).toBe(before);
  });

  test.for(["checker", "vrrp"] as const)("SIGSTOP of %s: found silent, killed, replaced", async (role) => {
    const before = await tableOf(lab, "d1");
    const pid = await pidOf(role === "checker" ? "checkers" : "vrrp");
    await kill("STOP", pid);
    await replaced(role, pid, WATCHDOG_MS + RESPAWN_MS);
    expect(await ours.log()).toContain(`child process(${pid}) was silent for`);
    await settle(lab, "d1", "d2");
    expect(await tableOf(lab, "d1")).toBe(before);
  });

  test("kill -9 of the parent: its children stop in order, its VIP is gone, the peer takes over in skew time", async () => {
    const adverts = await lab.capture("cl", "ip proto 112", ["-tt"]);
    await ours.signal("SIGKILL");
    await settle(lab, "d2", "d2");
    const log = await adverts.log();
    await adverts.signal("SIGINT");
    const seenMs = (pattern: RegExp): number => Number(pattern.exec(log)?.[1] ?? Number.NaN) * 1000;
    const farewell = seenMs(/^(\d+\.\d+) IP 192\.168\.122\.30 .*vrid 38, prio 0/m);
    const takeOver = seenMs(/^(\d+\.\d+) IP 192\.168\.122\.40 .*vrid 38, prio 120/m);
    expect(takeOver - farewell).toBeGreaterThan(0);
    expect(takeOver - farewell).toBeLessThan(SKEW_MS);
    await lab.eventually("no process of ours is left on d1", RESPAWN_MS, async () => {
      return !(await lab.run("d1", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).includes("lvskeeper: ");
    });
  });

  test("as a daemon: it serves when the command returns, logs to syslog, and outlives a hung and a restarted syslog daemon", async ({
    skip,
  }) => {
    skip(lab.kind !== "guest", "/dev/log is this machine's own");
    const startSyslog = (): Promise<LabProcess> =>
      lab.spawn("d1", ["busybox", "syslogd", "-n", "-O", "/run/messages"], { name: "d1-syslogd" });
    const logged = async (): Promise<string> => (await lab.exec("d1", ["cat", "/run/messages"])).stdout;
    let syslog = await startSyslog();
    await lab.eventually(
      "the syslog daemon listens",
      10_000,
      async () => (await lab.exec("d1", "test -S /dev/log")).status === 0,
    );
    expect((await lab.lvskeeper("d1", ["-D", "-f", "/etc/keepalived/keepalived.conf"])).status).toBe(0);
    const { processes } = await status();
    expect(processes.map(({ role, state }) => `${role} ${state}`)).toEqual([
      "parent running",
      "checker running",
      "vrrp running",
      "api running",
    ]);
    await settle(lab, "d1", "d2");
    const lines = await logged();
    expect(lines).toMatch(/daemon\.info lvskeeper\[\d+\]: Starting lvskeeper v/);
    expect(lines).toMatch(/daemon\.info lvskeeper_vrrp\[\d+\]: \(bl_one\) Entering MASTER STATE/);
    expect(lines).toMatch(/lvskeeper_healthcheckers\[\d+\]: /);

    await syslog.signal("SIGSTOP");
    for (let i = 0; i < 3; i++) expect((await lab.lvskeeper("d1", ["reload"])).status).toBe(0);
    await syslog.signal("SIGKILL");
    syslog = await startSyslog();
    await lab.eventually("a reload is logged again", 20_000, async () => {
      await lab.lvskeeper("d1", ["reload"]);
      return /lvskeeper\[\d+\]: Reload finished/.test((await logged()).slice(lines.length));
    });
    expect((await lab.lvskeeper("d1", ["stop"])).status).toBe(0);
    await settle(lab, "d2", "d2");
    await syslog.signal("SIGTERM");
  });
});
