import { vi } from "vitest";
import type { Verdict } from "../../../src/checkers/model.ts";
import type { LogRecord } from "../../../src/core/log.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import type { FromChild } from "../../../src/process/messages.ts";
import type { RoomGlobals } from "../../../src/process/plan-global-model.ts";
import type { Room } from "../../../src/process/room.ts";
import { createSavedState } from "../../../src/process/saved.ts";
import type { Notification } from "../../../src/script/notifier.ts";
import type {
  CheckerProcessPlan,
  CheckerProcessSaved,
  CheckerStatus,
  GroupPlan,
} from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { checker, server } from "./plans.ts";

export const global: RoomGlobals = { routerId: "lb1", watchdogTimeoutMs: 3000, childWaitMs: 5000 };
export const up: Verdict = { up: true };
export const refused: Verdict = { up: false, reason: "refused", detail: "it refused the connection" };

export type Harness = {
  readonly kernel: FakeIpvs;
  /** What a probe finds, by the host it asks; up unless told otherwise. */
  readonly results: Map<string, Verdict>;
  readonly runs: Notification[];
  readonly records: LogRecord[];
  readonly saved: ReturnType<typeof createSavedState>;
  room: Room<CheckerProcessPlan>;
  probes: number;
};

type Predecessor = {
  readonly kernel?: FakeIpvs;
  readonly local?: ReadonlySet<string>;
  readonly overridesFile?: string;
  readonly saved?: object | undefined;
  readonly keepTable?: boolean;
};

/** A running room with a kernel in memory and a network that answers as the test says. */
export async function roomOf(plan: CheckerProcessPlan, before?: Predecessor): Promise<Harness> {
  const { harness, starting } = begin(plan, before);
  await vi.advanceTimersByTimeAsync(1);
  harness.room = await starting;
  return harness;
}

/** What is left of a room that dies while it starts, after so many commands to the kernel: this, and what it had told. */
export async function diedStarting(
  plan: CheckerProcessPlan,
  commands: number,
  before?: Predecessor,
): Promise<{ readonly kernel: FakeIpvs; readonly saved: object | undefined }> {
  const kernel = before?.kernel ?? new FakeIpvs();
  dieAfter(kernel, commands);
  const { harness } = begin(plan, { ...before, kernel });
  await vi.advanceTimersByTimeAsync(1);
  vi.clearAllTimers();
  const told = createSavedState();
  for (const part of [before?.saved, harness.saved.value()]) if (part) told.merge(part);
  return { kernel: survivorOf(harness), saved: told.value() };
}

/** The process that writes to it writes so many commands more, and no other. */
export function dieAfter(kernel: FakeIpvs, commands: number): void {
  let left = commands;
  const apply = kernel.apply.bind(kernel);
  kernel.apply = async (list) => {
    const failures = await apply(list.slice(0, Math.max(0, left)));
    left -= list.length;
    return left < 0 ? new Promise(() => {}) : failures;
  };
}

function begin(plan: CheckerProcessPlan, before?: Predecessor) {
  const kernel = before?.kernel ?? new FakeIpvs();
  const results = new Map<string, Verdict>();
  const runs: Notification[] = [];
  const records: LogRecord[] = [];
  const saved = createSavedState();
  const harness = { kernel, results, runs, records, saved, probes: 0 } as Omit<Harness, "room"> as Harness;
  const send = (message: FromChild): void => {
    if (message.t === "saved") saved.merge(JSON.parse(JSON.stringify(message.part)) as object);
  };
  const message = {
    t: "start",
    role: "checker",
    plan,
    global,
    stop: { keepTable: before?.keepTable ?? false, keepVips: false },
    ...(before?.overridesFile !== undefined && { overridesFile: before.overridesFile }),
    ...(before?.saved && { saved: JSON.parse(JSON.stringify(before.saved)) as CheckerProcessSaved }),
  } as const;
  const starting = startCheckerRoom(
    message,
    { sink: (record) => records.push(record), send },
    {
      openIpvs: async () => ({ client: kernel }),
      sysctl: { read: () => ({}), write: () => {} },
      watchAddresses: async () => ({
        all: () => before?.local ?? new Set(),
        has: (address) => before?.local?.has(address) === true,
        close: () => {},
      }),
      notifier: { notify: (notification) => runs.push(notification), drain: async () => {} },
      runner: {
        random: () => 0.5,
        probe: async (probe) => {
          harness.probes += 1;
          return ("endpoint" in probe && results.get(probe.endpoint.host)) || up;
        },
      },
    },
  );
  return { harness, starting };
}

/** The kernel's table as a predecessor leaves it that writes no more. */
export function survivorOf({ kernel }: Harness): FakeIpvs {
  kernel.apply = () => new Promise(() => {});
  const survivor = new FakeIpvs();
  for (const [key, { service, destinations }] of kernel.table)
    survivor.table.set(key, { service, destinations: new Map(destinations) });
  for (const [key, count] of kernel.active) survivor.active.set(key, count);
  return survivor;
}

export const elapse = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
export const guarded = (n: number, more: Parameters<typeof checker>[1] = {}) =>
  server(n, {
    checkers: [
      checker(`c${n}`, {
        probe: { kind: "TCP_CHECK", endpoint: { host: `10.0.0.${n}`, port: 80 }, connectTimeoutMs: 1000 },
        ...more,
      }),
    ],
  });
export const status = (room: Room<CheckerProcessPlan>): CheckerStatus => room.status() as CheckerStatus;

export async function reload(harness: Harness, plan: CheckerProcessPlan): Promise<void> {
  const reloading = harness.room.reload(plan, global);
  await elapse(1);
  await reloading;
}

/** `count` addresses from `first` on, all ports from `firstPort` to `lastPort`. */
export const groupOf = (first: string, count: number, firstPort = 80, lastPort = firstPort): GroupPlan => ({
  name: "g",
  position: 0,
  ranges: [{ kind: "addresses", protocol: "tcp", first, last: first, count, firstPort, lastPort }],
});
