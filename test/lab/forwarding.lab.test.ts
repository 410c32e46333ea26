import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, Lab, NETWORK } from "./lib/lab.ts";

/** Every way that IPVS forwards, of both families, each with a virtual address of its own for TCP and UDP, and each answered
 *  to a client. */
const WAYS = {
  DR: { last: 100, method: "DR" },
  NAT: { last: 101, method: "NAT" },
  IPIP: { last: 102, method: "TUN" },
  GUE: { last: 103, method: "TUN type gue port 6080" },
  GRE: { last: 104, method: "TUN type gre" },
  mark: { last: 105, method: "DR" },
} as const;
type Way = keyof typeof WAYS;
type Family = 4 | 6;

const FAMILIES = [4, 6] as const;
const PREFIX = { 4: `${NETWORK}.`, 6: "2001:db8::" } as const;
const vip = (way: Way, family: Family): string => `${PREFIX[family]}${WAYS[way].last}`;
const SERVERS = ["rs1", "rs2"] as const;
const serverAddress = (rs: (typeof SERVERS)[number], family: Family): string =>
  family === 4 ? addressOf(rs) : `${PREFIX[6]}${rs === "rs1" ? 10 : 20}`;
/** The client's addresses whose answers lead back through the director, as NAT asks for. */
const NAT_CLIENT = { 4: `${PREFIX[4]}51`, 6: `${PREFIX[6]}51` } as const;
const MARK = { 4: 7, 6: 8 } as const;
const UDP_PORT = 5353;

/** Where a client asks: NAT changes the port as well. */
const portOf = (way: Way, protocol: "TCP" | "UDP"): number =>
  protocol === "TCP" ? (way === "NAT" ? 8080 : 80) : way === "NAT" ? 53 : UDP_PORT;

function service(way: Way, family: Family, protocol: "TCP" | "UDP"): string {
  const { method } = WAYS[way];
  // GRE of IPv4 and GUE of IPv6 with checksums, the others without.
  const checksum = (way === "GRE" && family === 4) || (way === "GUE" && family === 6) ? " csum" : "";
  const servers = SERVERS.map(
    (rs) => `    real_server ${serverAddress(rs, family)} ${protocol === "TCP" ? 80 : UDP_PORT} {
        TCP_CHECK {
            connect_port 80
        }
    }`,
  );
  const at = way === "mark" ? `fwmark ${MARK[family]}` : `${vip(way, family)} ${portOf(way, protocol)}`;
  return `
virtual_server ${at} {
    delay_loop 2
    lvs_sched rr
    lvs_method ${method}${checksum}
    ${way === "mark" ? "" : `protocol ${protocol}`}
${servers.join("\n")}
}
`;
}

const cells = FAMILIES.flatMap((family) => (Object.keys(WAYS) as Way[]).map((way) => ({ way, family })));
const CONFIG = cells
  .flatMap(({ way, family }) =>
    (way === "mark" ? (["TCP"] as const) : (["TCP", "UDP"] as const)).map((protocol) => service(way, family, protocol)),
  )
  .join("");

/** `node -e ECHO NAME ADDRESS…`: its name to whoever asks, from the address that was asked. */
const ECHO = `
const [name, ...addresses] = process.argv.slice(1);
for (const address of addresses) {
  const server = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
  server.on("message", (_, from) => server.send(name, from.port, from.address)).bind(${UDP_PORT}, address);
}
`;
/** `node -e ASK < ROWS`: two answers to each, asked from two ports. */
const ASK = `
const dgram = require("node:dgram");
const once = ({ address, port, local }) => new Promise((resolve) => {
  const socket = dgram.createSocket(address.includes(":") ? "udp6" : "udp4");
  const end = (answer) => { clearTimeout(timer); socket.close(); resolve(answer); };
  const timer = setTimeout(end, 3000, "none");
  socket.on("message", (answer) => end(String(answer))).on("error", (error) => end(error.code));
  socket.bind(0, local, () => socket.send("?", port, address));
});
const rows = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
Promise.all(rows.map(async (row) => [await once(row), await once(row)])).then((all) => console.log(JSON.stringify(all)));
`;

