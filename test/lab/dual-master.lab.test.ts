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
});
