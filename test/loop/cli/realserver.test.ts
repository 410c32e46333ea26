import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually, Sandbox } from "../process/sandbox.ts";

const ROOT = process.getuid?.() === 0;
const VIP = "10.9.0.200";
const SIX = "2001:db8:9::200";
const SETTINGS = ["all", "lo"].flatMap((i) => [`net.ipv4.conf.${i}.arp_ignore`, `net.ipv4.conf.${i}.arp_announce`]);

type Said = { readonly status: number | null; readonly stdout: string; readonly stderr: string };
const realServer = (sandbox: Sandbox, ...args: readonly string[]): Promise<Said> =>
  sandbox.lvskeeper("realserver", ...args);

/** What other programs see of it. */
async function seen(sandbox: Sandbox): Promise<string> {
  const texts: string[] = [];
  for (const words of [["-o", "addr", "show", "dev", "lo"], ["route"], ["-6", "route"]])
    texts.push((await sandbox.exec("ip", ...words)).stdout);
  texts.push((await sandbox.exec("sysctl", ...SETTINGS)).stdout);
  return texts.join("\n");
}

describe.runIf(ROOT)("realserver", () => {
  test("up, shown, up again, down: as other programs see it, and as it was", async () => {
    await using sandbox = new Sandbox();
    const before = await seen(sandbox);
    const missing = await realServer(sandbox, "show", VIP, SIX);
    expect(missing.status).toBe(1);
    expect(missing.stdout).toContain("arp_ignore is 0 on all: this host answers ARP for the VIP\n");
    expect(missing.stdout).toContain(`${VIP} is not on lo`);

    for (const again of [false, true]) {
      expect(await realServer(sandbox, "up", VIP, SIX), String(again)).toEqual({ status: 0, stdout: "", stderr: "" });
      const text = await seen(sandbox);
      expect(text).toContain(`inet ${VIP}/32 scope global lo`);
      expect(text).toContain(`inet6 ${SIX}/128 `);
      expect(text).toMatch(new RegExp(`^${VIP} dev lo .*scope link`, "m"));
      expect(text).toMatch(new RegExp(`^${SIX} dev lo `, "m"));
      expect(text).toContain("net.ipv4.conf.all.arp_ignore = 1\nnet.ipv4.conf.all.arp_announce = 2\n");
      expect(text).toContain("net.ipv4.conf.lo.arp_ignore = 1\nnet.ipv4.conf.lo.arp_announce = 2\n");
      expect(await realServer(sandbox, "show")).toMatchObject({ status: 0, stdout: `ready for ${VIP}, ${SIX}\n` });
    }
    expect(await realServer(sandbox, "down")).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await seen(sandbox)).toBe(before);
    expect(await realServer(sandbox, "show")).toMatchObject({ status: 1, stdout: expect.stringContaining("no VIP") });
  });

  test("what was there before `up` is there after `down`", async () => {
    await using sandbox = new Sandbox();
    await sandbox.exec("ip", "addr", "add", `${VIP}/32`, "dev", "lo");
    await sandbox.exec("sysctl", "-qw", "net.ipv4.conf.all.arp_announce=1");
    const before = await seen(sandbox);
    await realServer(sandbox, "up", VIP, "10.9.0.201");
    expect(await realServer(sandbox, "show")).toMatchObject({ status: 0 });
    const down = await realServer(sandbox, "down", VIP, "10.9.0.201");
    expect(down).toMatchObject({ status: 0, stdout: `${VIP} was on lo before, and stays\n` });
    expect(await seen(sandbox)).toBe(before);
  });

  test("a neighbour gets an answer to its ARP before `up`, and none after it", async () => {
    await using sandbox = new Sandbox();
    await using neighbour = new Sandbox();
    execFileSync("ip", ["-n", sandbox.name, "link", "set", "e1", "netns", neighbour.name, "name", "w0"]);
    for (const words of [
      ["link", "set", "w0", "up"],
      ["addr", "add", "10.9.0.77/24", "dev", "w0"],
      ["addr", "del", "10.9.0.1/24", "dev", "e0"],
    ])
      await neighbour.exec("ip", ...words);
    await sandbox.exec("ip", "addr", "add", `${VIP}/32`, "dev", "lo");
    const ping = (): Promise<Said> => neighbour.exec("ping", "-c", "1", "-W", "1", VIP);
    await eventually("the neighbour reaches it by ARP", 10_000, async () => (await ping()).status === 0);
    await realServer(sandbox, "up", VIP);
    await neighbour.exec("ip", "neigh", "flush", "all");
    expect((await ping()).status).not.toBe(0);
    expect((await neighbour.exec("ip", "neigh", "show", VIP)).stdout).not.toContain("lladdr");
    await realServer(sandbox, "down");
    await eventually("and again when it is down", 10_000, async () => (await ping()).status === 0);
  });

  test("--persist: settings and a unit, more VIPs into the same, gone with the last", async () => {
    await using sandbox = new Sandbox();
    const root = sandbox.file("root");
    mkdirSync(root);
    const unit = `${root}/etc/systemd/system/lvskeeper-realserver.service`;
    const enabled = `${root}/etc/systemd/system/multi-user.target.wants/lvskeeper-realserver.service`;
    const settings = `${root}/etc/sysctl.d/60-lvskeeper-realserver.conf`;
    await realServer(sandbox, "up", VIP, "--persist", "--root", root);
    expect(await realServer(sandbox, "up", SIX, "--persist", "--root", root)).toMatchObject({
      status: 0,
      stdout: `${settings}\n${unit}\n${enabled}\n`,
    });
    expect(readFileSync(unit, "utf8")).toMatch(new RegExp(`^ExecStart=.* realserver up ${VIP} ${SIX}$`, "m"));
    expect(readlinkSync(enabled)).toBe("../lvskeeper-realserver.service");
    // What systemd and sysctl make of the files, and what the unit's commands do.
    if (existsSync("/usr/bin/systemd-analyze"))
      expect(await sandbox.exec("systemd-analyze", "verify", unit)).toEqual({ status: 0, stdout: "", stderr: "" });
    await realServer(sandbox, "down");
    expect(await sandbox.exec("sysctl", "-p", settings)).toMatchObject({ status: 0 });
    const start = /^ExecStart=(.*)$/m.exec(readFileSync(unit, "utf8"))?.[1] ?? "";
    expect(await sandbox.exec("sh", "-c", start)).toMatchObject({ status: 0 });
    expect(await realServer(sandbox, "show")).toMatchObject({ status: 0 });
    await realServer(sandbox, "down", VIP, "--persist", "--root", root);
    expect(readFileSync(unit, "utf8")).toMatch(new RegExp(` realserver up ${SIX}$`, "m"));
    await realServer(sandbox, "down", "--persist", "--root", root);
    expect([unit, enabled, settings].filter(existsSync)).toEqual([]);
  });

  test("--persist, the machine is started again, down --persist: as it was before the first `up`", async () => {
    await using first = new Sandbox();
    const root = first.file("root");
    mkdirSync(root);
    await first.exec("sysctl", "-qw", "net.ipv4.conf.all.arp_announce=1");
    await realServer(first, "up", VIP, "--persist", "--root", root);
    await realServer(first, "up", SIX, "--persist", "--root", root);

    // A kernel that knows nothing of it: first the settings, then the unit.
    await using again = new Sandbox();
    await again.exec("sysctl", "-qw", "net.ipv4.conf.all.arp_announce=1");
    const before = await seen(again);
    await again.exec("sysctl", "-p", `${root}/etc/sysctl.d/60-lvskeeper-realserver.conf`);
    await realServer(again, "up", VIP, SIX);
    await realServer(again, "down", SIX, "--persist", "--root", root);
    expect(await realServer(again, "show", VIP)).toMatchObject({ status: 0 });
    await realServer(again, "down", VIP, "--persist", "--root", root);
    expect(await seen(again)).toBe(before);
  });

  test.for([
    { words: ["up", "10.9.0.1"], says: /10\.9\.0\.1 is an address of e0: .*director/ },
    { words: ["up", "nonsense"], says: /nonsense is no address of a VIP: write/ },
    { words: ["up", "224.0.0.18"], says: /224\.0\.0\.18 is no address/ },
    { words: ["up"], says: /missing required argument 'vips'/ },
  ])("refused, in one line: $words", async ({ words, says }) => {
    await using sandbox = new Sandbox();
    const before = await seen(sandbox);
    const { status, stderr } = await realServer(sandbox, ...words);
    expect(status).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(await seen(sandbox)).toBe(before);
  });

  test("without privilege: what is missing, and nothing is left behind", async () => {
    await using sandbox = new Sandbox();
    const words = ["--bounding-set", "-all", "--inh-caps", "-all", "--reuid", "65534", "--clear-groups"];
    const { status, stderr } = await sandbox.exec(
      "setpriv",
      ...words,
      process.execPath,
      process.env.LVSKEEPER_MAIN ?? "dist/main.js",
      ...["realserver", "up", VIP],
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/run as root/);
    expect((await sandbox.exec("ip", "addr", "show", "dev", "lo")).stdout).not.toContain(VIP);
  });
});
