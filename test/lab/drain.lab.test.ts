import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectorStatus } from "../../src/process/status.ts";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";

const CONFIG = "/etc/keepalived/keepalived.conf";
const VIP = `${NETWORK}.122`;
const RS = [addressOf("rs1"), addressOf("rs2")] as const;

const config = (weight = 1): string => `
global_defs {
    lvs_timeouts tcp 20 udp 7
    lvs_sync_daemon eth0 id 7 port 9000 ttl 2
    ipvs_sysctl {
        expire_nodest_conn 1
        sync_threshold 2 20
    }
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    virtual_ipaddress {
        ${VIP}
    }
}
virtual_server ${VIP} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
${RS.map((rs) => `    real_server ${rs} 80 {\n        weight ${weight}\n        TCP_CHECK {\n        }\n    }`).join("\n")}
}
`;

/** A request whose headers do not end until its file is removed: an open connection. */
const HALF_A_REQUEST = `
exec 3<>/dev/tcp/${VIP}/80
printf 'GET / HTTP/1.0\\r\\n' >&3
touch /tmp/open
while [ -e /tmp/open ]; do printf 'X-More: 1\\r\\n' >&3; sleep 1; done
printf '\\r\\n' >&3
cat <&3
`;

describe("real servers at run time", () => {
  let lab: Lab;
  let director: LabProcess;
  /** /var/lib is read-only in the guest. */
  const start = async (text: string): Promise<LabProcess> => {
    await lab.writeFile(CONFIG, text, { at: "d1" });
    const command = [process.execPath, await lab.program(), "run", "-n", "-l", "-D", "-f", CONFIG];
    return lab.spawn("d1", ["env", "LVSKEEPER_STATE=/run/state", ...command], { name: "d1-lvskeeper" });
  };
  const ours = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await lab.lvskeeper("d1", words);
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };
  const table = async (): Promise<string[]> =>
    (await lab.run("d1", "ipvsadm -Sn"))
      .split("\n")
      .flatMap((line) => /-r (\S+) -\S -w (\d+)/.exec(line)?.slice(1, 3).join(" w") ?? []);
  const status = async (): Promise<DirectorStatus> => JSON.parse(await ours("status", "--json")) as DirectorStatus;

  beforeAll(async () => {
    lab = await Lab.start();
    for (const rs of ["rs1", "rs2"] as const) {
      await lab.drRealServer(rs, [VIP]);
      await lab.web(rs);
    }
    await lab.run("d1", "ipvsadm --set 900 120 300");
    director = await start(config());
    await lab.eventually("the VIP answers", 20_000, async () => (await lab.curl("cl", `http://${VIP}/`)) !== "");
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  test("timeouts, values of net.ipv4.vs and both sync daemons are the configuration's", async () => {
    expect(await lab.run("d1", "ipvsadm -L --timeout")).toContain("20 120 7");
    expect(await lab.run("d1", "sysctl -n net.ipv4.vs.expire_nodest_conn net.ipv4.vs.sync_threshold")).toBe(
      "1\n2\t20\n",
    );
    const { checker } = await status();
    expect(checker).toMatchObject({
      syncDaemons: [
        { role: "master", interface: "eth0", syncId: 7, port: 9000, ttl: 2 },
        { role: "backup", interface: "eth0", syncId: 7, port: 9000, ttl: 2 },
      ],
    });
  });

  /** A client with an open connection, and the real server that has it. */
  async function slowClient(): Promise<{ readonly client: LabProcess; readonly busy: string }> {
    const client = await lab.spawn("cl", ["bash", "-c", HALF_A_REQUEST], { name: "cl-slow" });
    let busy = "";
    await lab.eventually("the connection is open", 20_000, async () => {
      const own = /(\d+) +\S+:80/.exec(await lab.run("cl", `ss -Htn state established dst ${VIP}`))?.[1];
      const entry = (await lab.run("d1", "ipvsadm -Lnc")).split("\n").find((row) => row.includes(`:${own} `));
      busy = /ESTABLISHED.* (\d+\.\d+\.\d+\.\d+):80/.exec(entry ?? "")?.[1] ?? "";
      return busy !== "";
    });
    return { client, busy };
  }
  /** `rs drain`, which waits. */
  const draining = async (...words: string[]): Promise<LabProcess> =>
    lab.spawn("d1", [process.execPath, await lab.program(), "rs", "drain", ...words], { name: "d1-rs-drain" });

  test("a drained server finishes what it has begun, and gets nothing new; the command waits and tells how far it is", async () => {
    await lab.eventually("both are there", 20_000, async () => (await table()).length === 2);
    const { client, busy } = await slowClient();
    const free = RS.find((rs) => rs !== busy) ?? "";
    const command = await draining(busy);
    await lab.eventually("it has weight 0", 20_000, async () => (await table()).includes(`${busy}:80 w0`));
    const name = busy === RS[0] ? "rs2" : "rs1";
    for (let i = 0; i < 4; i++) expect(await lab.curl("cl", `http://${VIP}/`)).toBe(`${name}\n`);
    // Not only this one: a connection of curl that the take-over cut off is there until its time is over.
    const counted = /\]:tcp:80: [1-9]\d* open connections?\n/;
    await lab.eventually("it counts the connection", 20_000, async () => counted.test(await command.log()));
    expect(await ours("status")).toMatch(/draining .*[1-9]\d* open connection/);
    expect(command.exit).toBeUndefined();
    await lab.run("cl", "rm /tmp/open");
    await client.exited();
    expect(await client.log()).toContain(name === "rs1" ? "rs2" : "rs1");
    await lab.eventually("it is out", 90_000, async () => (await table()).join() === `${free}:80 w1`);
    expect(await command.exited()).toMatchObject({ code: 0 });
    expect((await command.log()).trim().split("\n").at(-1)).toMatch(/: drained, no open connection$/);
    await ours("rs", "enable", busy);
  });

  test("a deadline ends the wait; with --stay the server remains at weight 0 and its connections live", async () => {
    await lab.eventually("both are there", 20_000, async () => (await table()).length === 2);
    const { client, busy } = await slowClient();
    const command = await draining(busy, "--deadline", "4", "--stay");
    expect(await command.exited()).toMatchObject({ code: 0 });
    const lines = (await command.log()).trim().split("\n");
    expect(lines[0]).toMatch(/ drains for 4 s at most$/);
    expect(lines.some((line) => /: [1-9]\d* open connections?, .+ left$/.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(/: the deadline has passed$/);
    expect(await table()).toContain(`${busy}:80 w0`);
    await lab.run("cl", "rm /tmp/open");
    await client.exited();
    expect(await client.log()).toContain(busy === RS[0] ? "rs1" : "rs2");
    await ours("rs", "enable", busy);
    await lab.eventually("both are there again", 20_000, async () => !(await table()).join().includes("w0"));
  });

  test("what was said outlives a reload, the checker's death and a restart of the daemon", async () => {
    await ours("rs", "disable", RS[0]);
    await ours("rs", "weight", RS[1], "7");
    const held = [`${RS[1]}:80 w7`];
    await lab.eventually("it holds", 5000, async () => (await table()).join() === held.join());
    await lab.writeFile(CONFIG, config(3), { at: "d1" });
    await ours("reload");
    expect(await table()).toEqual(held);
    const pid = (await lab.readFile("/run/lvskeeper/lvskeeper_checkers.pid", { at: "d1" })).trim();
    await lab.run("d1", ["kill", "-KILL", pid]);
    await lab.eventually("another checker", 20_000, async () => {
      const child = (await status()).processes.find(({ role }) => role === "checker");
      return child?.state === "running" && child.pid !== Number(pid);
    });
    expect(await table()).toEqual(held);
    await ours("stop");
    await director.exited();
    expect(await lab.run("d1", "ipvsadm -L --timeout")).toContain("900 120 300");
    expect(await lab.run("d1", "sysctl -n net.ipv4.vs.expire_nodest_conn net.ipv4.vs.sync_threshold")).toBe(
      "0\n3\t50\n",
    );
    director = await start(config(3));
    await lab.eventually("it holds again", 20_000, async () => (await table()).join() === held.join());
    expect(await ours("status")).toMatch(/disabled since .*\n.*weight 7 by command/s);
    await ours("rs", "enable", RS[0]);
    await ours("rs", "enable", RS[1]);
    await lab.eventually("as configured", 5000, async () => {
      return (await table()).join() === RS.map((rs) => `${rs}:80 w3`).join();
    });
  });

  test("plan says what a reload would change, changes nothing, and says so by its exit status", async () => {
    const other = config(5)
      .replace(`real_server ${RS[0]} 80`, "real_server 192.168.122.99 80")
      .replace("udp 7", "")
      .replace("id 7 port 9000", "id 8 port 9000")
      .replace("delay_loop 1", "delay_loop 2");
    await lab.writeFile("/run/other.conf", other, { at: "d1" });
    const before = await table();
    const { status: code, stdout, stderr } = await lab.lvskeeper("d1", ["plan", "-f", "/run/other.conf"]);
    expect([code, stderr]).toEqual([2, ""]);
    expect(stdout).toContain(`+ add [192.168.122.99]:tcp:80 to [${VIP}]:tcp:80 (weight 5, method DR)`);
    expect(stdout).toContain(`~ change [${RS[1]}]:tcp:80 of [${VIP}]:tcp:80 (weight 3 → 5)`);
    expect(stdout).toContain(`- delete [${RS[0]}]:tcp:80 from [${VIP}]:tcp:80`);
    expect(stdout).toContain("- timeout udp, back to what it was");
    expect(stdout).toContain("~ the master and the backup sync daemon");
    expect(stdout).toMatch(/TCP_CHECK of .*: delay_loop 1 s → 2 s/);
    expect(await table()).toEqual(before);
    expect(await ours("plan")).toBe("nothing changes\n");
    await lab.run("d1", `ipvsadm -e -t ${VIP}:80 -r ${RS[0]}:80 -g -w 9`);
    const drifted = await lab.lvskeeper("d1", ["plan", "--json"]);
    expect(JSON.parse(drifted.stdout)).toMatchObject({ running: true, table: [{ op: "setDest", kind: "change" }] });
  });

  test("a server that is not there is refused in one line", async () => {
    const { status: code, stderr } = await lab.lvskeeper("d1", ["rs", "disable", "192.0.2.99"]);
    expect([code, stderr]).toEqual([
      1,
      "lvskeeper: there is no real server 192.0.2.99: `lvskeeper status` shows them all\n",
    ]);
  });
});
