import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";

/** Every way that IPVS forwards, each with a virtual address of its own, and each answered to a client. */
const VIP = {
  dr: `${NETWORK}.100`,
  nat: `${NETWORK}.101`,
  ipip: `${NETWORK}.102`,
  gue: `${NETWORK}.103`,
  gre: `${NETWORK}.104`,
  mark: `${NETWORK}.105`,
  dr6: "2001:db8::100",
  nat6: "2001:db8::101",
} as const;
const SERVERS = ["rs1", "rs2"] as const;
const LAST = { rs1: 10, rs2: 20 } as const;
/** The client's addresses whose answers lead back through the director, as NAT asks for. */
const NAT_CLIENT = [`${NETWORK}.51`, "2001:db8::51"] as const;
const MARK = 7;

const service = (at: string, method: string, protocol: string, family: 4 | 6 = 4, port = 80): string => `
virtual_server ${at} {
    delay_loop 1
    lvs_sched rr
    lvs_method ${method}
    ${protocol && `protocol ${protocol}`}
${SERVERS.map((rs) => `    real_server ${family === 6 ? `2001:db8::${LAST[rs]}` : addressOf(rs)} ${port} {\n        TCP_CHECK {\n            connect_port 80\n        }\n    }`).join("\n")}
}
`;

const CONFIG = [
  service(`${VIP.dr} 80`, "DR", "TCP"),
  service(`${VIP.dr} 5353`, "DR", "UDP", 4, 5353),
  service(`${VIP.nat} 8080`, "NAT", "TCP"),
  service(`${VIP.nat} 53`, "NAT", "UDP", 4, 5353),
  service(`${VIP.ipip} 80`, "TUN", "TCP"),
  service(`${VIP.gue} 80`, "TUN type gue port 6080", "TCP"),
  service(`${VIP.gre} 80`, "TUN type gre csum", "TCP"),
  service(`fwmark ${MARK}`, "DR", ""),
  service(`${VIP.dr6} 80`, "DR", "TCP", 6),
  service(`${VIP.nat6} 8080`, "NAT", "TCP", 6),
].join("");

const ECHO = `
const server = require("node:dgram").createSocket({ type: "udp4" });
server.on("message", (_, from) => server.send(process.argv[1], from.port, from.address)).bind(5353, process.argv[2]);
`;
const ASK = `
const [address, port, local] = process.argv.slice(1);
const client = require("node:dgram").createSocket("udp4");
client.on("message", (answer) => process.exit(console.log(String(answer))));
client.bind(0, local, () => client.send("?", Number(port), address));
setTimeout(() => process.exit(1), 3000);
`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  await lab.run("cl", `ip addr add ${NAT_CLIENT[0]}/24 dev eth0 && ip addr add ${NAT_CLIENT[1]}/64 dev eth0 nodad`);
  await lab.run(null, "$(cat /proc/sys/kernel/modprobe) fou"); // `ip fou` does not load it
  for (const rs of SERVERS) await prepareRealServer(rs);
  const mine = Object.values(VIP).map((vip) => `ip addr add ${vip}${vip.includes(":") ? "/64 nodad" : "/24"} dev eth0`);
  const sysctls =
    "sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0";
  await lab.run("d1", [sysctls, ...mine].join(" && "));
  await lab.run(
    "d1",
    `tc qdisc add dev eth0 clsact && tc filter add dev eth0 ingress protocol ip flower dst_ip ${VIP.mark} action skbedit mark ${MARK}`,
  );
  await lab.director("d1", CONFIG);
  await lab.eventually("all ten services have both real servers", 30_000, async () => {
    const lines = (await lab.run("d1", ["ipvsadm", "-Sn"])).split("\n");
    return lines.filter((line) => line.startsWith("-a")).length === 20;
  });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A web server and a UDP echo, silent about the virtual addresses, with an end of each kind of tunnel. */
async function prepareRealServer(rs: (typeof SERVERS)[number]): Promise<void> {
  await lab.drRealServer(rs, [VIP.dr, VIP.ipip, VIP.gue, VIP.gre, VIP.mark]);
  await lab.run(
    rs,
    [
      `ip addr add ${VIP.dr6}/128 dev lo nodad`,
      `ip route add ${NAT_CLIENT[0]}/32 via ${addressOf("d1")}`,
      `ip -6 route add ${NAT_CLIENT[1]}/128 via 2001:db8::30`,
      `ip link add ends-ipip type ipip local ${addressOf(rs)}`,
      `ip link add ends-gre type gre local ${addressOf(rs)} icsum`,
      "ip link set ends-ipip up",
      "ip link set ends-gre up",
      "ip fou add port 6080 gue",
      // Redirects would lead the answers around the director.
      "sysctl -qw net.ipv6.conf.all.accept_redirects=0 net.ipv6.conf.eth0.accept_redirects=0",
      "sysctl -qw net.ipv4.conf.ends-ipip.rp_filter=0 net.ipv4.conf.ends-gre.rp_filter=0",
    ].join(" && "),
  );
  await lab.web(rs);
  for (const address of [VIP.dr, addressOf(rs)]) {
    await lab.spawn(rs, [process.execPath, "-e", ECHO, rs, address], { name: `${rs}-echo` });
  }
}

const both = (answers: readonly string[]): string[] => answers.map((answer) => answer.trim()).sort();

test.each([
  { way: "DR", url: `http://${VIP.dr}/` },
  { way: "NAT, to another port", url: `http://${VIP.nat}:8080/`, from: NAT_CLIENT[0] },
  { way: "a tunnel of IP in IP", url: `http://${VIP.ipip}/` },
  { way: "a tunnel of GUE", url: `http://${VIP.gue}/` },
  { way: "a tunnel of GRE with checksums", url: `http://${VIP.gre}/` },
  { way: "a firewall mark", url: `http://${VIP.mark}/` },
  { way: "DR of IPv6", url: `http://[${VIP.dr6}]/` },
  { way: "NAT of IPv6", url: `http://[${VIP.nat6}]:8080/`, from: NAT_CLIENT[1] },
])("TCP by $way is answered by both real servers in turn", async ({ url, from }) => {
  const curl = ["curl", "-sS", "-f", "-m", "5", ...(from === undefined ? [] : ["--interface", from]), url];
  expect(both([await lab.run("cl", curl), await lab.run("cl", curl)])).toEqual(["rs1", "rs2"]);
});

test.each([
  { way: "DR", to: [VIP.dr, "5353", addressOf("cl")] },
  { way: "NAT, to another port", to: [VIP.nat, "53", NAT_CLIENT[0]] },
])("UDP by $way is answered by both real servers in turn", async ({ to }) => {
  const ask = [process.execPath, "-e", ASK, ...to];
  expect(both([await lab.run("cl", ask), await lab.run("cl", ask)])).toEqual(["rs1", "rs2"]);
});
