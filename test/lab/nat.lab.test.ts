import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";
import { recipe } from "./recipes.ts";

const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const VIP = `${NETWORK}.122`;
const GATEWAY = `${NETWORK}.121`;

/** Connections to the VIP's port 1122 go to a real server's port 22, those to 3306 to both real servers' 3306. Nginx listens on
 *  all of them and says which it is: nothing between looks at what is spoken. MariaDB itself: mysql-pair.lab.test.ts. */
describe("layer 4 balancing with NAT", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    await lab.web("rs1", { port: 22, body: "ssh on rs1\n" });
    for (const rs of ["rs1", "rs2"] as const) {
      await lab.web(rs, { port: 3306, body: `mysql on ${rs}\n` });
      // What NAT asks for: the way back leads through the director.
      await lab.run(rs, ["ip", "route", "add", `${addressOf("cl")}/32`, "via", GATEWAY]);
    }
    for (const at of ["d1", "d2"] as const)
      await lab.run(at, "sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
    await lab.director("d1", recipe("nat", "d1"));
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

  test.runIf(FULL)(
    "the master's host dies: its backup has both addresses, and the servers' way back is right",
    async () => {
      await lab.director("d2", recipe("nat", "d2"));
      await lab.eventually("d2 serves all", 20_000, async () => (await lab.table("d2")).split("Masq").length === 4);
      await lab.crash("d1");
      await lab.eventually("both addresses on d2", 20_000, async () =>
        (await Promise.all([VIP, GATEWAY].map((address) => lab.owns("d2", address)))).every(Boolean),
      );
      await lab.eventually(
        "a client is answered through d2",
        10_000,
        async () => (await lab.curl("cl", `http://${VIP}:1122/`)) === "ssh on rs1\n",
      );
    },
  );
});
