import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { Lab, type LabProcess } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const [RS1, RS2] = ["192.168.122.10", "192.168.122.20"];
const digest = createHash("md5").update("all is well\n").digest("hex");

type RealServer = CheckerStatus["virtualServers"][number]["realServers"][number];

describe("real servers", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** A web server on a host that fails as `mode` says, from the next request on. */
  async function faultyWeb(at: "rs1" | "rs2") {
    const modeFile = `/tmp/mode-${at}`;
    await lab.writeFile(modeFile, "ok");
    const program = await lab.bundle("test/lab/checkers/faulty-web.ts");
    let server: LabProcess;
    const start = async (): Promise<void> => {
      server = await lab.spawn(at, [process.execPath, program, "80", modeFile], { name: `${at}-web` });
      await lab.eventually(`the web server of ${at} listens`, 20_000, async () =>
        (await server.log()).includes("listening"),
      );
    };
    await start();
    return {
      mode: (mode: string) => lab.writeFile(modeFile, mode),
      start,
      stop: async (): Promise<void> => {
        await server.signal("SIGKILL");
        await server.exited();
      },
      requests: async (): Promise<number[]> =>
        (await server.log())
          .split("\n")
          .filter((line) => /^\d+ /.test(line))
          .map((line) => Number.parseInt(line, 10)),
    };
  }

  const destinations = async (): Promise<string[]> =>
    (await lab.run("d1", ["ipvsadm", "-Ln"]))
      .split("\n")
      .filter((line) => line.startsWith("  ->"))
      .map((line) => line.split(/\s+/)[2] ?? "")
      .filter((word) => word.includes("."));

  /** A real server in `status --json`. */
  async function statusOf(name: string): Promise<RealServer | undefined> {
    const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
    const found = (value: unknown): RealServer | undefined => {
      if (typeof value !== "object" || value === null) return undefined;
      if ("inTable" in value && "name" in value && value.name === name) return value as RealServer;
      for (const inner of Object.values(value)) {
        const there = found(inner);
        if (there) return there;
      }
      return undefined;
    };
    return found(JSON.parse(stdout));
  }

  async function started(director: LabProcess): Promise<void> {
    await lab.eventually(
      "the table is filled",
      20_000,
      async () => (await destinations()).length > 0 || director.exit !== undefined,
    );
    expect(director.exit).toBeUndefined();
  }

  async function stop(process: LabProcess): Promise<void> {
    await process.signal("SIGTERM");
    await process.exited();
  }

  describe("that fail", () => {
    const config = `
global_defs {
  router_id lab
}
virtual_server ${VIP} 80 {
  delay_loop 1
  lb_algo rr
  lb_kind DR
  protocol TCP
${[RS1, RS2]
  .map(
    (address) => `
  real_server ${address} 80 {
    weight 1
    HTTP_GET {
      url {
        path /health
        digest ${digest}
        status_code 200
      }
      connect_timeout 1
      nb_get_retry 2
      delay_before_retry 1
      warmup 0
    }
  }`,
  )
  .join("")}
}
`;
    let director: LabProcess;
    let web: Awaited<ReturnType<typeof faultyWeb>>;
    beforeAll(async () => {
      [, web] = await Promise.all([faultyWeb("rs1"), faultyWeb("rs2")]);
      director = await lab.director("d1", config, ["-C"]);
      await started(director);
      await lab.eventually("a first check", 20_000, async () => (await web.requests()).length > 1);
    });
    afterAll(() => stop(director));

    const name = `[${RS2}]:tcp:80`;
    const sentence = `HTTP_CHECK on service ${name} failed after 2 retries.`;

    test.for([
      {
        fault: "a wrong status",
        reason: "/health answered with status 503, not 200",
        begin: () => web.mode("status"),
        end: () => web.mode("ok"),
      },
      {
        fault: "a wrong digest",
        reason: "/health has the digest",
        begin: () => web.mode("digest"),
        end: () => web.mode("ok"),
      },
      {
        fault: "an answer that never comes",
        reason: "/health: an answer did not come within 1 s",
        begin: () => web.mode("hang"),
        end: () => web.mode("ok"),
      },
      {
        fault: "an answer that drips in",
        reason: "/health: the whole answer did not come within 3 s",
        begin: () => web.mode("drip"),
        end: () => web.mode("ok"),
      },
      {
        fault: "a reset connection",
        reason: `${RS2}:80 reset the connection`,
        begin: () => web.mode("reset"),
        end: () => web.mode("ok"),
      },
      {
        fault: "a refused connection",
        reason: `${RS2}:80 refused the connection`,
        begin: () => web.stop(),
        end: () => web.start(),
      },
      {
        fault: "an unreachable host",
        reason: `${RS2}:80 cannot be reached (EHOSTUNREACH)`,
        begin: () => lab.run("d1", `ip route add unreachable ${RS2}`),
        end: () => lab.run("d1", `ip route del unreachable ${RS2}`),
      },
      {
        fault: "its death",
        reason: "",
        begin: () => lab.cut("rs2"),
        end: () => lab.restore("rs2"),
      },
    ])(
      "$fault takes it out after the configured retries, and its end brings it back",
      async ({ reason, begin, end }) => {
        const seenBefore = (await director.log()).length;
        const since = Date.now();
        await begin();
        const elapsedMs = await lab.eventually(
          "it is out",
          30_000,
          async () => !(await destinations()).includes(`${RS2}:80`),
        );
        expect(await destinations()).toEqual([`${RS1}:80`]);
        expect(elapsedMs).toBeGreaterThan(1900); // two retries, a second apart
        const log = (await director.log()).slice(seenBefore);
        expect(log).toContain(`${sentence} (${reason}`);
        expect(log).toContain(`Removing service ${name} from VS [${VIP}]:tcp:80`);
        const status = await statusOf(name);
        expect(status).toMatchObject({ alive: false, inTable: false });
        expect(status?.why).toContain(reason);
        expect(status?.sinceWallMs).toBeGreaterThan(since);
        expect(status?.sinceWallMs).toBeLessThanOrEqual(Date.now() + 1000);

        await end();
        await lab.eventually("it is back", 30_000, async () => (await destinations()).includes(`${RS2}:80`));
        expect(await statusOf(name)).toMatchObject({ alive: true, inTable: true, why: "" });
        expect((await director.log()).slice(seenBefore)).toContain(`Adding service ${name} to VS [${VIP}]:tcp:80`);
      },
    );

    test("is asked again delay_before_retry later while it fails, not more than the retries before it goes", async () => {
      const before = (await web.requests()).length;
      await web.mode("status");
      await lab.eventually("it is out", 30_000, async () => !(await destinations()).includes(`${RS2}:80`));
      const times = (await web.requests()).slice(before);
      await web.mode("ok");
      // The last request before the mode changed may still be among them.
      expect(times.length).toBeGreaterThanOrEqual(3);
      expect(times.length).toBeLessThanOrEqual(4);
      const gaps = times.slice(-2).map((time, i) => time - (times.at(-3 + i) as number));
      for (const gap of gaps) {
        expect(gap).toBeGreaterThan(950);
        expect(gap).toBeLessThan(1500);
      }
      await lab.eventually("it is back", 30_000, async () => (await destinations()).includes(`${RS2}:80`));
    });
  });

  test("the MySQL article: when the port closes notify_down runs, and the log has script, user, exit status and what it wrote", async () => {
    await lab.writeFile(
      "/tmp/closekeepalived.sh",
      "#!/bin/sh\necho 'Failed to stop keepalived.service: Unit not loaded' >&2\nexit 5\n",
    );
    // The brace glued to the port, and nb_get_retry in a TCP_CHECK, are the article's own.
    const config = `
virtual_server ${VIP} 3306{
    delay_loop 1
    lb_algo wrr
    lb_kind DR
    persistence_timeout 50
    protocol TCP
    real_server ${RS1} 3306 {
        weight 3
        notify_down /tmp/closekeepalived.sh
        TCP_CHECK{
            connect_timeout 2
            nb_get_retry 3
            delay_before_retry 1
            connect_port 3306
        }
    }
}
`;
    const mysql = await banner("rs1", 3306, "mysql");
    const director = await lab.director("d1", config, ["-C"]);
    await started(director);
    await lab.eventually("the port is checked", 20_000, async () =>
      (await director.log()).includes(`TCP connection to [${RS1}]:tcp:3306 success.`),
    );
    await stop(mysql);
    await lab.eventually("notify_down has run", 30_000, async () => (await director.log()).includes("notify_down of"));
    const log = await director.log();
    expect(log).toContain(
      `TCP_CHECK on service [${RS1}]:tcp:3306 failed after 3 retries. (${RS1}:3306 refused the connection)`,
    );
    expect(log).toContain(`Removing service [${RS1}]:tcp:3306 from VS [${VIP}]:tcp:3306`);
    expect(log).toMatch(
      /notify_down of \[192\.168\.122\.10\]:tcp:3306 of VS \[192\.168\.122\.100\]:tcp:3306: \/tmp\/closekeepalived\.sh \(as \w[^)]*\) exited with status 5; it wrote: Failed to stop keepalived\.service: Unit not loaded/,
    );
    await stop(director);
    expect(await destinations()).toEqual([]);
  });

  test("L4 balancing by NAT: VIP:1122 leads to port 22 of a real server, VIP:3306 to 3306 of both", async () => {
    const real = (address: string, port: number): string =>
      `real_server ${address} ${port} {\n weight 1\n TCP_CHECK {\n connect_timeout 2\n warmup 0\n }\n }`;
    const config = `
virtual_server ${VIP} 1122 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  ${real(RS1 as string, 22)}
}
virtual_server ${VIP} 3306 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  ${real(RS1 as string, 3306)}
  ${real(RS2 as string, 3306)}
}
`;
    const servers = [
      await banner("rs1", 22, "ssh"),
      await banner("rs1", 3306, "mysql"),
      await banner("rs2", 3306, "mysql"),
    ];
    // All hosts are on one switch: the answers of the real servers must find their way back through the director.
    await lab.run(
      "d1",
      `sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0; ip addr add ${VIP}/32 dev eth0`,
    );
    for (const host of ["rs1", "rs2"] as const) await lab.run(host, "ip route add 192.168.122.50 via 192.168.122.30");
    const director = await lab.director("d1", config, ["-C"]);
    await started(director);
    await lab.eventually("all are checked", 20_000, async () => (await director.log()).split(" success.").length > 3);
    const ask = (port: number): Promise<string> =>
      lab.run("cl", ["timeout", "5", "bash", "-c", `exec 3<>/dev/tcp/${VIP}/${port}; head -n 1 <&3`]);
    expect(await ask(1122)).toBe("ssh of rs1\n");
    expect([await ask(3306), await ask(3306)].sort()).toEqual(["mysql of rs1\n", "mysql of rs2\n"]);
    expect(await lab.run("d1", ["ipvsadm", "-Sn"])).toContain(`-a -t ${VIP}:1122 -r ${RS1}:22 -m -w 1`);
    await stop(director);
    for (const server of servers) await stop(server);
  });

  /** A server that says one line to whoever connects. */
  async function banner(at: "rs1" | "rs2", port: number, what: string): Promise<LabProcess> {
    const script = `require("net").createServer((s) => { s.on("error", () => {}); s.end("${what} of ${at}\\n"); }).listen(${port}, () => console.log("listening"));`;
    const server = await lab.spawn(at, [process.execPath, "-e", script], { name: `${at}-${what}` });
    await lab.eventually(`${what} listens on ${at}`, 20_000, async () => (await server.log()).includes("listening"));
    return server;
  }
});
