import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectorStatus } from "../../src/process/status.ts";
import type { VrrpStatus } from "../../src/vrrp/model.ts";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.122`;
const WEB = `${VIP}:80`;

const instance = (vrid: number, lines: string): string => `
vrrp_instance VI_${vrid} {
    interface eth0
    virtual_router_id ${vrid}
    version 3
    advert_int 0.2
    priority 100
    virtual_ipaddress {
        ${NETWORK}.${120 + vrid}
    }
    ${lines}
}
`;
const CONFIG = `
${instance(1, `track_virtual_server ${WEB} weight -20\n    track_checker`)}
${instance(2, `track_virtual_server ${WEB}`)}
virtual_server ${VIP} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server ${addressOf("rs1")} 80 {
        TCP_CHECK {
            connect_timeout 1
        }
    }
}
`;

describe("VRRP follows what is balanced here", () => {
  let lab: Lab;
  const status = async (): Promise<DirectorStatus> => {
    const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
    return JSON.parse(stdout) as DirectorStatus;
  };
  const states = async (): Promise<string> =>
    ((await status()).vrrp as VrrpStatus).instances.map((i) => `${i.state} ${i.effectivePriority}`).join(", ");
  const checkerPid = async (): Promise<number> =>
    (await status()).processes.find(({ role, state }) => role === "checker" && state === "running")?.pid ?? 0;

  beforeAll(async () => {
    lab = await Lab.start();
    await lab.drRealServer("rs1", [VIP]);
    await lab.web("rs1");
    await lab.director("d1", CONFIG);
    await lab.eventually("both are MASTER", 30_000, async () => (await states()) === "master 100, master 100");
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  test("the quorum's loss lowers one priority and is a FAULT of the other; a killed checker changes neither", async () => {
    await lab.run("rs1", "ip link set eth0 down");
    await lab.eventually("the quorum is lost", 30_000, async () => (await states()) === "master 80, fault 100");
    const { instances, balancing } = (await status()).vrrp as VrrpStatus;
    expect(instances[1]?.faults).toEqual([`virtual server ${WEB} has lost its quorum`]);
    expect(balancing?.map(({ name, up }) => [name, up])).toEqual([
      [WEB, false],
      ["checker", true],
    ]);

    const pid = await checkerPid();
    await lab.run("d1", `kill -9 ${pid}`);
    await lab.eventually("another checker", 30_000, async () => {
      expect(await states()).toBe("master 80, fault 100");
      return ![0, pid].includes(await checkerPid());
    });

    await lab.run("rs1", "ip link set eth0 up");
    await lab.eventually("all is well", 30_000, async () => (await states()) === "master 100, master 100");
  });
});
