import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { BfdSessionStatus, BfdStatus } from "../../src/bfd/model.ts";
import type { DirectorStatus } from "../../src/process/status.ts";
import type { VrrpStatus } from "../../src/vrrp/model.ts";
import { startFrr } from "./frr-bfd.ts";
import { addressOf, Bench, eventually, isRoot, type Running, throughout } from "./vrrp-bench.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const session = (name: string, lines: string): string => `bfd_instance ${name} {\n${lines}\n}\n`;
const times = (ms: number, multiplier = 3): string => `min_rx ${ms}\nmin_tx ${ms}\nmultiplier ${multiplier}\n`;
const towardsB = `neighbor_ip ${addressOf.b}\nsource_ip ${addressOf.a}\n`;
const frrPeer = (words: string, ms: number): string[] => [
  ` peer ${words}`,
  ...["  detect-multiplier 3", `  receive-interval ${ms}`, `  transmit-interval ${ms}`, "  no shutdown"],
];
const singleHop = `${addressOf.a} local-address ${addressOf.b} interface eth0`;

const instance = (vrid: number, tracking: string): string => `
vrrp_instance VI_${vrid} {
    interface eth0
    virtual_router_id ${vrid}
    version 3
    advert_int 0.1
    priority 100
    virtual_ipaddress {
        192.0.2.${100 + vrid}/24
    }
    track_bfd {
        ${tracking}
    }
}
`;
/** Of the few ms that these sessions have, a busy machine takes more than its share. */
const REALTIME = "global_defs {\n bfd_rt_priority 50\n}\n";

/** Our whole director on a. */
async function director(bench: Bench, text: string) {
  const at = (name: string): string => path.join(bench.folder, name);
  await writeFile(at("a.conf"), text);
  const running = bench.spawn(
    "a",
    process.execPath,
    main,
    "run",
    "-n",
    "-l",
    "-D",
    "-G",
    "-f",
    at("a.conf"),
    "-p",
    at("a.pid"),
  );
  const ours = (...words: string[]): Promise<string> =>
    bench.run("a", process.execPath, main, ...words, "--control", at("a.sock"));
  const status = async (): Promise<DirectorStatus> => JSON.parse(await ours("status", "--json")) as DirectorStatus;
  await eventually(
    "the director runs",
    10_000,
    () => running.stderr.includes("BFD child process") && running.stderr.includes("is ready"),
  );
  return {
    running,
    status,
    sessionOf: async (name = "peer"): Promise<BfdSessionStatus | undefined> =>
      ((await status()).bfd as BfdStatus).sessions?.find((one) => one.name === name),
    stateOf: async (name: string) => ((await status()).vrrp as VrrpStatus).instances.find((one) => one.name === name),
    async reload(next: string) {
      await writeFile(at("a.conf"), next);
      await ours("reload");
    },
    /** 0 while there is none. */
    bfdPid: async (): Promise<number> => Number(await readFile(at("a_bfd.pid"), "utf8").catch(() => "0")),
    said: (sentence: string | RegExp): number => running.stderr.split(sentence).length - 1,
  };
}

/** ms from now until a process has written this. */
function untilSaid(running: Running, sentence: string): Promise<number> {
  const start = performance.now();
  const before = running.stderr.length;
  return new Promise((resolve) => {
    const look = (): void => {
      if (!running.stderr.slice(before).includes(sentence)) return;
      running.child.stderr?.off("data", look);
      resolve(performance.now() - start);
    };
    running.child.stderr?.on("data", look);
  });
}

const isUp = async (one: { sessionOf(name?: string): Promise<BfdSessionStatus | undefined> }, name = "peer") =>
  (await one.sessionOf(name))?.state === "up";

