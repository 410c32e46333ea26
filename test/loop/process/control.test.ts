import { readFileSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { eventually, instance, isAlive, Sandbox } from "./sandbox.ts";

const VIP = "10.9.0.100";
const OTHER = "10.9.0.101";
const ROOT = process.getuid?.() === 0;

async function master(sandbox: Sandbox) {
  sandbox.writeConfig(instance("VI_1", 51, VIP));
  const director = sandbox.director();
  await eventually("the director owns the VIP", 15_000, () => sandbox.owns(VIP));
  return director;
}

/** Sends bytes to the control socket and returns what comes back until it is closed. */
function raw(path: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(path, () => socket.write(text));
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

describe.runIf(ROOT)("reload", () => {
  test("of a changed file: the same process takes the difference", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid");
    sandbox.writeConfig(instance("VI_1", 51, VIP) + instance("VI_2", 52, OTHER));
    expect(await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).toMatchObject({ status: 0, stderr: "" });
    await eventually("the second VIP is owned too", 5000, () => sandbox.owns(OTHER));
    expect(sandbox.pidIn("a_vrrp.pid")).toBe(vrrp);
    const { lastReload, reloads } = await sandbox.status();
    expect(lastReload).toMatchObject({ ok: true });
    expect(reloads).toEqual([lastReload]);
    expect(lastReload?.changes).toEqual(["+ instance VI_2", `+ ${OTHER}/32 on e0 of VI_2`]);
  });

  test("of a broken file changes nothing, and says so: in the answer, in the log, in status", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    sandbox.writeConfig(instance("VI_1", 51, VIP).replace("priority", "priorty"));
    const refused = await sandbox.lvskeeper("reload", "-p", sandbox.pidFile);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/error.*priorty.*\n.*keepalived\.conf:\d+:\d+/);
    expect(refused.stderr).toContain("the running configuration stays");
    process.kill(director.pid, "SIGHUP");
    await eventually(
      "the signal's reload is refused too",
      5000,
      () => director.log().split("Reload refused").length === 3,
    );
    const status = await sandbox.status();
    expect(status.lastReload).toMatchObject({ ok: false, error: expect.stringContaining("priorty") });
    expect((await sandbox.lvskeeper("status", "-p", sandbox.pidFile)).stdout).toContain("Last reload: REFUSED");
    expect(await sandbox.owns(VIP)).toBe(true);

    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
    await eventually("a replaced child has the configuration it had, whatever the file says by now", 5000, async () => {
      const { vrrp } = await sandbox.status();
      return typeof vrrp === "object" && vrrp.instances[0]?.state === "master";
    });
  });

  test("that leaves nothing to do for a process stops it; one that needs it again starts it", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    sandbox.writeConfig("global_defs {\n router_id none\n}\n");
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    expect(await sandbox.owns(VIP)).toBe(false);
    expect((await sandbox.status()).processes.map(({ role }) => role)).toEqual(["parent", "api"]);
    sandbox.writeConfig(instance("VI_1", 51, VIP));
    expect((await sandbox.lvskeeper("reload", "-p", sandbox.pidFile)).status).toBe(0);
    await eventually("the VIP is owned again", 5000, () => sandbox.owns(VIP));
  });
});

describe.runIf(ROOT)("the control socket", () => {
  test("speaks HTTP for its owner only, through a process that is nobody", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    expect(statSync(sandbox.file("a.sock")).mode & 0o777).toBe(0o600);
    const curl = await sandbox.exec("curl", "-sS", "--unix-socket", sandbox.file("a.sock"), "http://x/status");
    const { processes } = JSON.parse(curl.stdout) as { processes: { role: string; pid: number }[] };
    const api = processes.find(({ role }) => role === "api")?.pid;
    expect(readFileSync(`/proc/${api}/status`, "utf8")).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(readFileSync(`/proc/${api}/status`, "utf8")).toMatch(/^CapEff:\t0+$/m);
  });

  test.for([
    { name: "a wrong method", text: "GET /stop HTTP/1.0\r\n\r\n", answer: /^HTTP\/1\.1 405 / },
    { name: "an unknown address", text: "GET /nothing HTTP/1.0\r\n\r\n", answer: /^HTTP\/1\.1 404 / },
    { name: "no HTTP", text: "\u0000\u0001garbage\r\n\r\n", answer: /^HTTP\/1\.1 400 / },
    {
      name: "a header without end",
      text: `GET /status HTTP/1.0\r\nx: ${"a".repeat(40_000)}`,
      answer: /^HTTP\/1\.1 431 /,
    },
    {
      name: "a body too long",
      text: `POST /reload HTTP/1.0\r\nContent-Length: 200000\r\n\r\n${"a".repeat(200_000)}`,
      answer: /^HTTP\/1\.1 413 /,
    },
  ])("refuses $name and serves on", async ({ text, answer }) => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    expect(await raw(sandbox.file("a.sock"), text)).toMatch(answer);
    expect((await sandbox.status()).pid).toBe(sandbox.pidIn("a.pid"));
  });

  test("connections that say nothing are closed, and cost no later one its turn", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    await Promise.all(Array.from({ length: 70 }, () => raw(sandbox.file("a.sock"), "GET /sta")));
    await eventually(
      "status is answered again",
      2000,
      async () => (await sandbox.lvskeeper("status", "-p", sandbox.pidFile)).status === 0,
    );
  });

  test("a process that hangs is given up when somebody asks", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const api = (await sandbox.status()).processes.find(({ role }) => role === "api")?.pid ?? 0;
    process.kill(api, "SIGSTOP");
    await eventually("it has been silent for long enough", 10_000, async () => {
      return (
        (await sandbox.exec("curl", "-s", "-m", "1", "--unix-socket", sandbox.file("a.sock"), "http://x/status"))
          .status === 0
      );
    });
    expect(isAlive(api)).toBe(false);
  });

  test("the death of its process touches nothing", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid") ?? 0;
    const api = (await sandbox.status()).processes.find(({ role }) => role === "api")?.pid ?? 0;
    process.kill(api, "SIGKILL");
    await eventually("it is gone", 2000, () => !isAlive(api));
    await eventually(
      "another serves",
      5000,
      async () => (await sandbox.lvskeeper("status", "-p", sandbox.pidFile)).status === 0,
    );
    expect(sandbox.pidIn("a_vrrp.pid")).toBe(vrrp);
    expect(await sandbox.owns(VIP)).toBe(true);
  });

  test.for(["status", "reload", "stop"])("nobody there: %s is one line with the remedy, status 3", async (command) => {
    await using sandbox = new Sandbox();
    for (const prepare of [() => {}, () => writeFileSync(sandbox.file("a.sock"), "")]) {
      prepare();
      const { status, stderr } = await sandbox.lvskeeper(command, "-p", sandbox.pidFile);
      expect(stderr).toMatch(/^lvskeeper: no director answers at .*a\.sock: start it with .*\n$/);
      expect(status).toBe(3);
    }
  });
});
