import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  pairConfig,
  REAL_SERVERS,
  serving,
  settle,
  startDirector,
  startWebServers,
  tableOf,
  VIPS,
} from "./lib/dual-master.ts";
import { Lab, type LabProcess } from "./lib/lab.ts";
import { recipe } from "./recipes.ts";

const PAIR = ["d1", "d2"] as const;
const URLS = [`http://${VIPS.one}/index.html`, `http://${VIPS.two}/index.html`];

describe("two directors of ours, each master of one VIP", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
    await startWebServers(lab);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  async function start(program: "lvskeeper" | "keepalived", persistenceS: number): Promise<LabProcess[]> {
    const options = { persistenceS, advertIntS: 1 };
    const running = [
      await startDirector(lab, "d1", program, pairConfig("A", options)),
      await startDirector(lab, "d2", program, pairConfig("B", options)),
    ];
    await settle(lab, "d1", "d2");
    await serving(lab, PAIR, REAL_SERVERS);
    return running;
  }

  async function stop(running: readonly LabProcess[]): Promise<void> {
    for (const process of running) await process.signal("SIGTERM");
    await Promise.all(running.map((process) => process.exited()));
  }

  /** What each director's kernel was told: its table, and its sync daemons with their ids. */
  async function programmed(): Promise<{ tables: string[]; daemons: string[] }> {
    const tables = await Promise.all(PAIR.map((at) => tableOf(lab, at)));
    const daemons = await Promise.all(PAIR.map((at) => lab.run(at, ["ipvsadm", "-L", "--daemon"])));
    return { tables, daemons };
  }

  describe("with persistence, after keepalived ran from the same files", () => {
    let expected: Awaited<ReturnType<typeof programmed>>;
    let running: readonly LabProcess[] = [];
    beforeAll(async () => {
      const theirs = await start("keepalived", 50);
      expected = await programmed();
      await stop(theirs);
      running = await start("lvskeeper", 50);
    });

    test("both tables are the same, and the same that keepalived made", async () => {
      const { tables } = await programmed();
      expect(tables[0]).toBe(tables[1]);
      expect(tables).toEqual(expected.tables);
      expect(tables[0]).toContain(`-A -t ${VIPS.one}:80 -s rr -p 50`);
    });

    test("a client stays with one web server on each VIP", async () => {
      for (const url of URLS) {
        const answers = new Set<string>();
        for (let i = 0; i < 4; i++) answers.add(await lab.curl("cl", url));
        expect(answers.size).toBe(1);
      }
    });

    test("each kernel's sync daemons follow the VRRP state: master of one instance's id, backup of the other's", async () => {
      await lab.eventually("both daemons on both directors", 15_000, async () => {
        const [d1 = "", d2 = ""] = (await programmed()).daemons;
        const has = (text: string, role: string, id: number): boolean =>
          text.includes(`${role} sync daemon (mcast=eth0, syncid=${id}`);
        return has(d1, "master", 38) && has(d1, "backup", 48) && has(d2, "master", 48) && has(d2, "backup", 38);
      });
    });

    test("a stop in order leaves no VIP, no service and no sync daemon behind", async () => {
      await stop(running);
      for (const at of PAIR) {
        expect(await lab.run(at, ["ip", "-4", "-br", "addr", "show", "dev", "eth0"])).not.toContain("/32");
        expect(await tableOf(lab, at)).toBe("");
        expect(await lab.run(at, ["ipvsadm", "-L", "--daemon"])).toBe("");
      }
    });
  });

  test("without persistence a client reaches both web servers through each VIP", async () => {
    const running = await start("lvskeeper", 0);
    for (const url of URLS) {
      const answers = [await lab.curl("cl", url), await lab.curl("cl", url)];
      expect(answers.sort()).toEqual(["rs1\n", "rs2\n"]);
    }
    await stop(running);
  });

  test("the recipe of master and backup: one VIP, web servers by their pages, a director that dies", async () => {
    const side = { d1: recipe("master-backup", "d1"), d2: recipe("master-backup", "d2") };
    const running = [await lab.director("d1", side.d1)];
    await lab.eventually("the VIP on d1", 20_000, () => lab.owns("d1", VIPS.one));
    running.push(await lab.director("d2", side.d2));
    const served = async (at: "d1" | "d2"): Promise<boolean> => (await tableOf(lab, at)).split(" -r ").length === 3;
    await lab.eventually("both web servers on both", 20_000, async () => (await served("d1")) && (await served("d2")));
    expect(await lab.curl("cl", `http://${VIPS.one}/index.html`)).toMatch(/^rs[12]\n$/);
    await lab.crash("d1");
    await lab.eventually("the VIP on d2", 20_000, () => lab.owns("d2", VIPS.one));
    await lab.eventually("a client is answered", 10_000, async () =>
      /^rs[12]\n$/.test(await lab.curl("cl", `http://${VIPS.one}/index.html`)),
    );
    await stop(running.slice(1));
    await lab.restore("d1");
  });
});
