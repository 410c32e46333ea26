import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { addressOf, type Host, Lab } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const TUNNELLED = "192.168.122.101";
const [RS1, RS2] = [addressOf("rs1"), addressOf("rs2")];

const TIMES = "connect_timeout 1\n      warmup 0\n      retry 0";
const CHECKS = {
  TCP_CHECK: `TCP_CHECK {\n      via_vip\n      ${TIMES}\n    }`,
  // A page that is longer than what the connection takes at once.
  HTTP_GET: `HTTP_GET {\n      via_vip\n      url {\n        path /long\n        status_code 200\n        regex the-end\n      }\n      ${TIMES}\n    }`,
  SSL_GET: `SSL_GET {\n      via_vip\n      connect_port 443\n      url {\n        path /\n        status_code 200\n      }\n      ${TIMES}\n    }`,
  SMTP_CHECK: `SMTP_CHECK {\n      via_vip\n      connect_port 25\n      ${TIMES}\n    }`,
};

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
  server { listen 80; listen 443 ssl; root /run/pages; location = / { return 200 "fine\\n"; } }
}
`;
/** Three times what its receiver takes at once. */
const longPage = `${"x".repeat(200_000)}\nthe-end\n`;

async function serve(lab: Lab, rs: "rs1" | "rs2"): Promise<void> {
  await lab.writeFile("/run/via.conf", nginx, { at: rs });
  await lab.run(rs, ["mkdir", "-p", "/run/pages"]);
  await lab.writeFile("/run/pages/long", longPage, { at: rs });
  const subject = ["-subj", "/CN=shop.example", "-keyout", "/run/via.key", "-out", "/run/via.crt"];
  await lab.run(rs, [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    ...subject,
  ]);
  await lab.spawn(rs, ["nginx", "-e", "stderr", "-c", "/run/via.conf"], { name: `${rs}-nginx` });
  const program = await lab.bundle("test/lab/checkers/faulty-peers.ts");
  const mail = JSON.stringify([{ port: 25, over: "smtp", how: "ok" }]);
  await lab.spawn(rs, [process.execPath, program, mail], { name: `${rs}-mail` });
  await lab.eventually(`all answer on ${rs}`, 20_000, async () => {
    const asked = "curl -skf -m 2 -o /dev/null https://127.0.0.1/ && curl -sf -m 2 -o /dev/null http://127.0.0.1/long";
    const { status } = await lab.exec(rs, ["sh", "-c", `${asked} && ss -Hltn sport = :25 | grep -q .`]);
    return status === 0;
  });
}

const service = (vip: string, kind: string): string => `
virtual_server ${vip} 80 {
  delay_loop 1
  lb_algo rr
  lb_kind ${kind}
  protocol TCP
  ${[RS1, RS2]
    .map(
      (rs) => `real_server ${rs} 80 {
    ${Object.values(CHECKS).join("\n    ")}
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
      await serve(lab, rs);
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

  test.for(["d1", "d2"] as const)("each kind that talks over TCP says so, from %s", async (at) => {
    await lab.eventually("rs2 is out, rs1 is in", 30_000, async () => (await table(at)) === only(RS1));
    const { stdout } = await lab.lvskeeper(at, ["status", "--json"]);
    const { checker } = JSON.parse(stdout) as { readonly checker?: CheckerStatus };
    const results = (rs: string): string[] =>
      (checker?.virtualServers ?? []).flatMap((vs) =>
        vs.realServers
          .filter(({ name }) => name.startsWith(`[${rs}]`))
          .flatMap(({ checkers }) =>
            checkers.map(({ kind, up, lastResult }) => `${kind} ${up} ${up ? "" : lastResult}`),
          ),
      );
    expect(new Set(results(RS1))).toEqual(new Set(Object.keys(CHECKS).map((kind) => `${kind} true `)));
    const missing = results(RS2);
    expect(missing).toHaveLength(8);
    for (const kind of Object.keys(CHECKS))
      expect(
        missing.filter((line) => line.startsWith(`${kind} false`) && line.includes("on its loopback interface?")),
      ).toHaveLength(2);
  });

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
