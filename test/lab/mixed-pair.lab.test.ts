import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type PairOptions,
  type Program,
  pairConfig,
  REAL_SERVERS,
  serving,
  settle,
  startDirector,
  startWebServers,
  VIPS,
} from "./lib/dual-master.ts";
import { addressOf, Lab, type LabProcess } from "./lib/lab.ts";

/** The long form goes round more often. */
const repeats = process.env.LVSKEEPER_LAB_FULL === "1" ? 4 : 0;

const SKEW_MS = ((256 - 120) / 256) * 1000;
/** 3 advert intervals of 1 s, the skew of the lower priority, and what a busy guest adds. */
const CRASH_MS = 3000 + SKEW_MS + 3000;
/** After an advert of priority 0 only the skew is waited for; without it, it would be three intervals more. */
const STOP_MS = SKEW_MS + 1500;

describe.for([
  { d1: "lvskeeper", d2: "keepalived" },
  { d1: "keepalived", d2: "lvskeeper" },
] as const satisfies readonly Record<"d1" | "d2", Program>[])("d1 $d1, d2 $d2", (programs) => {
  let lab: Lab;
  const ours = programs.d1 === "lvskeeper" ? "d1" : "d2";
  const running: { d1?: LabProcess; d2?: LabProcess } = {};
  let leaving: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    lab = await Lab.start();
    await startWebServers(lab);
  });
  beforeEach(async () => {
    await leaving;
    for (const at of ["d1", "d2"] as const) if (!running[at]) await start(at);
    await settle(lab, "d1", "d2");
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  async function start(at: "d1" | "d2"): Promise<void> {
    const config = pairConfig(at === "d1" ? "A" : "B", { advertIntS: 1 });
    running[at] = await startDirector(lab, at, programs[at], config);
  }

  async function stop(at: "d1" | "d2"): Promise<void> {
    const director = running[at];
    delete running[at];
    leaving = director?.exited() ?? leaving;
    await director?.signal("SIGTERM");
  }

  test.for([
    { at: "d1", other: "d2", vrid: 38 },
    { at: "d2", other: "d1", vrid: 48 },
  ] as const)(
    "$at stops in order: $other takes over at once, and $at takes its VIP back",
    { repeats },
    async ({ at, other, vrid }) => {
      const adverts = await lab.capture("cl", "ip proto 112", ["-tt"]);
      await stop(at);
      await settle(lab, other, other);
      let [farewell, takeOver] = [Number.NaN, Number.NaN];
      await lab.eventually("the last advert of one and the first of the other", 10_000, async () => {
        const log = await adverts.log();
        farewell = seenAt(log, addressOf(at), `vrid ${vrid}, prio 0`);
        takeOver = seenAt(log, addressOf(other), `vrid ${vrid}, prio 120`);
        return takeOver > farewell;
      });
      await adverts.signal("SIGINT");
      expect(takeOver - farewell).toBeLessThan(STOP_MS);
      await leaving;
      await start(at);
      await settle(lab, "d1", "d2");
    },
  );

  test.for([
    { at: "d1", other: "d2" },
    { at: "d2", other: "d1" },
  ] as const)(
    "$at dies with its cable pulled: $other takes over, and $at takes its VIP back",
    { repeats },
    async ({ at, other }) => {
      await lab.cut(at);
      expect(await settle(lab, other, other)).toBeLessThan(CRASH_MS);
      leaving = running[at]?.exited() ?? leaving;
      delete running[at];
      await lab.crash(at);
      await lab.restore(at);
      await start(at);
      await settle(lab, "d1", "d2");
      await serving(lab, [ours], REAL_SERVERS);
      await lab.eventually("a client is answered through the first VIP", 20_000, async () =>
        /^rs[12]\n$/.test(await lab.curl("cl", `http://${VIPS.one}/`)),
      );
    },
  );
});

/** When the first packet from `source` with these words was captured, in ms; NaN when none was. */
const seenAt = (log: string, source: string, words: string): number => {
  const line = log.split("\n").find((text) => text.includes(`IP ${source} > `) && text.includes(words));
  return Number(line?.split(" ")[0]) * 1000;
};

describe("tcpdump's decode of our adverts", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** A few adverts of a director alone on the switch, decoded. That they are keepalived's byte by byte is vrrp-bytes' work. */
  async function decode(options: PairOptions): Promise<string[]> {
    const [vrrpOnly = ""] = pairConfig("A", options).split("virtual_server");
    const capture = await lab.capture("d2", "ip proto 112");
    const router = await startDirector(lab, "d1", "lvskeeper", vrrpOnly);
    await lab.eventually("adverts of both instances", 20_000, async () => {
      const log = await capture.log();
      return log.includes("vrid 38") && log.includes("vrid 48");
    });
    await router.signal("SIGTERM");
    await router.exited();
    await capture.signal("SIGINT");
    await capture.exited();
    const packets = (await capture.log()).split(/^\d\d:\d\d:\d\d\.\d+ /m).slice(1);
    return packets.map((packet) =>
      packet
        .replace(/\s+/g, " ")
        .replace(/, id \d+,/, ",")
        .replace(/\d+ packets.*/, "")
        .trim(),
    );
  }

  test.for([
    {
      version: 2,
      first:
        /^IP \(tos 0xc0, ttl 255, .*proto VRRP \(112\), length 40\) 192\.168\.122\.30 > 224\.0\.0\.18: .*VRRPv2, Advertisement, vrid 38, prio 150, authtype simple, intvl 1s, length 20, addrs: 192\.168\.122\.100 auth "1111/,
    },
    {
      version: 3,
      first:
        /^IP \(tos 0xc0, ttl 255, .*proto VRRP \(112\), length 32\) 192\.168\.122\.30 > 224\.0\.0\.18: .*VRRPv3, Advertisement, vrid 38, prio 150, intvl 100cs, length 12, addrs: 192\.168\.122\.100/,
    },
  ] as const)(
    "version $version: TTL 255, a correct checksum, and the fields of the file",
    async ({ version, first }) => {
      const packets = await decode({ advertIntS: 1, version });
      const of = (what: string): string | undefined => packets.find((packet) => packet.includes(what));
      expect(of("vrid 38")).toMatch(first);
      expect(packets.join("\n")).not.toMatch(/bad/i);
      for (const vrid of ["vrid 38, prio 150", "vrid 48, prio 120", "vrid 38, prio 0"])
        expect(of(vrid), vrid).toBeDefined();
    },
  );
});
