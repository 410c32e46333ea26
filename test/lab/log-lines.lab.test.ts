import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Host, Lab, type LabProcess } from "./lib/lab.ts";
import { CONFIG, GATE, KINDS, type Kind, PINGED, SERVER, saidOf, sentencesOf, TRACKED } from "./log/kinds.ts";

// What people look for in the log: the sentences about each kind of check, as Debian's keepalived has them, when a server
// comes, goes with a refusal, and goes without a word.

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const DIRECTORS = ["d1", "d2"] as const;

describe.runIf(full)("log lines of checks", () => {
  let lab: Lab;
  let theirs = "";
  let ours = "";

  const gates = async (closed: boolean): Promise<void> => {
    for (const at of DIRECTORS)
      await lab.run(at, `${closed ? "touch" : "rm -f"} ${GATE}; echo ${closed ? 1 : 0} > ${TRACKED}`);
    await lab.run("rs1", `ip addr ${closed ? "del" : "add"} ${PINGED}/24 dev eth0`);
  };
  const peers = async (program: string): Promise<LabProcess> => {
    const process_ = await lab.spawn("rs1", [process.execPath, program, "/run/key.pem", "/run/cert.pem"]);
    await lab.eventually("the peers listen", 60_000, async () => (await process_.log()).includes("they listen"));
    return process_;
  };
  const count = async (director: LabProcess, what: RegExp): Promise<number> =>
    new Set((await director.log()).match(what) ?? []).size;

  beforeAll(async () => {
    lab = await Lab.start();
    const program = await lab.bundle("test/lab/log/peers.ts");
    await lab.run(
      "rs1",
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x -keyout /run/key.pem -out /run/cert.pem 2>/dev/null",
    );
    await gates(false);
    let server = await peers(program);
    const start = (at: Host, make: "keepalived" | "director") => lab[make](at, CONFIG);
    const directors = await Promise.all([start("d1", "keepalived"), start("d2", "director")]);
    const all = (what: string, pattern: RegExp, times: number) =>
      lab.eventually(what, 180_000, async () => {
        const counts = await Promise.all(directors.map((director) => count(director, pattern)));
        return counts.every((one) => one >= times);
      });
    const inTable = (what: string, servers: number) =>
      lab.eventually(what, 180_000, async () => {
        const tables = await Promise.all(DIRECTORS.map((at) => lab.table(at)));
        return tables.every((table) => (table.match(/->.*Masq/g) ?? []).length === servers);
      });
    await all("all are found well", /^.*(success|succeed).*$/gm, KINDS.length - 3);
    await gates(true);
    await server.signal("SIGKILL");
    await server.exited();
    await inTable("all are down", 0);
    await gates(false);
    server = await peers(program);
    await inTable("all are up", KINDS.length);
    // Packets to it go nowhere, and nothing is said.
    const each = (command: string) =>
      Promise.all(
        DIRECTORS.map((at) =>
          Promise.all([SERVER, PINGED].map((ip) => lab.run(at, `ip neigh ${command.replace("IP", ip)} dev eth0`))),
        ),
      );
    await each("replace IP lladdr 02:00:00:00:99:99 nud permanent");
    await inTable("those who are asked over the network are down", 2);
    await each("del IP");
    await inTable("all are up again", KINDS.length);
    for (const director of directors) await director.signal("SIGTERM");
    for (const director of directors) await director.exited();
    [theirs, ours] = (await Promise.all(directors.map((director) => director.log()))) as [string, string];
  }, 900_000);
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test.each(KINDS)("%s: what is told of it begins as keepalived's", (kind: Kind) => {
    const said = { theirs: saidOf(theirs, kind), ours: saidOf(ours, kind) };
    for (const sentence of sentencesOf(kind))
      for (const [who, lines] of Object.entries(said))
        expect(
          lines.filter((line) => line.startsWith(sentence)),
          `${who}: ${sentence}`,
        ).not.toEqual([]);
  });
});
