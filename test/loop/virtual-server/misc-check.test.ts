import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "../../unit/virtual-server/fake-ipvs.ts";
import { checker, processPlan, server, service } from "../../unit/virtual-server/plans.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "misc-check-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The process that runs the scripts of this one. */
function scriptsPid(): number | undefined {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, "latin1").trim().split(/\s+/).filter(Boolean);
    } catch {
      return []; // a thread that has ended
    }
  });
  const own = children.find((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      return /^Name:\s+lvskeeper-scri/m.test(status) && !/^State:\s+Z/m.test(status);
    } catch {
      return false;
    }
  });
  return own === undefined ? undefined : Number(own);
}

/** A checker process with one MISC_CHECK, whose real server is in the table of a kernel that is none. */
async function roomOf(argv: readonly string[]) {
  const probe = { kind: "MISC_CHECK", script: { argv }, timeoutMs: 5000, dynamic: false } as const;
  const check = checker("misc", { probe, delayLoopMs: 150, retry: 0 });
  const records: LogRecord[] = [];
  const room = await startCheckerRoom(
    {
      t: "start",
      role: "checker",
      plan: processPlan([service(1, [server(2, { checkers: [check] }), server(3, { checkers: [] })])]),
      global: { routerId: "a", watchdogTimeoutMs: 3000, childWaitMs: 5000 },
      stop: { keepTable: false, keepVips: false },
    },
    { sink: (record: LogRecord) => records.push(record), send: () => {} },
    { openIpvs: async () => ({ client: new FakeIpvs() }) },
  );
  const status = () => (room.status() as CheckerStatus).virtualServers[0]?.realServers[0];
  return { room, records, status };
}

const eventually = (what: () => unknown): Promise<void> => expect.poll(what, { timeout: 15_000 }).toBe(true);

test("the process that runs scripts is killed again and again: no server goes out, and checks go on", async () => {
  const file = path.join(folder, "says");
  writeFileSync(file, "0");
  const { room, records, status } = await roomOf(["/bin/sh", "-c", `echo looked; sleep 0.1; exit "$(cat ${file})"`]);
  const runs = (): number => status()?.checkers[0]?.runs?.passed ?? 0;

  await eventually(() => runs() > 0);
  expect(status()?.checkers[0]?.output).toBe("looked");
  for (let times = 0; times < 5; times += 1) {
    const passed = runs();
    await eventually(() => scriptsPid() !== undefined);
    process.kill(scriptsPid() as number, "SIGKILL");
    await eventually(() => runs() > passed);
  }
  expect(status()).toMatchObject({ alive: true, inTable: true });
  expect(status()?.checkers[0]).toMatchObject({ up: true, runs: { failed: 0 } });
  expect(records.filter(({ event }) => event === "script.runnerLost").length).toBeLessThanOrEqual(1); // of a minute

  writeFileSync(file, "1");
  await eventually(() => status()?.alive === false);
  expect(status()?.why).toContain("exited with status 1: looked");
  await room.stop({ orphaned: false });
}, 60_000);

test("a program that goes, is a folder, or is being written takes no server out; the reason is told", async () => {
  const program = path.join(folder, "check");
  const write = (text: string): void => {
    writeFileSync(`${program}.new`, text, { mode: 0o755 });
    renameSync(`${program}.new`, program);
  };
  write("#!/bin/sh\nexit 0\n");
  const { room, status } = await roomOf([program]);
  const checkerOf = () => status()?.checkers[0];
  await eventually(() => (checkerOf()?.runs?.passed ?? 0) > 0);
  const writer: number[] = [];
  const empty = (): void => {
    rmSync(program, { recursive: true });
    write("");
  };
  const hold = (): void => {
    write("#!/bin/sh\nexit 1\n");
    writer.push(openSync(program, "a"));
  };
  for (const [spoil, reason] of [
    [() => rmSync(program), "does not exist"],
    [() => mkdirSync(program), "may not be executed"],
    [empty, "is no program for this machine, or is empty"],
    [hold, "is open for writing"],
  ] as const) {
    spoil();
    await eventually(() => JSON.stringify(checkerOf()).includes(reason));
    expect(status()).toMatchObject({ alive: true, inTable: true });
    expect(checkerOf()?.runs?.failed).toBe(0);
  }
  closeSync(writer[0] as number);
  await eventually(() => status()?.alive === false);
  await room.stop({ orphaned: false });
}, 60_000);
