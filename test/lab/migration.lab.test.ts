import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guestObstacle } from "./lib/boot.ts";
import { startWebServers, VIPS } from "./lib/dual-master.ts";
import { Lab, type LabProcess } from "./lib/lab.ts";
import { PROJECT } from "./lib/workspace.ts";
import { recipe } from "./recipes.ts";

/** docs/migrate-from-keepalived.md walked there and back, by the commands that stand in it, on a host with systemd and
 *  Debian's unit; the other director is Debian's keepalived throughout. systemd runs in the guest and nowhere else. */

const page = readFileSync(path.join(PROJECT, "docs/migrate-from-keepalived.md"), "utf8").split("\n");

/** The command of the page that begins so, without what it says of it. */
function command(start: string): string {
  const line = page.find((text) => text.startsWith(`    ${start}`));
  if (line === undefined) throw new Error(`the page has no command ${start}`);
  return line.trim().replace(/ {2,}#.*$/, "");
}

const OVERRIDE = page.filter((text) => /^ {4}(\[Service\]|ExecStart=)/.test(text)).map((text) => `${text.trim()}\n`);
const possible = existsSync("/lib/systemd/systemd") && guestObstacle() === undefined && !process.env.LVSKEEPER_LAB;

describe.runIf(process.env.LVSKEEPER_LAB_FULL === "1" && possible)("from keepalived and back", () => {
  let lab: Lab;
  let other: LabProcess;
  let systemd = "";
  beforeAll(async () => {
    lab = await Lab.start({ kernel: "guest", memoryMb: 1536 });
    await startWebServers(lab);
    await lab.writeFile("/etc/keepalived/keepalived.conf", recipe("master-backup", "d1"), { at: "d1" });
    await lab.spawn("d1", ["sh", path.join(PROJECT, "test/lab/guest/systemd.sh")], { name: "d1-systemd" });
    await lab.eventually("systemd runs", 60_000, async () => {
      systemd = (await lab.run("d1", ["pgrep", "-x", "systemd"])).trim();
      return (await lab.exec("d1", "test -S /run/systemd/private")).status === 0;
    });
    other = await lab.keepalived("d2", recipe("master-backup", "d2"));
    await walk("systemctl start keepalived");
    await master("d1");
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** What a command prints on d1, as its administrator sees the host. */
  const walk = (text: string): Promise<string> =>
    lab.run("d1", ["nsenter", "-t", systemd, "-p", "-m", "sh", "-c", text], { timeoutMs: 60_000 });
  const master = (at: "d1" | "d2"): Promise<number> =>
    lab.eventually(`${VIPS.one} on ${at}`, 30_000, () => lab.owns(at, VIPS.one));
  const runs = (): Promise<string> => walk("readlink /proc/$(systemctl show -P MainPID keepalived)/exe");
  const table = (): Promise<string> => lab.run("d1", ["ipvsadm", "-Sn"]);

  test("before: put beside the running keepalived, which it does not disturb", async () => {
    const run = path.dirname(path.dirname(await lab.program()));
    const copy = command("install -d /opt/lvskeeper");
    expect(copy).toContain("cp -r dist native node_modules package.json");
    const linked = copy.replace("cp -r dist native node_modules package.json", "cp -r dist native");
    await walk(`cd ${run} && ${linked} && ln -s ${PROJECT}/node_modules /opt/lvskeeper/node_modules`);
    await walk(command("ln -s /opt/lvskeeper/dist/main.js /usr/local/bin"));
    const before = await table();
    expect(before.match(/ -r /g)).toHaveLength(2);
    expect(await walk(command("lvskeeper check  "))).toContain("no problems found");
    const plan = await lab.exec("d1", ["nsenter", "-t", systemd, "-p", "-m", "lvskeeper", "plan"]);
    expect(plan).toMatchObject({ status: 2, stderr: expect.stringContaining("no director is running") });
    expect(plan.stdout).not.toMatch(/IPVS|real server/);
    expect(await walk(command("lvskeeper ipvs -Ln"))).toBe(await lab.run("d1", ["ipvsadm", "-Ln"]));
    expect([await runs(), await table()]).toEqual(["/usr/sbin/keepalived\n", before]);
  });

  test("the first director: its unit starts ours, with the table, the address and the files that it had", async () => {
    const before = await table();
    await walk(command("install -d /usr/local/lib/lvskeeper"));
    await walk(command("for name in keepalived ipvsadm"));
    expect(OVERRIDE).toHaveLength(3);
    const file = "/etc/systemd/system/keepalived.service.d/override.conf";
    await lab.writeFile("/mnt/override.conf", OVERRIDE.join("")); // what `systemctl edit` writes
    await walk(`mkdir -p ${path.dirname(file)} && cp /mnt/override.conf ${file}`);
    await walk(command("systemctl daemon-reload"));
    expect(await walk(command("lvskeeper status"))).toMatch(/checker +\d+ +running/);
    await master("d1");
    await lab.eventually("the same table", 15_000, async () => (await table()) === before);
    expect(await runs()).toContain("node");
    expect(await walk("systemctl reload keepalived && sleep 1 && lvskeeper plan")).toBe("nothing changes\n");
    expect(await walk("ls /run/*.pid")).toBe("/run/checkers.pid\n/run/keepalived.pid\n/run/vrrp.pid\n");
  });

  test("an instance is handed to the keepalived on the other side, and taken back", async () => {
    await walk("lvskeeper vrrp failover web");
    await master("d2");
    await walk("lvskeeper vrrp resume web");
    await master("d1");
  });

  test("a client is served when the other one stops", async () => {
    await other.signal("SIGTERM");
    await other.exited();
    expect(await lab.owns("d1", VIPS.one)).toBe(true);
    expect(await lab.curl("cl", `http://${VIPS.one}/index.html`)).toMatch(/^rs[12]\n$/);
  });

  test("by its path: the diversion, and its end", async () => {
    await walk(
      "dpkg-divert --rename --add /usr/sbin/keepalived && ln -s /opt/lvskeeper/dist/main.js /usr/sbin/keepalived",
    );
    expect(await walk("keepalived -v 2>&1")).toContain("lvskeeper");
    await walk(command("rm /usr/sbin/keepalived"));
    expect(await walk("keepalived -v 2>&1")).not.toContain("lvskeeper");
  });

  test("back again: keepalived from the same file, with the address and the table", async () => {
    const before = await table();
    await walk(command("systemctl revert keepalived"));
    expect(await runs()).toBe("/usr/sbin/keepalived\n");
    await master("d1");
    await lab.eventually("the same table", 15_000, async () => (await table()) === before);
    expect(await lab.curl("cl", `http://${VIPS.one}/index.html`)).toMatch(/^rs[12]\n$/);
    expect((await lab.exec("d1", "ls /run/lvskeeper/control.sock")).status).not.toBe(0);
  });
});
