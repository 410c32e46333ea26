import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.131`;
const own = (at: "d1" | "d2"): string => addressOf(at);
const unicast = (at: "d1" | "d2"): string => `
    virtual_router_id 51
    version 3
    advert_int 0.3
    unicast_src_ip ${own(at)}
    unicast_peer {
        ${own(at === "d1" ? "d2" : "d1")}
    }
    virtual_ipaddress {
        ${VIP} dev eth0
    }
`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** The long form has the VRF too: it takes half a minute in the guest. */
const full = process.env.LVSKEEPER_LAB_FULL === "1";

test.skipIf(!full)(
  "an instance without an interface, in a VRF, beside keepalived: election, and its address leaves the VRF",
  async () => {
    await lab.run("d1", "ip link add blue type vrf table 100 && ip link set blue up");
    const ours = await lab.director("d1", `vrrp_instance VI_1 {\n vrf blue\n priority 150 ${unicast("d1")}}\n`);
    await lab.eventually("ours is in FAULT", 20_000, async () =>
      (await ours.log()).includes(`${own("d1")} is on no interface of VRF blue`),
    );
    await lab.keepalived("d2", `vrrp_instance VI_1 {\n interface eth0\n priority 100 ${unicast("d2")}}\n`);
    await lab.eventually("keepalived leads", 20_000, () => lab.owns("d2", VIP));
    await lab.run("d1", "ip link set eth0 master blue");
    await lab.eventually("ours leads", 20_000, async () => (await lab.owns("d1", VIP)) && !(await lab.owns("d2", VIP)));
    await lab.run("d1", "ip link set eth0 nomaster");
    await lab.eventually(
      "keepalived leads again",
      20_000,
      async () => (await lab.owns("d2", VIP)) && !(await lab.owns("d1", VIP)),
    );
    await ours.signal("SIGTERM");
    await ours.exited();
  },
);

test("net_namespace_ipvs: the table is in that namespace, as ipvsadm sees it, and nowhere else", async () => {
  await lab.run("d1", "ip netns add table && ip -n table link set lo up");
  const service = `virtual_server 10.9.0.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server 10.9.0.2 80 {\n }\n}\n`;
  const director = await lab.director(
    "d1",
    `net_namespace_ipvs table\nglobal_defs {\n ipvs_sysctl {\n expire_nodest_conn 1\n }\n}\n${service}`,
  );
  const there = ["ip", "netns", "exec", "table"];
  await lab.eventually("the service is in the table", 20_000, async () =>
    (await lab.run("d1", [...there, "ipvsadm", "-Sn"])).includes("-a -t 10.9.0.1:80 -r 10.9.0.2:80"),
  );
  expect(await lab.run("d1", ["ipvsadm", "-Sn"])).toBe("");
  expect(await lab.run("d1", [...there, "sysctl", "-n", "net.ipv4.vs.expire_nodest_conn"])).toBe("1\n");
  expect(await lab.run("d1", ["sysctl", "-n", "net.ipv4.vs.expire_nodest_conn"])).toBe("0\n");
  const plan = await lab.lvskeeper("d1", ["plan"]);
  expect([plan.status, plan.stderr]).toEqual([0, ""]);
  await director.signal("SIGTERM");
  await director.exited();
  expect(await lab.run("d1", [...there, "ipvsadm", "-Sn"])).toBe("");
});
