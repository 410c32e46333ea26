import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { addressOf, type Host, Lab } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const TUNNELLED = "192.168.122.101";
const [RS1, RS2] = [addressOf("rs1"), addressOf("rs2")];

const service = (vip: string, kind: string): string => `
virtual_server ${vip} 80 {
  delay_loop 1
  lb_algo rr
  lb_kind ${kind}
  protocol TCP
  ${[RS1, RS2]
    .map(
      (rs) => `real_server ${rs} 80 {
    TCP_CHECK {
      via_vip
      connect_timeout 1
      warmup 0
      retry 0
    }
  }`,
    )
    .join("\n")}
}
`;
const config = service(VIP, "DR") + service(TUNNELLED, "TUN");

/** rs1 is a real server as it should be; rs2 runs the same service, and lacks the virtual address. d1 has that address, as
 *  the master does; d2 does not, as the backup. */
describe("via_vip", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    await lab.drRealServer("rs1", [VIP, TUNNELLED]);
    for (const rs of ["rs1", "rs2"] as const) {
      await lab.web(rs);
      await lab.run(rs, ["modprobe", "ipip"]);
      await lab.run(rs, "ip link set tunl0 up");
      await lab.run(rs, "sysctl -qw net.ipv4.conf.tunl0.rp_filter=0 net.ipv4.conf.all.rp_filter=0");
      // A machine that forwards would hand a client's packet on to the one that has the address.
      await lab.run(rs, "sysctl -qw net.ipv4.ip_forward=1");
    }
    await lab.run("d1", `ip addr add ${VIP}/32 dev eth0 && ip addr add ${TUNNELLED}/32 dev eth0`);
    await lab.run("d1", "sysctl -qw net.ipv4.ip_forward=1");
    await Promise.all((["d1", "d2"] as const).map((at) => lab.director(at, config, ["-C"])));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const servers = async (at: Host): Promise<Map<string, string>> => {
    const { stdout } = await lab.lvskeeper(at, ["status", "--json"]);
    const { checker } = JSON.parse(stdout) as { readonly checker?: CheckerStatus };
    const found = new Map<string, string>();
    for (const vs of checker?.virtualServers ?? [])
      for (const rs of vs.realServers)
        if (rs.checkers.every(({ hasRun }) => hasRun)) found.set(`${vs.name} ${rs.name}`, rs.alive ? "up" : rs.why);
    return found;
  };
  /** "VIP of REAL-SERVER" for each entry of the table. */
  const table = async (at: Host): Promise<string> => {
    const entries = (await lab.run(at, ["ipvsadm", "-Sn"])).matchAll(/^-a -t (\S+):80 -r (\S+):80 /gm);
    return [...entries]
      .map(([, vip, rs]) => `${vip} of ${rs}`)
      .sort()
      .join();
  };
  const only = (...servers: string[]): string =>
    servers
      .flatMap((rs) => [`${VIP} of ${rs}`, `${TUNNELLED} of ${rs}`])
      .sort()
      .join();

  test.for(["d1", "d2"] as const)(
    "a real server without the address is found out from %s, and only that",
    async (at) => {
      await lab.eventually("rs2 is out, rs1 is in", 30_000, async () => (await table(at)) === only(RS1));
      const found = await servers(at);
      expect(found.get(`[${VIP}]:tcp:80 [${RS1}]:tcp:80`)).toBe("up");
      expect(found.get(`[${TUNNELLED}]:tcp:80 [${RS1}]:tcp:80`)).toBe("up");
      expect(found.get(`[${VIP}]:tcp:80 [${RS2}]:tcp:80`)).toContain(
        `did not answer within 1 s, but does for its own address: is ${VIP} on its loopback interface?`,
      );
      expect(found.get(`[${TUNNELLED}]:tcp:80 [${RS2}]:tcp:80`)).toContain(
        `is ${TUNNELLED} on its loopback interface?`,
      );
    },
  );

  test("it is in again once it has the address, and what it is asked opens no connection that stays", async () => {
    await lab.eventually("rs2 is out", 30_000, async () => (await table("d1")) === only(RS1));
    await lab.drRealServer("rs2", [VIP, TUNNELLED]);
    await lab.eventually("rs2 is in", 20_000, async () => (await table("d1")) === only(RS1, RS2));
    const halfOpen = await lab.run("rs2", ["ss", "-Htn", "state", "syn-recv"]);
    expect(halfOpen.trim()).toBe("");
    expect((await lab.run("d1", ["ipvsadm", "-Lnc"])).split("\n").filter((line) => line.startsWith("TCP"))).toEqual([]);
    await lab.killAll("rs2");
    await lab.eventually("rs2 refuses, and is out", 20_000, async () => {
      return (await table("d1")) === only(RS1);
    });
    const found = await servers("d1");
    expect(found.get(`[${VIP}]:tcp:80 [${RS2}]:tcp:80`)).toContain("refused the connection");
  });
});
