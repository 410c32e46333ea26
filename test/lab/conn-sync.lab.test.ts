import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pairConfig, REAL_SERVERS, serving, settle, startDirector, startWebServers, VIPS } from "./lib/dual-master.ts";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const PAIR = ["d1", "d2"] as const;

/** A request whose headers come a line at a time and do not end until a file is removed: an open connection that has
 *  something to send all the time. Its last words are the web server's answer. */
const slowRequest = (vip: string, file: string): string => `
exec 3<>/dev/tcp/${vip}/80
printf 'GET / HTTP/1.0\\r\\n' >&3
touch ${file}
while [ -e ${file} ]; do printf 'X-More: 1\\r\\n' >&3 || exit 1; sleep 0.2; done
printf '\\r\\n' >&3
cat <&3 || exit 2
`;

/** With NAT the servers' way back to a client leads through the director that has its VIP: an address that goes along with
 *  each VIP is the gateway to the client's address for that VIP. */
const GATEWAYS = { one: `${NETWORK}.101`, two: `${NETWORK}.111` } as const;
const CLIENTS = { one: addressOf("cl"), two: `${NETWORK}.51` } as const;

const withNat = (config: string): string =>
  config
    .replaceAll("lb_kind DR", "lb_kind NAT")
    .replace(`        ${VIPS.one}\n`, `        ${VIPS.one}\n        ${GATEWAYS.one}\n`)
    .replace(`        ${VIPS.two}\n`, `        ${VIPS.two}\n        ${GATEWAYS.two}\n`);

async function leadBack(lab: Lab): Promise<void> {
  await lab.run("cl", `ip addr add ${CLIENTS.two}/24 dev eth0; ip route add ${VIPS.two} dev eth0 src ${CLIENTS.two}`);
  for (const rs of REAL_SERVERS)
    await lab.run(
      rs,
      (["one", "two"] as const).map((vip) => `ip route add ${CLIENTS[vip]} via ${GATEWAYS[vip]}`).join(" && "),
    );
  for (const at of PAIR)
    await lab.run(at, "sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
}

type Slow = {
  readonly client: LabProcess;
  readonly vip: string;
  readonly file: string;
  readonly server: (typeof REAL_SERVERS)[number];
};

describe("connections of two directors that are each other's backup", () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.start();
    await startWebServers(lab);
  });
  afterEach(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function start(edit: (config: string) => string = (config) => config): Promise<void> {
    const options = { persistenceS: 0, advertIntS: 1, delayLoopS: 1 };
    await startDirector(lab, "d1", "lvskeeper", edit(pairConfig("A", options)));
    await startDirector(lab, "d2", "lvskeeper", edit(pairConfig("B", options)));
    await settle(lab, "d1", "d2", 60_000);
    await serving(lab, PAIR, REAL_SERVERS);
  }

  const daemons = (): Promise<string[]> => Promise.all(PAIR.map((at) => lab.run(at, "ipvsadm -L --daemon")));

  /** Both roles at once: each director sends with the id of its own VIP's instance and listens for the other's. */
  async function synchronising(): Promise<void> {
    const role = (text: string, name: string, id: number) =>
      text.includes(`${name} sync daemon (mcast=eth0, syncid=${id}`);
    await lab.eventually("both daemons on both directors", 15_000, async () => {
      const [d1 = "", d2 = ""] = await daemons();
      return role(d1, "master", 38) && role(d1, "backup", 48) && role(d2, "master", 48) && role(d2, "backup", 38);
    });
  }

  /** The real server that a director forwards the client's connection from `port` to; undefined: it does not know it. */
  async function forwards(at: (typeof PAIR)[number], vip: string, port: string): Promise<string | undefined> {
    const rows = (await lab.run(at, "ipvsadm -Lnc")).split("\n");
    const row = rows.find(
      (one) => one.includes("ESTABLISHED") && one.includes(`:${port} `) && one.includes(`${vip}:80`),
    );
    return /(\S+):80\s*$/.exec(row ?? "")?.[1];
  }

  /** Opens a connection through a VIP; resolves when `at` forwards it, and the other director knows it too if asked. */
  async function open(vip: string, at: "d1" | "d2", known: boolean): Promise<Slow> {
    const file = `/tmp/slow-${vip}`;
    const client = await lab.spawn("cl", ["bash", "-c", slowRequest(vip, file)], { name: `cl-slow-${vip}` });
    const other = at === "d1" ? "d2" : "d1";
    let server: string | undefined;
    await lab.eventually(
      `${at} forwards a connection of ${vip}${known ? `, and ${other} knows it` : ""}`,
      20_000,
      async () => {
        const port = /(\d+) +\S+:80/.exec(await lab.run("cl", `ss -Htn state established dst ${vip}`))?.[1];
        if (port === undefined) return false;
        server = await forwards(at, vip, port);
        return server !== undefined && (!known || (await forwards(other, vip, port)) === server);
      },
    );
    const name = REAL_SERVERS.find((rs) => addressOf(rs) === server);
    if (name === undefined) throw new Error(`${at} forwards to ${server}, which is no real server`);
    return { client, vip, file, server: name };
  }

  /** The request is sent to its end: the last line of what the client got. */
  async function finish({ client, file }: Slow): Promise<string | undefined> {
    await lab.exec("cl", ["rm", "-f", file]);
    await client.exited();
    return (await client.log()).trim().split("\n").at(-1);
  }

  test("survive the crash of the director that forwards them, and so do those of the survivor", async () => {
    await start();
    await synchronising();
    const [one, two] = [await open(VIPS.one, "d1", true), await open(VIPS.two, "d2", true)];
    await lab.crash("d1");
    await settle(lab, "d2", "d2");
    expect([await finish(one), await finish(two)]).toEqual([one.server, two.server]);
  });

  test.runIf(full)("with NAT too: packets of both directions go on through the survivor", async () => {
    await leadBack(lab);
    await start(withNat);
    expect(await lab.table("d2")).not.toContain("Route");
    await synchronising();
    const [one, two] = [await open(VIPS.one, "d1", true), await open(VIPS.two, "d2", true)];
    await lab.crash("d1");
    await settle(lab, "d2", "d2");
    expect([await finish(one), await finish(two)]).toEqual([one.server, two.server]);
    // d2 saw the end of both directions.
    for (const { vip, server } of [one, two])
      expect(await lab.run("d2", "ipvsadm -Lnc")).toMatch(
        new RegExp(`TIME_WAIT +\\S+ +${vip}:80 +${addressOf(server)}:80`),
      );
  });

  test.runIf(full)("are lost without the sync daemons: it is they that carry them over", async () => {
    await start((config) => config.replaceAll("lvs_sync_daemon_interface eth0", ""));
    expect(await daemons()).toEqual(["", ""]);
    const one = await open(VIPS.one, "d1", false);
    await lab.crash("d1");
    await settle(lab, "d2", "d2");
    expect(await finish(one)).not.toBe(one.server);
  });
});
