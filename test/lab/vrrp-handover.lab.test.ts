import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { DirectorStatus } from "../../src/process/status.ts";
import { MAIN } from "../loop/process/sandbox.ts";
import { addressOf, Bench, eventually, type Host, isRoot, type Running, throughout, VIP } from "./vrrp-bench.ts";

const configuration = (priority: number): string => `
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.2
  priority ${priority}
  virtual_ipaddress {
    ${VIP}
  }
}
`;

/** Beyond what the timers say, for a busy machine. */
const SLACK_MS = 1500;

/** The whole director on a host, from a file of its own. */
class Whole {
  readonly running: Running;
  private readonly bench: Bench;
  private readonly host: Host;
  private readonly folder: string;

  constructor(bench: Bench, host: Host, priority: number) {
    this.bench = bench;
    this.host = host;
    this.folder = path.join(bench.folder, `whole-${host}`);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(path.join(this.folder, "keepalived.conf"), configuration(priority));
    const config = path.join(this.folder, "keepalived.conf");
    this.running = bench.spawn(
      host,
      process.execPath,
      MAIN,
      "run",
      ..."-n -l -D -G -P".split(" "),
      "-f",
      config,
      ...this.pid,
    );
  }

  private get pid(): readonly string[] {
    return ["-p", path.join(this.folder, "a.pid")];
  }

  async say(...words: readonly string[]): Promise<string> {
    return this.bench.run(this.host, process.execPath, MAIN, ...words, ...this.pid);
  }

  async status(): Promise<DirectorStatus> {
    return JSON.parse(await this.say("status", "--json")) as DirectorStatus;
  }

  async instance() {
    const { vrrp } = await this.status();
    return typeof vrrp === "object" ? vrrp.instances[0] : undefined;
  }
}

describe.skipIf(!isRoot)("lvskeeper vrrp failover", () => {
  test("hands over within the skew, stays down over a reload and the death of its process, until it is resumed", async () => {
    await using bench = await Bench.start();
    const a = new Whole(bench, "a", 150);
    await eventually("a holds the VIP", 15_000, () => bench.owns("a"));
    const b = new Whole(bench, "b", 100);
    await eventually("b runs", 15_000, () => b.running.stderr.includes("Entering BACKUP STATE"));

    const said = await a.say("vrrp", "failover", "VI_1");
    const [, after] =
      /^VI_1 handed over: 192\.0\.2\.2 \(priority 100\) is MASTER since ([\d.]+) s after/.exec(said) ?? [];
    expect(Number(after) * 1000).toBeLessThan((156 / 256) * 200 + SLACK_MS);
    expect([await bench.owns("a"), await bench.owns("b")]).toEqual([false, true]);
    const handedOver = { state: "fault", why: expect.stringMatching(/^handed over by the administrator since 20/) };
    expect(await a.instance()).toMatchObject(handedOver);
    expect(await a.say("status")).toContain("handed over by the administrator since");

    await a.say("reload");
    const vrrp = (await a.status()).processes.find(({ role }) => role === "vrrp")?.pid ?? 0;
    process.kill(vrrp, "SIGKILL");
    await eventually(
      "another vrrp process runs",
      10_000,
      async () => (await a.instance()) !== undefined && (await a.status()).processes.every(({ pid }) => pid !== vrrp),
    );
    await throughout("b keeps the VIP", 1500, async () => (await bench.owns("b")) && !(await bench.owns("a")));
    expect(await a.instance()).toMatchObject(handedOver);

    expect(await a.say("vrrp", "resume", "VI_1")).toMatch(/^VI_1 takes part again, after \d+ s\n$/);
    await eventually("a holds it again, alone", 5000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    await expect(a.say("vrrp", "resume", "VI_1")).rejects.toThrow(/VI_1 is not handed over; it is master/);
    await expect(a.say("vrrp", "failover", "VI_2")).rejects.toThrow(/no vrrp_instance VI_2 is running.*there is VI_1/);
  });

  test("ends by itself when the peer dies, within one Master_Down_Interval; with no peer the command fails", async () => {
    await using bench = await Bench.start();
    const a = new Whole(bench, "a", 150);
    await eventually("a holds the VIP", 15_000, () => bench.owns("a"));
    await expect(a.say("vrrp", "failover", "VI_1")).rejects.toThrow(/nobody took VI_1 over within 0\.68 s/);
    await eventually("a holds the VIP again", 2000, () => bench.owns("a"));

    const configured = configuration(100).replace("vrrp_instance", "global_defs {\n}\nvrrp_instance");
    await bench.keepalived("b", configured);
    await eventually("keepalived is BACKUP", 5000, async () => (await a.instance())?.state === "master");
    expect(await a.say("vrrp", "failover", "VI_1")).toContain(`${addressOf.b} (priority 100) is MASTER`);
    await bench.part("b", true);
    const took = await eventually("a holds the VIP", 5000, () => bench.owns("a"));
    expect(took).toBeLessThan(683 + SLACK_MS);
    expect(a.running.stderr).toContain("nobody else is MASTER: it takes part again");
  });
});
