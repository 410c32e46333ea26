import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpointText } from "../../../src/core/ip.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import type { Fault } from "../../faults/fault-servers.ts";
import { closed, forwarding, lacking, silent, type ViaRow, viaSaid } from "../../faults/via-rows.ts";
import { addressOf, type Host, Lab, type LabProcess, NETWORK } from "../lib/lab.ts";
import { HOSTS } from "../lib/topology.ts";

type Family = 4 | 6;
type Server = "rs1" | "rs2";
const FAMILIES = [4, 6] as const;
const SERVERS = ["rs1", "rs2"] as const;
const DIRECTORS = ["d1", "d2"] as const;
const PREFIX = { 4: `${NETWORK}.`, 6: "2001:db8::" } as const;
const ownAddress = (host: Host, family: Family): string => (family === 4 ? addressOf(host) : PREFIX[6] + HOSTS[host]);

/** How a virtual address's packets get to its real servers, which may have another family. */
type Way = { readonly name: string; readonly family: Family; readonly method: string; readonly over?: Family };
const DIRECT: readonly Way[] = FAMILIES.map((family) => ({ name: `DR over IPv${family}`, family, method: "DR" }));
const TUNNELS: readonly Way[] = [
  ...FAMILIES.flatMap((family) => [
    { name: `IPv${family} in IPv${family}`, family, method: "TUN" },
    { name: `GRE over IPv${family}`, family, method: `TUN type gre${family === 4 ? " csum" : ""}` },
    { name: `GUE over IPv${family}`, family, method: `TUN type gue port 6080${family === 6 ? " csum" : ""}` },
  ]),
  { name: "IPv6 in IPv4", family: 6, method: "TUN", over: 4 },
  { name: "IPv4 in IPv6", family: 4, method: "TUN", over: 6 },
];
const WAYS = [...DIRECT, ...TUNNELS];
const vipOf = (way: Way): string => `${PREFIX[way.family]}${100 + WAYS.indexOf(way)}`;
const VIPS = WAYS.map(vipOf);

/** Where the services of a real server are, beside those of nginx. */
const TALKS: Readonly<Record<number, Fault>> = {
  25: { over: "tcp", how: "mail: fine" },
  50051: { over: "h2", how: "serving" },
};
const DATAGRAMS: Readonly<Record<number, Fault>> = {
  53: { over: "udp", how: "dns: fine" },
  5353: { over: "udp", how: "hex 0aff" },
};
const CHECKS: Readonly<Record<string, string>> = {
  TCP_CHECK: "",
  // A page that is longer than what the connection takes at once.
  HTTP_GET: "url {\npath /long\nstatus_code 200\nregex the-end\n}",
  SSL_GET: "connect_port 443\nurl {\npath /\nstatus_code 200\n}",
  SMTP_CHECK: "connect_port 25",
  GRPC_CHECK: "connect_port 50051",
  DNS_CHECK: "connect_port 53\ntype A\nname www.example.org",
  UDP_CHECK: "connect_port 5353\nrequire_reply 0aff",
  PING_CHECK: "",
};
/** All kinds of checks, or one of each protocol: a packet is wrapped without regard to what it holds. */
const ONE_EACH = ["TCP_CHECK", "DNS_CHECK", "PING_CHECK"];
const isFull = process.env.LVSKEEPER_LAB_FULL === "1";
const kindsOf = (way: Way, at: Host): readonly string[] =>
  isFull || (at === "d1" && DIRECT.includes(way)) ? Object.keys(CHECKS) : ONE_EACH;
/** What is checked at the same time. All kinds by all ways at once are more than a guest of one processor answers in time:
 *  there a way has its turn after the other. */
const TURNS: readonly (readonly Way[])[] = isFull ? WAYS.map((way) => [way]) : [WAYS];
const TURNS_TIMEOUT_MS = isFull ? 600_000 : 180_000;
const CONFIG = "/etc/keepalived/keepalived.conf";
const SOCKET = "/run/lvskeeper/control.sock";

