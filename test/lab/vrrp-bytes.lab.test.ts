import { describe, expect, test } from "vitest";
import { type Advert, advertsIn, fieldsOf } from "./advert-frames.ts";
import { Bench, eventually, isRoot, type Running } from "./vrrp-bench.ts";
import { linkLocalReady, startRouter } from "./vrrp-routers.ts";
import { globalOf, type Make, ROWS, type Row } from "./vrrp-rows.ts";

const MAC = { a: "02:00:00:00:00:0a", b: "02:00:00:00:00:0b" } as const;

/** Hosts that are the same each time: their addresses, and their MAC addresses. */
async function layAlike(): Promise<Bench> {
  const bench = await Bench.start();
  for (const host of ["a", "b"] as const) {
    const set = (...words: string[]) => bench.ip(host, "link", "set", "eth0", ...words);
    await set("down"); // its link-local address is to be that of the MAC address
    await set("address", MAC[host]);
    await set("up");
    await bench.ip(host, "addr", "add", `${globalOf[host]}/64`, "dev", "eth0", "nodad");
    await linkLocalReady(bench, host);
  }
  return bench;
}

/** The frames of a master's adverts, from its first to its goodbye. */
async function framesOf(who: Make, row: Row): Promise<Advert[]> {
  await using bench = await layAlike();
  const filter = ["proto 112 or proto 51 or ip6 proto 112"];
  const options = ["-i", "eth0", "-n", "-xx", "-l", "-p", "-Q", "in", "--immediate-mode"];
  const dump: Running = bench.spawn("b", "tcpdump", ...options, ...filter);
  await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
  const router = await startRouter(bench, "a", who, row, 150);
  await eventually(`${who} sends`, 15_000, () => advertsIn(dump.stdout).length >= 3);
  await router.stop();
  await eventually("its goodbye", 5000, () => advertsIn(dump.stdout).some(({ priority }) => priority === 0));
  return advertsIn(dump.stdout);
}

describe.skipIf(!isRoot)("adverts on the wire", () => {
  test.concurrent.for(ROWS.filter(({ peers }) => peers.includes("keepalived")))(
    "$name: byte for byte those of keepalived, while MASTER and as its goodbye",
    async (row) => {
      const [ours, theirs] = await Promise.all([framesOf("ours", row), framesOf("keepalived", row)]);
      for (const priority of [150, 0]) {
        const last = (adverts: Advert[]) => adverts.findLast((advert) => advert.priority === priority);
        const [mine, its] = [last(ours), last(theirs)];
        if (!mine || !its) throw new Error(`no advert of priority ${priority}`);
        expect(fieldsOf(mine.frame)).toEqual(fieldsOf(its.frame));
      }
    },
  );
});
