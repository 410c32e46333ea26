import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually, instance, isAlive, MAIN, Sandbox } from "./sandbox.ts";

const VIP = "10.9.0.100";
const ROOT = process.getuid?.() === 0;
const good = instance("VI_1", 51, VIP);

describe.runIf(ROOT)("the start", () => {
  describe("bad input: a clear error, an exit status, and nothing started", () => {
    test.for([
      {
        name: "a missing brace",
        text: good.replace(/\}\s*$/, ""),
        status: 5,
        says: /error[\s\S]*keepalived\.conf:\d+:\d+/,
      },
      {
        name: "an unknown keyword",
        text: good.replace("priority", "priorty"),
        status: 5,
        says: /priorty[\s\S]*priority/,
      },
      { name: "a bad address", text: good.replace(VIP, "10.9.0.300"), status: 5, says: /10\.9\.0\.300/ },
      {
        name: "binary garbage",
        text: Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256)),
        status: 4,
        says: /error/,
      },
      { name: "a missing file", text: undefined, status: 4, says: /keepalived\.conf/ },
    ])("$name", async ({ text, status, says }) => {
      await using sandbox = new Sandbox();
      if (text !== undefined) writeFileSync(sandbox.config, text);
      const files = readdirSync(sandbox.folder);
      const ended = await sandbox.lvskeeper("run", "-n", "-G", "-f", sandbox.config, "-p", sandbox.pidFile);
      expect(ended.status).toBe(status);
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr).not.toMatch(/^\s+at /m);
      expect(readdirSync(sandbox.folder)).toEqual(files);
    });

    test("a directory", async () => {
      await using sandbox = new Sandbox();
      mkdirSync(sandbox.config);
      const ended = await sandbox.lvskeeper("run", "-n", "-G", "-f", sandbox.config, "-p", sandbox.pidFile);
      expect(ended.status).toBe(4);
      expect(ended.stderr).toContain(sandbox.config);
    });

    test("as a daemon: the launcher prints the reason and exits with the status", async () => {
      await using sandbox = new Sandbox();
      sandbox.writeConfig(good.replace("priority", "priorty"));
      const ended = await sandbox.lvskeeper("-G", "-f", sandbox.config, "-p", sandbox.pidFile);
      expect(ended).toMatchObject({ status: 5, stderr: expect.stringContaining("priorty") });
      expect(existsSync(sandbox.pidFile)).toBe(false);
    });
  });

  test("as a daemon: the launcher ends with 0 once the children run, and the daemon stays", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    const launched = await sandbox.lvskeeper("-G", "-f", sandbox.config, "-p", sandbox.pidFile);
    expect(launched).toMatchObject({ status: 0, stderr: "" });
    const daemon = sandbox.pidIn("a.pid") ?? 0;
    expect((await sandbox.status()).processes.find(({ role }) => role === "vrrp")?.state).toBe("running");
    expect(readFileSync(`/proc/${daemon}/stat`, "utf8").split(") ")[1]?.split(" ")[3]).toBe(String(daemon)); // its own session
    await eventually("it owns the VIP", 5000, () => sandbox.owns(VIP));
    expect((await sandbox.lvskeeper("stop", "-p", sandbox.pidFile)).status).toBe(0);
    expect(isAlive(daemon)).toBe(false);
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("a second director with the same pid file is refused; one with its own runs beside it", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    const first = sandbox.director();
    await eventually("it owns the VIP", 15_000, () => sandbox.owns(VIP));
    const second = await sandbox.lvskeeper("run", "-n", "-G", "-f", sandbox.config, "-p", sandbox.pidFile);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`already running with pid file ${sandbox.pidFile} (pid ${first.pid})`);

    writeFileSync(sandbox.file("b.conf"), instance("VI_2", 52, "10.9.0.101"));
    sandbox.start("-n", "-G", "-f", sandbox.file("b.conf"), "-p", sandbox.file("b.pid"));
    await eventually(
      "both VIPs are owned",
      15_000,
      async () => (await sandbox.owns(VIP)) && (await sandbox.owns("10.9.0.101")),
    );
    expect((await sandbox.lvskeeper("stop", "-p", sandbox.file("b.pid"))).status).toBe(0);
    expect(await sandbox.addresses()).toEqual(["10.9.0.1", VIP]);
  });

  test.for([
    { name: "a pid that no longer runs", pid: "4194300" },
    { name: "a pid that now belongs to another program", pid: "1" },
    { name: "no pid at all", pid: "garbage" },
  ])("a stale pid file is replaced: $name", async ({ pid }) => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    writeFileSync(sandbox.pidFile, `${pid}\n`);
    const director = sandbox.director();
    await eventually("the file has its pid", 10_000, () => sandbox.pidIn("a.pid") === director.pid);
  });

  test("nothing to run: it stays and says so, what is left of its processes goes, and a HUP starts what is there then", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig("global_defs {\n router_id none\n}\n");
    for (const name of ["v.pid", "c.pid", "b.pid"]) writeFileSync(sandbox.file(name), "4194300\n");
    const places = ["-r", sandbox.file("v.pid"), "-c", sandbox.file("c.pid"), "-b", sandbox.file("b.pid")];
    const director = sandbox.director(...places);
    await eventually("it says so", 10_000, () => director.log().includes("has no configuration to run"));
    expect(readdirSync(sandbox.folder).filter((name) => name.endsWith(".pid"))).toEqual(["a.pid"]);
    sandbox.writeConfig(good);
    process.kill(director.pid, "SIGHUP");
    await eventually("it owns the VIP", 10_000, () => sandbox.owns(VIP));
    expect(readdirSync(sandbox.folder).filter((name) => name.endsWith(".pid"))).toEqual(["a.pid", "v.pid"]);
  });

  describe.runIf(existsSync("/usr/bin/setpriv"))("without the privileges that it needs: 4, as keepalived", () => {
    test.for([
      { name: "ours", command: [process.execPath, MAIN, "run"] },
      { name: "Debian's keepalived", command: ["/usr/sbin/keepalived"] },
    ])("$name", async ({ command }, { skip }) => {
      if (!existsSync(command[0] as string)) skip();
      await using sandbox = new Sandbox();
      sandbox.writeConfig(good);
      const files = ["-f", sandbox.config, "-p", sandbox.pidFile, "-r", sandbox.file("v.pid")];
      const lacking = ["setpriv", "--bounding-set=-net_raw,-net_admin"];
      const [file = "", ...args] = [...lacking, ...command, "-n", "-l", "-G", ...files];
      expect(await sandbox.exec(file, ...args)).toMatchObject({ status: 4 });
    });
  });

  test("a control socket that cannot be made costs the control socket only", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(good);
    const director = sandbox.director("--control", `/${"x".repeat(120)}/control.sock`);
    await eventually("it owns the VIP", 15_000, () => sandbox.owns(VIP));
    expect(director.log()).toContain("No control socket at");
  });

  test("-d leaves the configuration as understood and the dumps, for their owner only and without passwords", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(
      `global_defs {\n state_dump_file ${sandbox.file("keepalived.data")}\n}\n${good}`
        .replace("version 3", "version 2\n authentication {\n auth_type PASS\n auth_pass s3cret\n }")
        .replace("0.1", "1"),
    );
    sandbox.director("-d");
    await eventually("it is there", 10_000, () => existsSync(sandbox.file("a.plan.json")));
    await eventually("it is whole", 5000, () => readFileSync(sandbox.file("a.plan.json"), "utf8").endsWith("}\n"));
    const dump = (): string => readFileSync(sandbox.file("keepalived.data"), "utf8");
    await eventually("so is the dump", 5000, () => existsSync(sandbox.file("keepalived.data")) && dump() !== "");
    expect(dump()).toContain(" VRRP Instance = VI_1\n");
    for (const name of ["a.plan.json", "keepalived.data"]) {
      expect(readFileSync(sandbox.file(name), "utf8")).not.toContain("s3cret");
      expect(statSync(sandbox.file(name)).mode & 0o777).toBe(0o600);
    }
  });
});
