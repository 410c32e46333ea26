import { existsSync } from "node:fs";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { addressOf, Bench, eventually, isRoot, type Running, throughout } from "./vrrp-bench.ts";

/** Beyond what the timers say, for a busy machine. */
const SLACK_MS = 1500;

type Moved = { readonly from: string; readonly to: string; readonly diagnostic: number; readonly atMs: number };

/** Our session on a, towards b. */
async function session(bench: Bench, minMs: number, multiplier: number) {
  const running = bench.program("a", "bfd", addressOf.a, addressOf.b, String(minMs), String(multiplier));
  await eventually("our session is started", 10_000, () => running.stdout.includes("started"));
  const moves = (): Moved[] => {
    const lines = running.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line)).filter((one) => one.do === "moved");
  };
  return { running, moves, state: () => moves().at(-1)?.to ?? "down" };
}

/** What holds with any peer that has 50 ms and a multiplier of 3. */
async function speaks(bench: Bench, isUpThere: () => boolean | Promise<boolean>): Promise<void> {
  const ours = await session(bench, 50, 3);
  await eventually("ours is up", 10_000, () => ours.state() === "up");
  await eventually("theirs is up", 10_000, isUpThere);
  await throughout("ours stays up", 1500, () => ours.state() === "up");

  await bench.part("b", true);
  expect(await eventually("ours is down", 5000, () => ours.state() === "down")).toBeLessThan(150 + SLACK_MS);
  expect(ours.moves().at(-1)?.diagnostic).toBe(1);
  await eventually("theirs is down", 5000, async () => !(await isUpThere()));
  await bench.part("b", false);
  await eventually("ours is up again", 10_000, () => ours.state() === "up");
  await eventually("theirs is up again", 10_000, isUpThere);
  expect(ours.running.stderr).toBe("");

  await ours.running.end();
  expect(await eventually("theirs is down", 5000, async () => !(await isUpThere()))).toBeLessThan(SLACK_MS);
}

describe.skipIf(!isRoot)("BFD, asynchronous mode, single hop", () => {
  test.concurrent("with FRR's bfdd: up, silent path, up again, taken down in order", async () => {
    await using bench = await Bench.start();
    await speaks(bench, await startFrr(bench));
  });

  test.concurrent("with Debian's keepalived: up, silent path, up again, taken down in order", async () => {
    await using bench = await Bench.start();
    const keepalived = await startKeepalived(bench);
    const told = (): string | undefined => keepalived.stderr.match(/Entering (Up|Down|Init|AdminDown) state/g)?.at(-1);
    await speaks(bench, () => told() === "Entering Up state");
  });
});

/** zebra and bfdd on b; the returned function tells whether its session is up. */
async function startFrr(bench: Bench): Promise<() => Promise<boolean>> {
  const folder = path.join(bench.folder, "frr");
  await mkdir(folder);
  const file = path.join(folder, "frr.conf");
  const lines = ["bfd", ` peer ${addressOf.a} local-address ${addressOf.b} interface eth0`];
  const timers = ["  detect-multiplier 3", "  receive-interval 50", "  transmit-interval 50", "  no shutdown"];
  await writeFile(file, [...lines, ...timers, ""].join("\n"));
  const [uid, gid] = (await Promise.all(["-u", "-g"].map((flag) => bench.run("b", "id", flag, "frr")))).map(Number);
  await chmod(bench.folder, 0o755);
  for (const one of [folder, file]) await chown(one, uid as number, gid as number);
  const at = (name: string): string => path.join(folder, name);
  for (const daemon of ["zebra", "bfdd"]) {
    const places = ["-i", at(`${daemon}.pid`), "-z", at("zserv.api"), "--vty_socket", folder, "-f", file];
    const more = daemon === "bfdd" ? ["--bfdctl", at("bfdd.sock")] : [];
    bench.spawn("b", `/usr/lib/frr/${daemon}`, "-u", "frr", "-g", "frr", ...places, ...more);
    await eventually(`${daemon} listens`, 10_000, () => existsSync(at(`${daemon}.vty`)));
  }
  const show = (): Promise<string> => bench.run("b", "vtysh", "--vty_socket", folder, "-c", "show bfd peers");
  return async () => /Status: (\S+)/.exec(await show())?.[1] === "up";
}

async function startKeepalived(bench: Bench): Promise<Running> {
  const at = (name: string): string => path.join(bench.folder, name);
  const text = `
bfd_instance peer {
  neighbor_ip ${addressOf.a}
  source_ip ${addressOf.b}
  min_rx 50
  min_tx 50
  multiplier 3
}
`;
  await writeFile(at("bfd.conf"), text);
  const pids = ["-p", at("bfd.pid"), "-b", at("bfd_bfd.pid")];
  return bench.spawn("b", "keepalived", "-n", "-l", "-D", "-f", at("bfd.conf"), ...pids);
}
