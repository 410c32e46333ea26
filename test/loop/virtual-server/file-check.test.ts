import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FileCheckPlan } from "../../../src/checkers/file-check.ts";
import type { LogRecord } from "../../../src/core/log.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "../../unit/virtual-server/fake-ipvs.ts";
import { processPlan, server, service } from "../../unit/virtual-server/plans.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "file-check-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileCheck = (weight: number, more: Partial<FileCheckPlan> = {}): FileCheckPlan => ({
  kind: "FILE_CHECK",
  id: `FILE_CHECK load ${weight}`,
  trackFile: "load",
  weight,
  alpha: false,
  ...more,
});

/** Two servers of weight 10, the first of which follows the file; the room, and what its kernel holds. */
async function roomWith(check: FileCheckPlan, first?: string) {
  const file = path.join(folder, "load");
  if (first !== undefined) writeFileSync(file, first);
  const servers = [server(2, { weight: 10, checkers: [], tracked: [check] }), server(3, { weight: 10, checkers: [] })];
  const planOf = (tracked: FileCheckPlan) => ({
    ...processPlan([service(1, [{ ...servers[0], tracked: [tracked] } as never, servers[1] as never])]),
    trackFiles: [{ name: "load", file }],
  });
  const kernel = new FakeIpvs();
  const records: LogRecord[] = [];
  const global = { routerId: "a", watchdogTimeoutMs: 3000, childWaitMs: 5000 };
  const room = await startCheckerRoom(
    { t: "start", role: "checker", plan: planOf(check), global, stop: { keepTable: false, keepVips: false } },
    { sink: (record: LogRecord) => records.push(record), send: () => {} },
    { openIpvs: async () => ({ client: kernel }) },
  );
  const status = () => (room.status() as CheckerStatus).virtualServers[0]?.realServers[0];
  return {
    kernel,
    records,
    status,
    write: (text: string) => writeFileSync(file, text),
    remove: () => rmSync(file),
    reload: (next: FileCheckPlan) => room.reload(planOf(next), global),
    stop: () => room.stop({ orphaned: false }),
  };
}

const both = (weight: number) => [`10.0.1.1:80 → 10.0.0.2:80 w${weight}, 10.0.0.3:80 w10`];
const other = ["10.0.1.1:80 → 10.0.0.3:80 w10"];

test("a change of the file reaches the weight at once, and what it means stands in status and log", async () => {
  const room = await roomWith(fileCheck(2), "3\n");
  expect(room.kernel.show()).toEqual(both(16));
  room.write("-4");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(2));
  expect(room.status()).toMatchObject({ weight: 10, effectiveWeight: 2, alive: true, why: "" });
  expect(room.status()?.checkers).toMatchObject([
    { kind: "FILE_CHECK", target: "load", up: true, lastResult: "track_file load holds -4: weight -8" },
  ]);
  room.write("-100");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(0)); // not below
  room.remove();
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(10));
  expect(room.records.map(({ text }) => text)).toContain("track_file load has the value -100");
  await room.stop();
});

test("with weight 0 a number takes the server out, and 0 lets it in again", async () => {
  const room = await roomWith(fileCheck(0), "1");
  expect(room.kernel.show()).toEqual(other);
  expect(room.status()).toMatchObject({ alive: false, why: "track_file load holds 1" });
  room.write("0");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(10));
  room.write("7");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(other);
  await room.stop();
});

test("reverse: 0, or no file at all, takes the server out", async () => {
  const room = await roomWith(fileCheck(0, { reverse: true }));
  expect(room.kernel.show()).toEqual(other);
  room.write("1");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(10));
  await room.stop();
});

test("a product of a C int's lowest takes the server out", async () => {
  const room = await roomWith(fileCheck(-2_147_483_647), "1");
  expect(room.kernel.show()).toEqual(both(0));
  room.write("2");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(other);
  expect(room.status()?.why).toBe("track_file load holds 2, which times -2147483647 is a fault");
  await room.stop();
});

test("a reload that changes the weight of the check counts at once", async () => {
  const room = await roomWith(fileCheck(1), "5");
  expect(room.kernel.show()).toEqual(both(15));
  await room.reload(fileCheck(-1));
  expect(room.kernel.show()).toEqual(both(5));
  room.write("6");
  await expect.poll(room.kernel.show.bind(room.kernel)).toEqual(both(4));
  await room.stop();
});
