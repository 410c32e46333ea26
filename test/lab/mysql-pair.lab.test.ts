import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";
import { Pair, TAKEOVER_MS } from "./pair-story.ts";

const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const VIP = `${NETWORK}.222`;
const SCRIPT = "/etc/keepalived/closekeepalived.sh";

// MariaDB on each director. The two do not replicate each other: which of them answers is what is asked.
describe("a pair of MySQL servers that share one VIP", () => {
  let lab: Lab;
  let pair: Pair;
  let mysql: LabProcess;
  let director: LabProcess;

  beforeAll(async () => {
    lab = await Lab.start();
    pair = new Pair(lab, "mysql-pair", VIP);
    mysql = await lab.mysql("d1");
    await lab.mysql("d2");
    director = await pair.start("d1");
    await pair.start("d2");
    await pair.holds("d1");
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const answer = (): Promise<string> => lab.askMysql("cl", VIP);

  test("a client reaches the server that holds the VIP", async () => {
    expect(await answer()).toBe("d1\n");
  });

  test("MySQL's port is closed: notify_down runs and stops the director, and the VIP moves", async () => {
    const client = await lab.queries("cl", VIP);
    await mysql.signal("SIGTERM");
    await pair.holds("d2");
    expect(await director.exited()).toMatchObject({ code: 0 });
    expect(await answer()).toBe("d2\n");
    await pair.serves("d2", client);
    const { bodies, longestMs } = await client.stop();
    expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
    expect(longestMs).toBeLessThan(8000 + TAKEOVER_MS); // delay_loop 2, three retries 1 s apart, then the skew
  });

  test("the log tells which script ran as whom, how it ended and what it wrote", async () => {
    const log = await director.log();
    expect(log).toMatch(new RegExp(`notify_down .*${SCRIPT} \\(as [^)]+\\)`));
    expect(log).toContain("it wrote: MySQL is down: giving the VIP away");
  });

  test("MySQL runs again and the director is started: it takes the VIP back", async () => {
    mysql = await lab.mysql("d1");
    director = await pair.start("d1");
    await pair.holds("d1");
    expect(await answer()).toBe("d1\n");
  });

  test.runIf(FULL)("the master's cable is pulled: its backup serves, and gives the VIP back", async () => {
    const client = await lab.queries("cl", VIP);
    await lab.cut("d1");
    expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS);
    expect(await pair.instance("d1")).toMatchObject({ state: "fault", faults: ["interface eth0 is down"] });
    await pair.serves("d2", client);
    await lab.restore("d1");
    await pair.holds("d1");
    await pair.serves("d1", client);
    expect((await client.stop()).longestMs).toBeLessThan(TAKEOVER_MS);
    expect(director.exit).toBeUndefined(); // its own MySQL answered all the time
  });

  test("the master's host dies: its backup takes over without a goodbye", async () => {
    const client = await lab.queries("cl", VIP);
    await lab.crash("d1");
    expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS);
    await pair.serves("d2", client);
    expect((await client.stop()).longestMs).toBeLessThan(TAKEOVER_MS);
    expect(await pair.instance("d2")).toMatchObject({ state: "master", why: expect.stringContaining(addressOf("d1")) });
  });
});