function service(way: Way, at: Host): string {
  const { family, method, over = family } = way;
  const source = over === family ? "" : `bindto ${ownAddress(at, family)}`;
  const checks = kindsOf(way, at).map(
    (kind) => `${kind} {\nvia_vip\n${source}\n${CHECKS[kind]}\nconnect_timeout 1\nwarmup 0\nretry 0\n}`,
  );
  const servers = SERVERS.map((rs) => `real_server ${ownAddress(rs, over)} 80 {\n${checks.join("\n")}\n}`);
  const head = `delay_loop 3\nlb_algo rr\nlb_kind ${method}\nprotocol TCP`;
  return `virtual_server ${vipOf(way)} 80 {\n${head}\n${servers.join("\n")}\n}\n`;
}

const nginx = `daemon off;
error_log /dev/null;
pid /run/via.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path /run/via-body;
  proxy_temp_path /run/via-proxy;
  fastcgi_temp_path /run/via-fastcgi;
  uwsgi_temp_path /run/via-uwsgi;
  scgi_temp_path /run/via-scgi;
  ssl_certificate /run/via.crt;
  ssl_certificate_key /run/via.key;
  default_type text/plain;
  server {
    listen 80; listen [::]:80; listen 443 ssl; listen [::]:443 ssl;
    root /run/pages; location = / { return 200 "fine\\n"; }
  }
}
`;
/** Three times what its receiver takes at once. */
const longPage = `${"x".repeat(200_000)}\nthe-end\n`;
const KEY = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=shop.example";

async function serve(lab: Lab, rs: Server): Promise<void> {
  await lab.writeFile("/run/via.conf", nginx, { at: rs });
  await lab.run(rs, ["mkdir", "-p", "/run/pages"]);
  await lab.writeFile("/run/pages/long", longPage, { at: rs });
  await lab.run(rs, ["openssl", ...KEY.split(" "), "-keyout", "/run/via.key", "-out", "/run/via.crt"]);
  await lab.spawn(rs, ["nginx", "-e", "stderr", "-c", "/run/via.conf"], { name: `${rs}-nginx` });
  const program = await lab.bundle("test/faults/fault-servers.ts");
  // Whoever answers from all its addresses takes any of them; the virtual ones may come later.
  await lab.run(rs, "sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1");
  const addresses = [...VIPS, ...FAMILIES.map((family) => ownAddress(rs, family))].join(",");
  for (const [hosts, servers] of [
    ["::", TALKS],
    [addresses, DATAGRAMS],
  ] as const) {
    const words = [process.execPath, program, hosts, JSON.stringify(servers)];
    const server = await lab.spawn(rs, words, { name: `${rs}-${servers === TALKS ? "talks" : "datagrams"}` });
    await lab.eventually("the servers listen", 30_000, async () => (await server.log()).includes("listening"));
  }
  await lab.eventually(`nginx answers on ${rs}`, 20_000, async () => {
    const asked = "curl -skf -m 2 -o /dev/null https://127.0.0.1/ && curl -sf -m 2 -o /dev/null http://[::1]/long";
    return (await lab.exec(rs, ["sh", "-c", asked])).status === 0;
  });
}

/** An end of each kind of tunnel. */
const tunnelEnds = (rs: Server): string => {
  const [local4, local6] = [ownAddress(rs, 4), ownAddress(rs, 6)];
  const ends = [
    `ipip type ipip local ${local4}`,
    `sit type sit local ${local4}`,
    `gre type gre local ${local4} icsum`,
    `ip6 type ip6tnl mode any local ${local6}`,
    `gre6 type ip6gre local ${local6}`,
  ];
  return [
    ...ends.flatMap((end) => [`ip link add ends-${end}`, `ip link set ends-${end.split(" ")[0]} up`]),
    "ip fou add port 6080 gue",
    "ip -6 fou add port 6080 gue",
    ...["all", "ends-ipip", "ends-gre", "ends-ip6"].map((name) => `sysctl -qw net.ipv4.conf.${name}.rp_filter=0`),
  ].join(" && ");
};

const ownVips = (ways: readonly Way[], ...on: string[]): string =>
  ways
    .map(vipOf)
    .map((vip) => `ip addr add ${vip}/${vip.includes(":") ? "128" : "32"} ${on.join(" ")}`)
    .join(" && ");

