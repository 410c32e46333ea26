import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { type ChildOrder, SpareChildren } from "../../../src/process/child-spawn.ts";

const log = { console: false, syslog: true, detail: false, facility: 3 };
const order: ChildOrder = { boot: { role: "checker", program: "lvskeeper", log }, args: ["-n"] };

/** Processes that say what was done to them. */
function fakes() {
  const killed: unknown[] = [];
  const spawned: ChildProcess[] = [];
  const spawn = (): ChildProcess => {
    const child = Object.assign(new EventEmitter(), { connected: true, exitCode: null, signalCode: null });
    Object.assign(child, { kill: () => killed.push(child) });
    spawned.push(child as unknown as ChildProcess);
    return child as unknown as ChildProcess;
  };
  return { killed, spawned, spares: new SpareChildren(spawn) };
}

test("a spare is taken by who wants the very same, once; asked for twice it is one", () => {
  const { spawned, killed, spares } = fakes();
  spares.start(order);
  spares.start(order);
  expect(spawned.length).toBe(1);
  expect(spares.take(order)).toBe(spawned[0]);
  const successor = spares.take(order);
  expect([successor === spawned[1], spawned.length]).toEqual([true, 2]);
  spares.end();
  expect(killed).toEqual([]);
});

test.for([
  { name: "another role", other: { ...order, boot: { ...order.boot, role: "vrrp" as const } } },
  { name: "another log", other: { ...order, boot: { ...order.boot, log: { ...log, owner: "_blue" } } } },
  { name: "another network namespace", other: { ...order, namespace: "blue" } },
])("who wants $name gets a process of its own, and the spare is ended", ({ other }) => {
  const { spawned, killed, spares } = fakes();
  spares.start(order);
  expect(spares.take(other)).toBe(spawned[1]);
  spares.end();
  expect(killed).toEqual([spawned[0]]);
});

test.for([
  { name: "has exited", state: { exitCode: 1 } },
  { name: "was killed", state: { signalCode: "SIGKILL" } },
  { name: "has no line to us, as one that could not be started", state: { connected: false } },
])("a spare that $name is not taken", ({ state }) => {
  const { spawned, killed, spares } = fakes();
  spares.start(order);
  const [spare] = spawned;
  Object.assign(spare as object, state);
  (spare as ChildProcess).emit("error", new Error("spawn EAGAIN"));
  expect(spares.take(order)).toBe(spawned[1]);
  expect(killed).toEqual([spare]);
});

test("after the end none is started ahead", () => {
  const { spawned, spares } = fakes();
  spares.end();
  spares.start(order);
  expect(spawned).toEqual([]);
  expect(spares.take(order)).toBe(spawned[0]);
});
