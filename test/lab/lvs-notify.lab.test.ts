import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "./lib/lab.ts";
import { rs, services, vs } from "./notify/servers.ts";
import { bothTell, subjectOf, type Told } from "./notify/teller.ts";

// What scripts and FIFOs are told of real servers and quorums, by Debian's keepalived on one director and by ours on the
// other. A short form stands in drop-in-lvs.lab.test.ts.

/** keepalived 2.2 resolves escapes twice, so that what they have protected quotes then; ours once, as later versions. */
const asWritten = (ran: Told["ran"]): Told["ran"] =>
  Object.fromEntries(
    Object.entries(ran).map(([, lines]) => {
      const written = lines.map((line) => line.replace("<quoted>", '<"quoted">'));
      return [subjectOf(written[0] ?? ""), written];
    }),
  );

/** What runs at a stop has a second or two, so that the last word of a script may be missing where the guest is slow. */
function expectRan(ours: Told["ran"], theirs: Told["ran"]): void {
  for (const subject of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const [our = [], their = []] = [ours[subject], theirs[subject]];
    const both = Math.min(our.length, their.length);
    expect(our.slice(0, both)).toEqual(their.slice(0, both));
    expect(Math.abs(our.length - their.length)).toBeLessThanOrEqual(1);
  }
}

const full = process.env.LVSKEEPER_LAB_FULL === "1";

describe.runIf(full)("lvs_notify_fifo and the scripts of servers, beside keepalived", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test("from the start through losses of quorum to the end", async () => {
    const ports = [80, 81, 82, 83];
    const { theirs, ours } = await bothTell(lab, async (director) => {
      const list = [services.two, services.plain, services.alpha, services.sorry];
      await director.start({ services: list }, { a: 0, b: 1, c: 0 });
      await director.tellsAll([rs("b", 80, "DOWN"), rs("b", 81, "DOWN"), rs("a", 82, "UP")]);
      for (const [status, weight] of [
        [7, 5],
        [255, 253],
      ] as const) {
        await director.gate({ a: status });
        for (const port of ports) await director.weighs(`192.168.122.11:${port}`, weight);
      }
      await director.gate({ a: 1 });
      await director.tellsAll(ports.map((port) => vs(port, "DOWN")));
      await director.gate({ a: 0 });
      await director.tellsAll(
        ports.slice(0, 2).map((port) => vs(port, "UP")),
        2,
      );
      await director.gate({ b: 0 });
      await director.tellsAll([rs("b", 80, "UP"), rs("b", 81, "UP")]);
      await director.tellsAll(
        ports.slice(2).map((port) => vs(port, "UP")),
        2,
      );
      await director.stop();
      await director.tellsAll([vs(80, "DOWN"), vs(82, "DOWN")], 2);
    });
    expect(ours.lines).toEqual(theirs.lines);
    expectRan(ours.ran, asWritten(theirs.ran));
    expect(theirs.ran["<quorum><two>"]).toContain("<quorum><down><two><><quoted>");
    expect(new Set(ours.users)).toEqual(new Set(theirs.users));
    expect(ours.table).toEqual(theirs.table);
    expect(theirs.readerWords).toEqual(["<first><the second><third></run/notify/fifo>"]);
    expect(ours.readerWords).toEqual(['<first><the second><"third"></run/notify/fifo>']);
    // What reads a FIFO of ours is told first how all stands.
    expect(ours.read).toEqual(expect.arrayContaining([...theirs.read]));
    expect(ours.environment).toEqual(theirs.environment);
  });

  test("rs_init_notifies, and a reload that takes away a real server and virtual servers", async () => {
    const globals = "rs_init_notifies";
    const { theirs, ours } = await bothTell(lab, async (director) => {
      const list = [services.three, services.goes, services.alsoGoes, services.stays, services.sorryGoes];
      await director.start({ globals, services: list }, { a: 0, b: 1, c: 0 });
      await director.tellsAll([80, 81, 84, 85].map((port) => rs("b", port, "DOWN")));
      await director.tells(rs("a", 82, "UP"));
      await director.reload({ globals, services: [services.fewer, services.stays] });
      await director.tellsAll([rs("c", 80, "DOWN"), rs("a", 81, "DOWN"), vs(81, "DOWN"), vs(80, "DOWN")]);
      await director.stop();
      await director.tellsAll([rs("a", 80, "DOWN"), rs("a", 82, "DOWN")]);
    });
    // A quorum that a reload loses is lost twice for keepalived, and once here.
    const { "[192.168.122.122]:tcp:80": theirLines = [], ...theirOthers } = theirs.lines;
    const { "[192.168.122.122]:tcp:80": ourLines = [], ...ourOthers } = ours.lines;
    expect(ourOthers).toEqual(theirOthers);
    expect(ourLines).toEqual(theirLines.filter((line, i) => line !== theirLines[i - 1]));
    expect(theirLines).toHaveLength(ourLines.length + 1);
    const { "<quorum><three>": theirQuorum = [], ...theirRuns } = asWritten(theirs.ran);
    const { "<quorum><three>": ourQuorum = [], ...ourRuns } = ours.ran;
    expectRan(ourRuns, theirRuns);
    expect(new Set(ourQuorum)).toEqual(new Set(theirQuorum));
    for (const { log } of [theirs, ours]) {
      expect(log).toContain("service [192.168.122.13]:tcp:80 no longer exist");
      expect(log).toContain("Removing service [192.168.122.13]:tcp:80 from VS [192.168.122.122]:tcp:80");
      expect(log).toContain("Removing Virtual Server [192.168.122.122]:tcp:81");
      expect(log).toContain("Removing service [192.168.122.11]:tcp:81 from VS [192.168.122.122]:tcp:81");
    }
  });

  test("names of groups, firewall marks and IPv6", async () => {
    const { theirs, ours } = await bothTell(lab, async (director) => {
      await director.start({ services: [services.group, services.fwmark, services.six] }, { a: 1, b: 0, six: 1 });
      await director.tells("VS FWM 7 DOWN");
      await director.tells("VS [fd00::122]:tcp:80 DOWN");
      await director.gate({ a: 0, six: 0 });
      await director.tells("RS [192.168.122.11]:tcp:80 [web]:0 UP");
      await director.tells("VS FWM 7 UP", 2);
      await director.tells("VS [fd00::122]:tcp:80 UP", 2);
    });
    expect(ours.lines).toEqual(theirs.lines);
    expectRan(ours.ran, asWritten(theirs.ran));
    expect(ours.lines["[web]:0"]).toContain("RS [192.168.122.11]:tcp:80 [web]:0 DOWN");
  });
});