/** rs1 is a real server as it should be; rs2 runs the same services, and lacks the virtual addresses. d1 has these, as the
 *  master does; d2 does not, as the backup. */
describe("via_vip", () => {
  let lab: Lab;
  const directors: { [At in Host]?: { readonly process: LabProcess; ways: readonly Way[] } } = {};
  beforeAll(async () => {
    lab = await Lab.start();
    await lab.run(null, "$(cat /proc/sys/kernel/modprobe) -a fou fou6"); // `ip fou` does not load them
    await lab.drRealServer("rs1", []);
    await lab.drRealServer("rs2", []);
    await lab.run("rs1", ownVips(WAYS, "dev", "lo"));
    for (const rs of SERVERS) {
      await lab.run(rs, tunnelEnds(rs));
      // Else not every datagram to a closed port is refused.
      await lab.run(rs, "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0");
      await serve(lab, rs);
      // Over IPv4 the real servers forward, and would hand a client's packet on to the machine that has the address.
      await lab.run(rs, "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=0");
    }
    // None may become the source of other packets of IPv6.
    await lab.run(
      "d1",
      ownVips(WAYS, "dev", "eth0").replaceAll("/128 dev eth0", "/128 dev eth0 nodad preferred_lft 0"),
    );
    await lab.run("d1", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    for (const at of DIRECTORS) {
      const ways = TURNS[0] ?? [];
      directors[at] = { process: await lab.director(at, config(at, ways), ["-C"]), ways };
    }
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const config = (at: Host, ways: readonly Way[]): string => ways.map((way) => service(way, at)).join("");

  /** Has a director check these ways, and no others. */
  async function watch(at: Host, ways: readonly Way[]): Promise<void> {
    const director = directors[at];
    if (!director || director.ways === ways) return;
    await lab.writeFile(CONFIG, config(at, ways), { at });
    await director.process.signal("SIGHUP");
    director.ways = ways;
  }

  const checkersOf = async (at: Host) => {
    // A program of ours that begins would keep a guest of one processor from its answers for a second.
    const text = await lab.run(at, ["curl", "-sS", "--unix-socket", SOCKET, "http://localhost/status"]);
    const { checker } = JSON.parse(text) as { readonly checker?: CheckerStatus };
    return (way: Way, rs: Server) => {
      const service = checker?.virtualServers.find(({ name }) => name === `[${vipOf(way)}]:tcp:80`);
      const server = ownAddress(rs, way.over ?? way.family);
      return service?.realServers.find(({ name }) => name === `[${server}]:tcp:80`)?.checkers ?? [];
    };
  };
  /** "WAY: REAL-SERVER" for each entry of the table. */
  const table = async (at: Host): Promise<string> => {
    const rules = await lab.run(at, ["ipvsadm", "-Sn"]);
    const entries = rules.matchAll(/^-a -t \[?([^\s\]]+)\]?:80 -r \[?([^\s\]]+)\]?:80 /gm);
    return [...entries]
      .map(([, vip, rs]) => `${vip} of ${rs}`)
      .sort()
      .join();
  };
  const only = (ways: readonly Way[], ...servers: Server[]): string =>
    servers
      .flatMap((rs) => ways.map((way) => `${vipOf(way)} of ${ownAddress(rs, way.over ?? way.family)}`))
      .sort()
      .join();
  const said = (row: ViaRow, way: Way, kind: string): RegExp | undefined => {
    const vip = vipOf(way);
    const port = /connect_port (\d+)/.exec(CHECKS[kind] ?? "")?.[1] ?? "80";
    const host = ownAddress("rs2", way.over ?? way.family);
    return viaSaid(row, kind, { vip, asked: endpointText(vip, Number(port)), host, limit: "1 s" });
  };
  const rs2IsOut = (at: Host, ways: readonly Way[]): Promise<unknown> =>
    lab.eventually("rs2 is out, rs1 is in", 60_000, async () => (await table(at)) === only(ways, "rs1"));

  test.for(DIRECTORS)(
    "a real server without the address is found out by each kind, from %s, and only that",
    { timeout: TURNS_TIMEOUT_MS },
    async (at) => {
      for (const ways of TURNS) {
        await watch(at, ways);
        const found = async (): Promise<string[]> => {
          const checkers = await checkersOf(at);
          const all = ways.flatMap((way) =>
            SERVERS.flatMap((rs) =>
              checkers(way, rs).map(({ kind, up, lastResult = "" }) => {
                const isSaid = [lacking, forwarding].some((row) => said(row, way, kind)?.test(lastResult));
                return `${way.name} ${rs} ${kind} ${up ? "up" : `down: ${isSaid ? "the address" : lastResult}`}`;
              }),
            ),
          );
          return all.sort();
        };
        const wanted = ways.flatMap((way) =>
          SERVERS.flatMap((rs) =>
            kindsOf(way, at).map((kind) => `${way.name} ${rs} ${kind} ${rs === "rs1" ? "up" : "down: the address"}`),
          ),
        );
        wanted.sort();
        await rs2IsOut(at, ways).catch(() => undefined);
        // What asks over TCP knows a second later.
        await lab
          .eventually("each check has its verdict", 30_000, async () => (await found()).join() === wanted.join())
          .catch(() => undefined);
        expect(await found()).toEqual(wanted);
        expect(await table(at)).toBe(only(ways, "rs1"));
      }
    },
  );

  test("one that forwards says so itself to what asks over UDP and by ICMP, without a time limit", async () => {
    await rs2IsOut("d1", directors.d1?.ways ?? []);
    const text = await directors.d1?.process.log();
    const lines = text?.split("\n") ?? [];
    /** `name`: what keepalived's sentences call a check of that kind. */
    const isLogged = (kind: string, name: string): boolean =>
      WAYS.some((way) => {
        const words = said(forwarding, way, kind)?.source.slice(1, -1);
        return words !== undefined && lines.some((line) => new RegExp(`${name} .*\\(${words}\\)`).test(line));
      });
    const names = { DNS_CHECK: "DNS_CHECK", UDP_CHECK: "UDP_CHECK", PING_CHECK: "ICMP CHECK" };
    expect(Object.entries(names).filter(([kind, name]) => !isLogged(kind, name))).toEqual([]);
  });

  test("it is in again once it has the addresses, and what it is asked opens no connection that stays", {
    timeout: TURNS_TIMEOUT_MS,
  }, async () => {
    for (const ways of TURNS) {
      await watch("d1", ways);
      await rs2IsOut("d1", ways);
      await lab.run("rs2", ownVips(ways, "dev", "lo"));
      await lab.eventually("rs2 is in", 60_000, async () => (await table("d1")) === only(ways, "rs1", "rs2"));
      // Some may be on their way at any moment.
      await lab.eventually("none is half-open", 20_000, async () => {
        return (await lab.run("rs2", ["ss", "-Htn", "state", "syn-recv"])).trim() === "";
      });
      const connections = (await lab.run("d1", ["ipvsadm", "-Lnc"])).split("\n");
      expect(connections.filter((line) => /^(TCP|UDP|ICMP)/.test(line))).toEqual([]);
    }
  });

  /** All checks of rs2 that a row has words for have said them. */
  const allSay = (row: ViaRow, ways: readonly Way[]): Promise<unknown> =>
    lab.eventually(`each check says that it ${row.fault}`, 60_000, async () => {
      const checkers = await checkersOf("d1");
      return ways.every((way) => {
        const all = checkers(way, "rs2");
        const haveSaid = all.filter(({ kind, up, lastResult = "" }) => {
          const words = said(row, way, kind);
          return words === undefined || (!up && words.test(lastResult));
        });
        return haveSaid.length === kindsOf(way, "d1").length && all.length === haveSaid.length;
      });
    });

  test("where nobody listens any more, and where the machine is off, that is what is said", {
    timeout: TURNS_TIMEOUT_MS,
  }, async () => {
    const inTurn = async (row: ViaRow): Promise<void> => {
      for (const ways of TURNS) {
        await watch("d1", ways);
        await rs2IsOut("d1", ways);
        await allSay(row, ways);
      }
    };
    await lab.killAll("rs2");
    await inTurn(closed);
    await lab.cut("rs2");
    await inTurn(silent);
    const { ways = [] } = directors.d1 ?? {};
    expect(await table("d1")).toBe(only(ways, "rs1"));
  });
});
