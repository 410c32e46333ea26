import { expect, test } from "vitest";
import type { DirectorStatus } from "../../src/process/status.ts";
import { addressOf, Lab } from "./lib/lab.ts";

const VIP = addressOf("d1");
const session = (neighbor: string, source: string): string =>
  `bfd_instance to_${neighbor.replaceAll(".", "_")} {\n neighbor_ip ${neighbor}\n source_ip ${source}\n min_rx 300\n min_tx 300\n multiplier 3\n}\n`;
const rs = (address: string): string =>
  `real_server ${address} 80 {\n weight 1\n BFD_CHECK {\n name to_${address.replaceAll(".", "_")}\n }\n }\n`;

const config = `
${session(addressOf("rs1"), VIP)}${session(addressOf("rs2"), VIP)}
virtual_server ${VIP} 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    ${rs(addressOf("rs1"))}${rs(addressOf("rs2"))}
}
`;

test("BFD_CHECK: a real server whose session is lost is out of the kernel's table, also for a new checker process", async () => {
  await using lab = await Lab.start();
  const director = await lab.director("d1", config);
  const first = await lab.keepalived("rs1", session(VIP, addressOf("rs1")));
  await lab.keepalived("rs2", session(VIP, addressOf("rs2")));
  const table = async (): Promise<string> =>
    [...(await lab.run("d1", "ipvsadm -Sn")).matchAll(/-r (\S+):80/g)].map(([, address]) => address).join(" ");
  const both = `${addressOf("rs1")} ${addressOf("rs2")}`;
  const isBoth = async (): Promise<boolean> => (await table()).split(" ").sort().join(" ") === both;
  const status = async (): Promise<DirectorStatus> =>
    JSON.parse((await lab.lvskeeper("d1", ["status", "--json"])).stdout) as DirectorStatus;
  await lab.eventually("both sessions are up, both servers in", 30_000, async () => {
    const { bfd } = await status();
    return typeof bfd === "object" && bfd.sessions.every(({ state }) => state === "up") && (await isBoth());
  });

  await lab.crash("rs1");
  await lab.eventually("the one that is silent is out", 10_000, async () => (await table()) === addressOf("rs2"));
  const { checker } = await status();
  const servers = typeof checker === "object" ? checker.virtualServers[0]?.realServers : [];
  expect(servers?.map(({ why }) => why).filter((why) => why !== "")).toEqual([
    `BFD session to_${addressOf("rs1").replaceAll(".", "_")} is down`,
  ]);

  const pid = (await lab.readFile("/run/lvskeeper/lvskeeper_checkers.pid", { at: "d1" })).trim();
  await lab.run("d1", ["kill", "-KILL", pid]);
  await lab.eventually("another checker process", 10_000, async () => {
    const now = await lab.readFile("/run/lvskeeper/lvskeeper_checkers.pid", { at: "d1" }).catch(() => "");
    return now.trim() !== pid && now.trim() !== "" && (await status()).checker !== undefined;
  });
  expect(await table()).toBe(addressOf("rs2"));
  expect(await director.log()).toContain("Removing service");
  expect(await first.log()).toContain("Startup complete");
});
