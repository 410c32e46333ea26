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
  delay_loop 0.5
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
      connect_timeout 0.5
      nb_get_retry 2
      delay_before_retry 0.5
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
        reason: "/health: an answer did not come within 0.5 s",
        begin: () => web.mode("hang"),
        end: () => web.mode("ok"),
      },
      {
        fault: "an answer that drips in",
        reason: "/health: the whole answer did not come within 1.5 s",
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
        expect(elapsedMs).toBeGreaterThan(950); // two retries, half a second apart
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
        expect(gap).toBeGreaterThan(480);
        expect(gap).toBeLessThan(1000);
      }
      await lab.eventually("it is back", 30_000, async () => (await destinations()).includes(`${RS2}:80`));
    });
  });
});