let lab: Lab;
/** Of each cell in its order. */
let udpAnswers: string[][];
beforeAll(async () => {
  lab = await Lab.start();
  await lab.run("cl", `ip addr add ${NAT_CLIENT[4]}/24 dev eth0 && ip addr add ${NAT_CLIENT[6]}/64 dev eth0 nodad`);
  await lab.run(null, "$(cat /proc/sys/kernel/modprobe) -a fou fou6"); // `ip fou` does not load them
  for (const rs of SERVERS) await prepareRealServer(rs);
  // None of IPv6 may become the source of checks and tunnels: the real servers have the same address on lo.
  const mine = cells.map(({ way, family }) =>
    family === 4
      ? `ip addr add ${vip(way, 4)}/24 dev eth0`
      : `ip addr add ${vip(way, 6)}/128 dev eth0 nodad preferred_lft 0`,
  );
  const sysctls =
    "sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0";
  const marks = FAMILIES.map((family) => {
    const match = `protocol ${family === 4 ? "ip" : "ipv6"} flower dst_ip ${vip("mark", family)}`;
    return `tc filter add dev eth0 ingress ${match} action skbedit mark ${MARK[family]}`;
  });
  await lab.run("d1", [sysctls, ...mine, "tc qdisc add dev eth0 clsact", ...marks].join(" && "));
  await lab.director("d1", CONFIG);
  await lab.eventually("all services have both real servers", 30_000, async () => {
    const lines = (await lab.run("d1", ["ipvsadm", "-Sn"])).split("\n");
    return lines.filter((line) => line.startsWith("-a")).length === 44;
  });
  const rows = cells.map(({ way, family }) => {
    const local = way === "NAT" ? NAT_CLIENT[family] : family === 4 ? addressOf("cl") : `${PREFIX[6]}50`;
    return { address: vip(way, family), port: portOf(way, "UDP"), local };
  });
  udpAnswers = JSON.parse(await lab.run("cl", [process.execPath, "-e", ASK], { stdin: JSON.stringify(rows) }));
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A web server and a UDP echo, silent about the virtual addresses, with an end of each kind of tunnel. */
async function prepareRealServer(rs: (typeof SERVERS)[number]): Promise<void> {
  const direct = (Object.keys(WAYS) as Way[]).filter((way) => way !== "NAT");
  await lab.drRealServer(
    rs,
    direct.map((way) => vip(way, 4)),
  );
  await lab.run(
    rs,
    [
      ...direct.map((way) => `ip addr add ${vip(way, 6)}/128 dev lo nodad`),
      `ip route add ${NAT_CLIENT[4]}/32 via ${addressOf("d1")}`,
      `ip -6 route add ${NAT_CLIENT[6]}/128 via 2001:db8::30`,
      `ip link add ends-ipip type ipip local ${addressOf(rs)}`,
      `ip link add ends-gre type gre local ${addressOf(rs)} icsum`,
      `ip link add ends-ip6 type ip6tnl mode ip6ip6 local ${serverAddress(rs, 6)}`,
      `ip link add ends-gre6 type ip6gre local ${serverAddress(rs, 6)}`,
      ...["ipip", "gre", "ip6", "gre6"].map((kind) => `ip link set ends-${kind} up`),
      "ip fou add port 6080 gue",
      "ip -6 fou add port 6080 gue",
      // Redirects would lead the answers around the director.
      "sysctl -qw net.ipv6.conf.all.accept_redirects=0 net.ipv6.conf.eth0.accept_redirects=0",
      "sysctl -qw net.ipv4.conf.ends-ipip.rp_filter=0 net.ipv4.conf.ends-gre.rp_filter=0",
    ].join(" && "),
  );
  await lab.web(rs);
  const addresses = FAMILIES.flatMap((family) => [
    ...direct.map((way) => vip(way, family)),
    serverAddress(rs, family), // where NAT sends it
  ]);
  await lab.spawn(rs, [process.execPath, "-e", ECHO, rs, ...addresses], { name: `${rs}-echo` });
  await lab.eventually(`${rs} has its echoes`, 20_000, async () => {
    const sockets = await lab.run(rs, `ss -Hlnu sport = :${UDP_PORT}`);
    return sockets.trim().split("\n").length === addresses.length;
  });
}

const both = (answers: readonly string[]): string[] => answers.map((answer) => answer.trim()).sort();

test.each(cells)("TCP over IPv$family by $way is answered by both real servers in turn", async ({ way, family }) => {
  const host = family === 4 ? vip(way, 4) : `[${vip(way, 6)}]`;
  const from = way === "NAT" ? ["--interface", NAT_CLIENT[family]] : [];
  const curl = ["curl", "-sS", "-f", "-m", "5", ...from, `http://${host}:${portOf(way, "TCP")}/`];
  expect(both([await lab.run("cl", curl), await lab.run("cl", curl)])).toEqual(["rs1", "rs2"]);
});

test.each(cells.map((cell, i) => ({ ...cell, i })))(
  "UDP over IPv$family by $way is answered by both real servers in turn",
  ({ i }) => {
    expect(both(udpAnswers[i] ?? [])).toEqual(["rs1", "rs2"]);
  },
);
