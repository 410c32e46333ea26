import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type Cell, cells, namesIn, page, type Seen } from "./interop-page.ts";
import { eventually, type Host, isRoot } from "./vrrp-bench.ts";
import { layDual, startRouter } from "./vrrp-routers.ts";
import { other, ROWS } from "./vrrp-rows.ts";

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const FILE = new URL("../../docs/interop.md", import.meta.url);
/** Beyond what the timers say, for a busy machine. */
const SLACK_MS = 1500;

const ALL = cells(ROWS);
const isShort = ({ row, master, backup }: Cell): boolean =>
  (row.name === "version 2, AH" && master === "keepalived") ||
  (row.name === "version 3, IPv6" && backup === "FRR") ||
  (row.name === "version 3, IPv4" && master === "FRR") ||
  (row.name === "version 3, IPv4, VMAC" && master === "keepalived");

const seen = new Map<Cell, Seen>();

describe.skipIf(!isRoot)("routers of two makes", () => {
  test.concurrent.for(full ? ALL : ALL.filter(isShort))(
    "$row.name, master $master, backup $backup: election, stop, return, crash, return",
    async (cell) => {
      const { row, master, backup } = cell;
      await using bench = await layDual();
      const b = await startRouter(bench, "b", backup, row, 100);
      let a = await startRouter(bench, "a", master, row, 150);
      const routers = [b, a];
      const alone = (host: Host) => async (): Promise<boolean> => {
        const holds = { a: await a.holds(), b: await b.holds() };
        return holds[host] && !holds[other[host]];
      };
      const electionMs = await eventually("a is MASTER, alone", 15_000, alone("a"));
      const skewMs = (156 / 256) * (row.version === 3 ? row.intervalMs : 1000);

      const taken = eventually("b is MASTER after the stop", 5000, () => b.holds());
      await a.stop();
      const stopMs = await taken;
      a = await startRouter(bench, "a", master, row, 150);
      routers.push(a);
      const returnMs = await eventually("a is MASTER again, alone", 15_000, alone("a"));

      await a.crash();
      const crashMs = await eventually("b is MASTER after the crash", 8000, () => b.holds());
      expect(crashMs).toBeLessThan(3 * row.intervalMs + skewMs + SLACK_MS);
      a = await startRouter(bench, "a", master, row, 150);
      routers.push(a);
      const againMs = await eventually("a is MASTER after its crash, alone", 15_000, alone("a"));

      expect(stopMs).toBeLessThan(skewMs + SLACK_MS);
      // Of two masters one has the lower sequence numbers: the authentication header calls them replayed.
      for (const router of routers)
        expect(router.log).not.toMatch(/dropped an advert(?!.*sequence number)|bad checksum|mismatch|bogus/i);
      seen.set(cell, { electionMs, stopMs, crashMs, returnMs: Math.max(returnMs, againMs) });
    },
  );

  afterAll(() => {
    if (!full || seen.size < ALL.length) return;
    const version = (command: string, ...args: string[]): string =>
      /\d+(\.\d+)+/.exec(execFileSync("sh", ["-c", `${[command, ...args].join(" ")} 2>&1`]).toString())?.[0] ?? "?";
    const peers = { keepalived: version("keepalived", "--version"), FRR: version("/usr/lib/frr/vrrpd", "--version") };
    writeFileSync(FILE, page(ALL, seen, peers));
  });
});

test("docs/interop.md has the rows of the table", () => {
  expect(namesIn(readFileSync(FILE, "utf8"))).toEqual(ALL.map(({ name }) => name));
});
