import { existsSync } from "node:fs";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Bench, eventually, type Running } from "./vrrp-bench.ts";

/** One session as bfdd tells it; intervals are ms. */
export type FrrPeer = {
  readonly peer: string;
  readonly status: string;
  readonly diagnostic: string;
  readonly "remote-diagnostic": string;
  readonly "remote-transmit-interval": number;
  readonly "remote-receive-interval": number;
  readonly "remote-detect-multiplier": number;
};

export type Frr = {
  readonly bfdd: Running;
  /** Undefined while bfdd does not know it. */
  peer(address: string): Promise<FrrPeer | undefined>;
};

/** zebra and bfdd on b with these lines for their configuration; bfdd is served before all that is not realtime. */
export async function startFrr(bench: Bench, lines: readonly string[]): Promise<Frr> {
  const folder = path.join(bench.folder, "frr");
  await mkdir(folder);
  const file = path.join(folder, "frr.conf");
  await writeFile(file, ["bfd", ...lines, ""].join("\n"));
  const [uid, gid] = (await Promise.all(["-u", "-g"].map((flag) => bench.run("b", "id", flag, "frr")))).map(Number);
  await chmod(bench.folder, 0o755);
  for (const one of [folder, file]) await chown(one, uid as number, gid as number);
  const at = (name: string): string => path.join(folder, name);
  const start = async (daemon: string, ...before: string[]): Promise<Running> => {
    const places = ["-i", at(`${daemon}.pid`), "-z", at("zserv.api"), "--vty_socket", folder, "-f", file];
    const more = daemon === "bfdd" ? ["--bfdctl", at("bfdd.sock")] : [];
    const command = [...before, `/usr/lib/frr/${daemon}`, "-u", "frr", "-g", "frr", ...places, ...more];
    const running = bench.spawn("b", ...command);
    await eventually(`${daemon} listens`, 10_000, () => existsSync(at(`${daemon}.vty`)));
    return running;
  };
  await start("zebra");
  const bfdd = await start("bfdd", "chrt", "-r", "50");
  return {
    bfdd,
    async peer(address) {
      const told = await bench.run("b", "vtysh", "--vty_socket", folder, "-c", "show bfd peers json");
      return (JSON.parse(told) as FrrPeer[]).find(({ peer }) => peer === address);
    },
  };
}
