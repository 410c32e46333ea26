import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.122`;

/** Connections to the VIP's port 1122 go to a real server's port 22, those to 3306 to both real servers' 3306. */
const CONFIG = `
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

virtual_server ${VIP} 1122 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server ${addressOf("rs1")} 22 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}

virtual_server ${VIP} 3306 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server ${addressOf("rs1")} 3306 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server ${addressOf("rs2")} 3306 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
`;

describe("layer 4 balancing with NAT", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    await lab.web("rs1", { port: 22, body: "ssh on rs1\n" });
    for (const rs of ["rs1", "rs2"] as const) {
      await lab.web(rs, { port: 3306, body: `mysql on ${rs}\n` });
      // What NAT asks for: the way back leads through the director.
      await lab.run(rs, ["ip", "route", "add", `${addressOf("cl")}/32`, "via", addressOf("d1")]);
    }
    await lab.run("d1", "sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
    await lab.director("d1", CONFIG);
    await lab.eventually("the VIP is there", 20_000, () => lab.owns("d1", VIP));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test("the table masquerades, with the ports of the real servers", async () => {
    const table = await lab.table("d1");
    expect(table).toMatch(new RegExp(`TCP  ${VIP}:1122 rr\\s+-> ${addressOf("rs1")}:22 +Masq +1 `));
    expect(table).toMatch(new RegExp(`TCP  ${VIP}:3306 rr\\s+-> ${addressOf("rs1")}:3306 +Masq +1 `));
  });

  test("VIP:1122 is answered by the real server's port 22, from the VIP's own address", async () => {
    expect(await lab.curl("cl", `http://${VIP}:1122/`)).toBe("ssh on rs1\n");
  });

  test("VIP:3306 is answered by both real servers in turn", async () => {
    const answers = [await lab.curl("cl", `http://${VIP}:3306/`), await lab.curl("cl", `http://${VIP}:3306/`)];
    expect(answers.sort()).toEqual(["mysql on rs1\n", "mysql on rs2\n"]);
  });
});
