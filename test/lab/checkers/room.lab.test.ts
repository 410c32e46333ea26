import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { checker, processPlan, server, service } from "../../unit/virtual-server/plans.ts";
import { Lab, type LabProcess } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const [RS1, RS2] = ["192.168.122.10", "192.168.122.20"];

/** A virtual server VIP:80 over both real servers, checked by TCP every 300 ms. */
const webPlan = () =>
  processPlan([
    service(
      1,
      [RS1, RS2].map((address, n) => real(address as string, `c${n + 1}`)),
      {
        name: `[${VIP}]:tcp:80`,
        id: { kind: "address", protocol: "tcp", address: VIP, port: 80 },
      },
    ),
  ]);
const real = (address: string, id: string) =>
  server(1, {
    address,
    checkers: [
      checker(id, {
        probe: { kind: "TCP_CHECK", endpoint: { host: address, port: 80 }, connectTimeoutMs: 1000 },
        delayLoopMs: 300,
        retry: 1,
      }),
    ],
  });

describe("a checker room on a real kernel", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    await Promise.all([lab.web("rs1"), lab.web("rs2")]);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  let files = 0;
  async function room(
    plan: object,
  ): Promise<{ process: LabProcess; start: () => Promise<LabProcess>; planFile: string }> {
    const [planFile, savedFile] = [`/tmp/plan-${++files}.json`, `/tmp/saved-${files}.json`];
    await lab.writeFile(planFile, JSON.stringify(plan));
    const program = await lab.bundle("test/lab/checkers/room-driver.ts");
    const start = async (): Promise<LabProcess> => {
      const started = await lab.spawn("d1", [process.execPath, program, planFile, savedFile], { name: "d1-room" });
      await lab.eventually("the room runs", 20_000, async () => (await started.log()).includes("started"));
      return started;
    };
    return { process: await start(), start, planFile };
  }

  const rows = async (): Promise<string[]> => (await lab.run("d1", ["ipvsadm", "-Sn"])).split("\n").filter(Boolean);
  const service80 = `-A -t ${VIP}:80 -s rr`;
  const dest = (address: string, weight = 1): string => `-a -t ${VIP}:80 -r ${address}:80 -g -w ${weight}`;

  async function status(process: LabProcess): Promise<CheckerStatus> {
    const before = (await process.log()).split("\n").filter((line) => line.startsWith("{")).length;
    await process.signal("SIGUSR1");
    let lines: string[] = [];
    await lab.eventually("a status", 5000, async () => {
      lines = (await process.log()).split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
      return lines.length > before;
    });
    return JSON.parse(lines.at(-1) as string) as CheckerStatus;
  }

  test("programs the table, takes a server out that dies and back that returns, and clears it at the stop", async () => {
    const { process } = await room(webPlan());
    expect(await rows()).toEqual([service80, dest(RS1 as string), dest(RS2 as string)]);
    await lab.run("rs2", "ip route add blackhole 192.168.122.30 && ip route flush cache");
    await lab.eventually("rs2 is out", 10_000, async () => !(await rows()).includes(dest(RS2 as string)));
    const down = (await status(process)).virtualServers[0]?.realServers[1];
    expect(down).toMatchObject({ alive: false, inTable: false });
    expect(down?.why).toMatch(/no answer from 192\.168\.122\.20:80 within 1 s/);
    await lab.run("rs2", "ip route del blackhole 192.168.122.30");
    await lab.eventually("rs2 is back", 10_000, async () => (await rows()).includes(dest(RS2 as string)));
    await process.signal("SIGTERM");
    expect(await process.exited()).toMatchObject({ code: 0 });
    expect(await rows()).toEqual([]);
  });

  test("killed with SIGKILL, its successor keeps verdicts and table, and checks go on", async () => {
    const first = await room(webPlan());
    const web = (await lab.run("rs1", "ss -4Hltnp sport = :80 | sed -n 's/.*pid=\\([0-9]*\\).*/\\1/p'")).trim();
    await lab.kill(Number(web), "SIGKILL");
    await lab.eventually("rs1 is out", 10_000, async () => !(await rows()).includes(dest(RS1 as string)));
    const before = await rows();
    const monitor = await lab.spawn("d1", ["sh", "-c", "while :; do ipvsadm -Sn; echo; sleep 0.05; done"], {
      name: "d1-watch",
    });
    await first.process.signal("SIGKILL");
    await first.process.exited();
    const next = await first.start();
    await lab.eventually("probes go on", 10_000, async () => {
      const run = (await status(next)).virtualServers[0]?.realServers[1]?.checkers[0]?.lastRunWallMs ?? 0;
      return run > Date.now() - 1000;
    });
    expect((await status(next)).virtualServers[0]?.realServers[0]).toMatchObject({ alive: false });
    await monitor.signal("SIGKILL");
    const seen = new Set((await monitor.log()).trim().split("\n\n").slice(0, -1));
    expect([...seen].map((text) => text.split("\n"))).toEqual([before]);
    await lab.web("rs1");
    await lab.eventually("rs1 is back", 10_000, async () => (await rows()).includes(dest(RS1 as string)));
    await next.signal("SIGTERM");
    await next.exited();
  });

  test("when its parent dies it leaves the table, and a new start adopts it without a write", async () => {
    const first = await room(webPlan());
    await first.process.signal("SIGINT");
    await first.process.exited();
    const left = await rows();
    expect(left).toEqual([service80, dest(RS1 as string), dest(RS2 as string)]);
    const { process } = await room(webPlan());
    expect(await process.log()).toContain("The kernel's table already holds 1 of our services with 2 destinations");
    expect(await rows()).toEqual(left);
    await lab.run("d1", ["ipvsadm", "-A", "-t", "192.168.122.30:99", "-s", "rr"]);
    await process.signal("SIGTERM");
    await process.exited();
    expect(await rows()).toEqual(["-A -t 192.168.122.30:99 -s rr"]);
    await lab.run("d1", ["ipvsadm", "-C"]);
  });
});