describe.skipIf(!isRoot)("the BFD process", () => {
  test("10 ms x 3 with FRR: a silent path is seen within 100 ms, and VRRP follows by fault and by weight", async () => {
    await using bench = await Bench.start();
    const frr = await startFrr(bench, frrPeer(singleHop, 10));
    const text = `${REALTIME}${session("peer", towardsB + times(10))}${instance(1, "peer")}${instance(2, "peer weight -20")}`;
    const ours = await director(bench, text);
    await eventually("both ends are up", 10_000, async () => {
      return (await isUp(ours)) && (await frr.peer(addressOf.a))?.status === "up";
    });
    await eventually("both are MASTER", 5000, async () =>
      ((await ours.status()).vrrp as VrrpStatus).instances.every(({ state }) => state === "master"),
    );
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      await eventually("up", 10_000, () => isUp(ours));
      const seen = untilSaid(ours.running, "Entering Down state");
      const followed = untilSaid(ours.running, "(VI_1) Entering FAULT STATE (tracked BFD session peer is down)");
      await bench.part("b", true);
      took.push(await seen);
      expect(await followed).toBeLessThan(1000);
      const { effectivePriority, state } = (await ours.stateOf("VI_2")) ?? {};
      expect([effectivePriority, state]).toEqual([80, "master"]);
      await bench.part("b", false);
    }
    await eventually(
      "up again, and MASTER again",
      10_000,
      async () => (await ours.stateOf("VI_1"))?.state === "master",
    );
    expect((await ours.stateOf("VI_2"))?.effectivePriority).toBe(100);
    const rounded = took.map((ms) => Math.round(ms));
    process.stdout.write(`BFD at 10 ms x 3: the cut of the path was seen after ${rounded.join(", ")} ms\n`);
    expect(Math.min(...took)).toBeLessThan(100);
  });

  test("replaced by kill -9 it takes nothing away; other intervals keep the session; a stop is told", async () => {
    await using bench = await Bench.start();
    const frr = await startFrr(bench, frrPeer(singleHop, 100));
    const text = (ms: number): string => `${session("peer", towardsB + times(ms))}${instance(1, "peer")}`;
    const ours = await director(bench, text(100));
    const isMaster = async (): Promise<boolean> => (await ours.stateOf("VI_1"))?.state === "master";
    await eventually("MASTER", 10_000, isMaster);
    expect(ours.said("is UP")).toBe(1);

    const pid = await ours.bfdPid();
    process.kill(pid, "SIGKILL");
    await eventually("another process", 5000, async () => ![0, pid].includes(await ours.bfdPid()));
    await eventually("up again", 10_000, async () => (await ours.sessionOf())?.state === "up");
    expect([await isMaster(), ours.said("is DOWN")]).toEqual([true, 0]);

    await ours.reload(text(150));
    await eventually("FRR knows of the other intervals", 5000, async () => {
      const peer = await frr.peer(addressOf.a);
      return peer?.["remote-transmit-interval"] === 150 && peer["remote-receive-interval"] === 150;
    });
    await eventually("ours keeps to them", 5000, async () => (await ours.sessionOf())?.transmitMs === 150);
    await throughout("up", 500, () => isUp(ours));
    expect((await ours.sessionOf())?.timesDown).toBe(0);
    expect([await isMaster(), ours.said("is DOWN")]).toEqual([true, 0]);

    await ours.running.end();
    await eventually("FRR was told", 2000, async () => {
      const peer = await frr.peer(addressOf.a);
      return peer?.status === "down" && peer["remote-diagnostic"] === "administratively down";
    });
  });

  test("over a router, and over IPv6; what comes from too far is dropped", async () => {
    await using bench = await Bench.start();
    const far = { a: "10.99.1.1", b: "10.99.2.1" } as const;
    const six = { a: "2001:db8:99::1", b: "2001:db8:99::2" } as const;
    await bench.route(far);
    for (const host of ["a", "b"] as const)
      await bench.ip(host, "addr", "add", `${six[host]}/64`, "dev", "eth0", "nodad");
    const frr = await startFrr(bench, [
      ...frrPeer(`${far.a} multihop local-address ${far.b}`, 100),
      "  minimum-ttl 250",
      ...frrPeer(`${six.a} local-address ${six.b} interface eth0`, 100),
    ]);
    const multihop = (hops: number): string =>
      session("far", `neighbor_ip ${far.b}\nsource_ip ${far.a}\nmultihop\nmax_hops ${hops}\n${times(100)}`);
    const near = session("six", `neighbor_ip ${six.b}\nsource_ip ${six.a}\n${times(100)}`);
    const ours = await director(bench, `${multihop(0)}${near}`);
    await eventually("IPv6 is up here and there", 10_000, async () => {
      return (await isUp(ours, "six")) && (await frr.peer(six.a))?.status === "up";
    });
    const { dropped } = (await ours.status()).bfd as BfdStatus;
    expect([(await ours.sessionOf("far"))?.state, dropped.ttl > 0]).toEqual(["down", true]);
    await ours.reload(`${multihop(1)}${near}`);
    await eventually("the far one is up here and there", 10_000, async () => {
      return (await isUp(ours, "far")) && (await frr.peer(far.a))?.status === "up";
    });
    expect((await ours.sessionOf("six"))?.timesDown).toBe(0);
  });

  test("priorities by weight and reverse are those of keepalived", async () => {
    await using bench = await Bench.start();
    const frr = await startFrr(bench, frrPeer(singleHop, 100));
    const weights = ["20", "-20", "20 reverse", "-20 reverse"];
    const text = `${session("peer", towardsB + times(100))}${weights.map((w, i) => instance(i + 1, `peer weight ${w}`)).join("")}`;
    const dump = await bench.capture("a", "ip proto 112");
    /** Router id → priority, of adverts that were sent after the first instance has got this one. */
    const priorities = async (ofFirst: string): Promise<Record<string, string>> => {
      const since = dump.stdout.length;
      const sent = () => [...dump.stdout.slice(since).matchAll(/vrid (\d+), prio (\d+)/g)].map(([, ...both]) => both);
      const after = () => {
        const all = sent();
        const moved = all.findIndex(([vrid, prio]) => vrid === "1" && prio === ofFirst);
        return moved < 0 ? [] : all.slice(moved + 1);
      };
      // An advert of each may have been made before; the next one was not.
      const settled = (): boolean =>
        ["1", "2", "3", "4"].every((id) => after().filter(([vrid]) => vrid === id).length > 1);
      await eventually(`adverts of all instances, the first with ${ofFirst}`, 10_000, settled);
      return Object.fromEntries(after());
    };
    const course = async (): Promise<Record<string, string>[]> => {
      const up = await priorities("120");
      await bench.run("b", "pkill", "-STOP", "-F", path.join(bench.folder, "frr", "bfdd.pid"));
      const down = await priorities("100");
      await bench.run("b", "pkill", "-CONT", "-F", path.join(bench.folder, "frr", "bfdd.pid"));
      return [up, down];
    };
    const ours = await director(bench, text);
    const mine = await course();
    await ours.running.end();
    const at = (name: string): string => path.join(bench.folder, name);
    const pids = ["-p", at("k.pid"), "-r", at("k_vrrp.pid"), "-b", at("k_bfd.pid"), "-c", at("k_c.pid")];
    const keepalived = bench.spawn("a", "keepalived", "-n", "-l", "-D", "-f", at("a.conf"), ...pids);
    await eventually("keepalived runs", 10_000, () => keepalived.stderr.includes("Startup complete"));
    expect(mine).toEqual(await course());
    expect(frr.bfdd.running).toBe(true);
  });
});
