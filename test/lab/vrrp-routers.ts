import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadConfiguration } from "../../src/process/configuration.ts";
import { Bench, eventually, type Host, type Running, VIP } from "./vrrp-bench.ts";
import { GLOBAL, globalOf, LINK_LOCAL, type Make, type Row, textOf } from "./vrrp-rows.ts";

/** A router of whichever make on a host of the bench. */
export type Router = {
  /** Whether it is MASTER, as far as can be seen. */
  holds(): Promise<boolean>;
  /** In order, with its goodbye. */
  stop(): Promise<void>;
  /** kill -9 of all of it at once. What it had put into the kernel stays there. */
  crash(): Promise<void>;
  /** What it wrote to its log. */
  readonly log: string;
};

/** Two hosts that have their link-local addresses, and a global one each. */
export async function layDual(): Promise<Bench> {
  const bench = await Bench.start();
  for (const host of ["a", "b"] as const) {
    await bench.ip(host, "addr", "add", `${globalOf[host]}/64`, "dev", "eth0", "nodad");
    await linkLocalReady(bench, host);
  }
  return bench;
}

export async function linkLocalReady(bench: Bench, host: Host): Promise<void> {
  await eventually(`${host} has its link-local address`, 10_000, async () => {
    const shown = await bench.ip(host, "-o", "-6", "addr", "show", "dev", "eth0", "scope", "link");
    return shown.includes("fe80:") && !shown.includes("tentative");
  });
}

export function startRouter(bench: Bench, host: Host, who: Make, row: Row, priority: number): Promise<Router> {
  return { ours: startOurs, keepalived: startKeepalived, FRR: startFrrRouter }[who](bench, host, row, priority);
}

async function startOurs(bench: Bench, host: Host, row: Row, priority: number): Promise<Router> {
  const file = path.join(bench.folder, `${host}-ours.conf`);
  await writeFile(file, textOf(row, host, priority));
  const { plan, diagnostics } = loadConfiguration(file);
  const refused = diagnostics.filter(({ severity }) => severity === "error");
  if (!plan?.vrrp || refused.length > 0) throw new Error(refused.map(({ message }) => message).join("; "));
  const room = await bench.room(host, plan.vrrp);
  return {
    holds: () => bench.owns(host, row.vip),
    stop: async () => void (await room.end()),
    crash: async () => void (await room.end("SIGKILL")),
    get log() {
      return room.stderr;
    },
  };
}

async function startKeepalived(bench: Bench, host: Host, row: Row, priority: number): Promise<Router> {
  const parent = await bench.keepalived(host, textOf(row, host, priority));
  return {
    holds: () => bench.owns(host, row.vip),
    stop: async () => void (await parent.end()),
    crash: async () => {
      const vrrp = Number(await readFile(path.join(bench.folder, `${host}.vrrp.pid`), "utf8"));
      parent.signal("SIGSTOP"); // it would start another one
      process.kill(vrrp, "SIGKILL");
      await parent.end("SIGKILL");
      // As long as init has not reaped it, its number is taken, and another keepalived would not start.
      for (const file of ["pid", "vrrp.pid"]) await rm(path.join(bench.folder, `${host}.${file}`), { force: true });
    },
    get log() {
      return parent.stderr;
    },
  };
}

async function startFrrRouter(bench: Bench, host: Host, row: Row, priority: number): Promise<Router> {
  const { status, daemons } = await startFrr(bench, host, { ...row, priority });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    for (const daemon of daemons) await daemon.end(signal);
  };
  return {
    holds: async () => (await status()) === "Master",
    stop: () => end("SIGTERM"),
    crash: () => end("SIGKILL"),
    get log() {
      return daemons.map(({ stderr }) => stderr).join("");
    },
  };
}

export type FrrSettings = Pick<Row, "version" | "family" | "intervalMs"> & { readonly priority: number };

/** vrrpd and zebra, for VRID 51. Its addresses stand on a macvlan that is made for it, whoever is MASTER; `status` is its
 *  own word. */
export async function startFrr(
  bench: Bench,
  host: Host,
  { version, family, intervalMs, priority }: FrrSettings,
): Promise<{ status: () => Promise<string | undefined>; daemons: readonly Running[] }> {
  const link = `vrrp${family}-1`;
  const addresses = family === 4 ? [`${VIP}/24`] : [`${LINK_LOCAL}/64`, `${GLOBAL}/64`];
  if (!(await bench.ip(host, "-o", "link", "show")).includes(` ${link}@`)) {
    await bench.ip(host, "link", "add", link, "link", "eth0", "type", "macvlan", "mode", "bridge");
    await bench.ip(host, "link", "set", "dev", link, "address", `00:00:5e:00:0${family === 4 ? 1 : 2}:33`);
    await bench.ip(host, "link", "set", link, "addrgenmode", "none");
    for (const address of addresses)
      await bench.ip(host, "addr", "add", address, "dev", link, ...(family === 6 ? ["nodad"] : []));
    await bench.ip(host, "link", "set", link, "up");
  }
  const folder = path.join(bench.folder, `frr-${host}`);
  await rm(folder, { recursive: true, force: true }); // sockets of one that was killed look as if it listened
  await mkdir(folder);
  const file = path.join(folder, "frr.conf");
  const lines = [
    ...["interface eth0", ` vrrp 51 version ${version}`, ` vrrp 51 priority ${priority}`],
    ` vrrp 51 advertisement-interval ${intervalMs}`,
    ...addresses.map((address) => ` vrrp 51 ${family === 4 ? "ip" : "ipv6"} ${address.split("/")[0]}`),
  ];
  await writeFile(file, [...lines, ""].join("\n"));
  const [uid, gid] = (await Promise.all(["-u", "-g"].map((flag) => bench.run(host, "id", flag, "frr")))).map(Number);
  await chmod(bench.folder, 0o755);
  for (const one of [folder, file]) await chown(one, uid as number, gid as number);
  const daemons: Running[] = [];
  for (const daemon of ["zebra", "vrrpd"]) {
    const at = (name: string): string => path.join(folder, name);
    const places = ["-i", at(`${daemon}.pid`), "-z", at("zserv.api"), "--vty_socket", folder, "-f", file];
    daemons.unshift(bench.spawn(host, `/usr/lib/frr/${daemon}`, "-u", "frr", "-g", "frr", ...places));
    await eventually(`${daemon} listens`, 10_000, () => existsSync(at(`${daemon}.vty`)));
  }
  const word = new RegExp(`Status \\(v${family}\\)\\s+(\\w+)`);
  const show = (): Promise<string> => bench.run(host, "vtysh", "--vty_socket", folder, "-c", "show vrrp");
  const status = async (): Promise<string | undefined> => word.exec(await show().catch(() => ""))?.[1];
  return { status, daemons };
}
