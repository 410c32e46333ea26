import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { decodeProcessEvent, type ProcessEvent } from "../../../src/netlink/process-events.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { matchesProcess, type ProcessSeen } from "../../../src/vrrp/process-match.ts";
import { createProcessTracker } from "../../../src/vrrp/process-tracker.ts";
import type { TrackProcessPlan } from "../../../src/vrrp/tracked-model.ts";

const plan: TrackProcessPlan = {
  name: "web",
  process: "nginx",
  args: [],
  match: "name",
  weight: 0,
  reverse: false,
  quorum: 1,
  terminateDelayMs: 0,
  forkDelayMs: 0,
};

function tracker(openFails = false, hasKernelsNumbers = true) {
  const running = new Map<number, ProcessSeen>();
  const changes: boolean[] = [];
  let tell = (_event: ProcessEvent): void => {};
  let lose = (): void => {};
  const made = createProcessTracker({
    log: createLogger(vrrpEvents, () => {}),
    onChange: (_name, up) => changes.push(up),
    table: {
      pids: () => [...running.keys()],
      look: (pid) => running.get(pid),
      hasKernelsNumbers: () => hasKernelsNumbers,
    },
    openEvents: (onEvent, onLost) => {
      if (openFails) throw new Error("EPROTONOSUPPORT");
      tell = onEvent;
      lose = onLost;
      return { close: () => {} };
    },
  });
  const start = (pid: number, name = "nginx", command = ["nginx"]): void => {
    running.set(pid, { name, command });
  };
  return { made, running, changes, start, tell: (e: ProcessEvent) => tell(e), lose: () => lose() };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

test("those that run already count; the last one that ends takes the quorum, a new one gives it back", () => {
  const { made, start, changes, tell, running } = tracker();
  start(10);
  made.configure([plan]);
  expect([made.up("web"), made.up("other")]).toEqual([true, undefined]);
  running.delete(10);
  tell({ type: "exit", pid: 10 });
  start(11);
  tell({ type: "exec", pid: 11 });
  tell({ type: "fork", pid: 12, parent: 11 });
  tell({ type: "exit", pid: 11 });
  expect([changes, made.list()]).toEqual([
    [false, true],
    [{ name: "web", up: true, count: 1, sinceWallMs: expect.any(Number) }],
  ]);
});

test("delays: a restart within the terminate delay changes nothing", () => {
  const { made, start, changes, tell, running } = tracker();
  start(10);
  made.configure([{ ...plan, terminateDelayMs: 500, forkDelayMs: 200 }]);
  tell({ type: "exit", pid: 10 });
  vi.advanceTimersByTime(400);
  start(11);
  tell({ type: "exec", pid: 11 });
  vi.advanceTimersByTime(1000);
  expect(changes).toEqual([]);
  running.clear();
  tell({ type: "exit", pid: 11 });
  vi.advanceTimersByTime(600);
  start(12);
  tell({ type: "exec", pid: 12 });
  expect(changes).toEqual([false]);
  vi.advanceTimersByTime(200);
  expect(changes).toEqual([false, true]);
});

test("quorum_max: one too many is as bad as none; 0 means that none may run", () => {
  const { made, start, changes, tell } = tracker();
  made.configure([{ ...plan, quorum: 0, quorumMax: 0 }]);
  expect(made.up("web")).toBe(true);
  start(10);
  tell({ type: "exec", pid: 10 });
  expect(changes).toEqual([false]);
});

test("events that were dropped, and none at all: the processes are counted again", () => {
  const one = tracker();
  one.made.configure([plan]);
  one.start(10);
  one.lose();
  expect(one.changes).toEqual([true]);
  const foreignNumbers = tracker(false, false);
  for (const polled of [tracker(true), foreignNumbers]) {
    polled.made.configure([plan]);
    polled.start(10);
    polled.tell({ type: "exec", pid: 10 });
    expect(polled.changes).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(polled.changes).toEqual([true]);
  }
});

test.for([
  {
    name: "its name, cut at 15 bytes",
    part: { process: "a-very-long-process" },
    seen: { name: "a-very-long-pro", command: [] },
    is: true,
  },
  { name: "another name", part: { process: "nginx" }, seen: { name: "nginx-debug", command: ["nginx"] }, is: false },
  { name: "the program alone", part: { match: "command" }, seen: { name: "x", command: ["nginx", "-g"] }, is: true },
  {
    name: "all arguments",
    part: { match: "exact", args: ["-g"] },
    seen: { name: "x", command: ["nginx", "-g", "x"] },
    is: false,
  },
  {
    name: "the first ones",
    part: { match: "partial", args: ["-g"] },
    seen: { name: "x", command: ["nginx", "-g", "x"] },
    is: true,
  },
  {
    name: "the beginning of the last",
    part: { match: "initial", args: ["-g", "dae"] },
    seen: { name: "x", command: ["nginx", "-g", "daemon off;"] },
    is: true,
  },
  {
    name: "too few",
    part: { match: "initial", args: ["-g", "dae"] },
    seen: { name: "x", command: ["nginx", "-g"] },
    is: false,
  },
  { name: "a kernel thread", part: { match: "command" }, seen: { name: "kworker", command: [] }, is: false },
] as const)("a process is compared by $name: $is", ({ part, seen, is }) => {
  expect(matchesProcess({ ...plan, ...part }, seen)).toBe(is);
});

test("events of the connector: of processes, not of threads; cut short they are none", () => {
  const message = (what: number, ...numbers: number[]): Buffer => {
    const bytes = Buffer.alloc(36 + 40);
    bytes.writeUInt32LE(1, 16);
    bytes.writeUInt16LE(40, 32);
    bytes.writeUInt32LE(what, 36);
    numbers.forEach((n, i) => void bytes.writeUInt32LE(n, 52 + i * 4));
    return bytes;
  };
  expect(decodeProcessEvent(message(1, 5, 5, 7, 7))).toEqual({ type: "fork", pid: 7, parent: 5 });
  expect(decodeProcessEvent(message(1, 5, 5, 8, 5))).toBeUndefined();
  expect(decodeProcessEvent(message(2, 7, 7))).toEqual({ type: "exec", pid: 7 });
  expect(decodeProcessEvent(message(0x80000000, 7, 7))).toEqual({ type: "exit", pid: 7 });
  expect(decodeProcessEvent(message(0x80000000, 8, 7))).toBeUndefined();
  for (let length = 0; length < 60; length++)
    expect(decodeProcessEvent(message(2, 7, 7).subarray(0, length))).toBeUndefined();
});
