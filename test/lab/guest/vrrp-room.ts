// A vrrp room by itself, without the parent: `node vrrp-room.js FILE` with FILE a JSON of { plan, saved?, keepVips?, fifo? }.
// Log lines go to stderr, the room's messages to stdout as JSON lines. SIGHUP reads FILE again, SIGUSR2 prints a status,
// SIGWINCH keeps JavaScript busy for `busyMs`, SIGTERM stops in order.
import { readFileSync } from "node:fs";
import { nowMs } from "../../../src/core/clock.ts";
import type { FromChild } from "../../../src/process/messages.ts";
import { startVrrpRoom } from "../../../src/process/vrrp-main.ts";
import type { VrrpProcessPlan, VrrpProcessSaved } from "../../../src/vrrp/model.ts";

export type RoomFile = {
  readonly plan: VrrpProcessPlan;
  readonly saved?: VrrpProcessSaved;
  readonly keepVips?: boolean;
  /** Gets the events. */
  readonly fifo?: string;
  readonly busyMs?: number;
};

const file = process.argv[2] as string;
const read = (): RoomFile => JSON.parse(readFileSync(file, "utf8")) as RoomFile;
const { fifo } = read();
const fifos = fifo !== undefined && {
  fifos: { vrrp: { path: fifo }, vrrpStatesOnReload: false, allReadBy: "vrrp" as const },
};
const global = { routerId: "lab", watchdogTimeoutMs: 3000, childWaitMs: 5000, ...fifos };
const print = (message: unknown): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const { plan, saved, keepVips = false } = read();
const room = await startVrrpRoom(
  { t: "start", role: "vrrp", plan, ...(saved && { saved }), global, stop: { keepTable: false, keepVips } },
  {
    sink: ({ level, text }) => void process.stderr.write(`${(nowMs() / 1000).toFixed(3)} ${level} ${text}\n`),
    send: (message: FromChild) => print(message),
  },
);
process.on("SIGHUP", () => {
  room.reload(read().plan, global).then(
    () => print({ t: "reloaded" }),
    (error: unknown) => print({ t: "refused", message: String(error) }),
  );
});
process.on("SIGWINCH", () => {
  const beganMs = Date.now();
  const until = nowMs() + (read().busyMs ?? 0);
  while (nowMs() < until);
  print({ t: "busy", beganMs, endedMs: Date.now() });
});
process.on("SIGUSR2", () => print({ t: "status", status: room.status() }));
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    void room.stop({ orphaned: false }).then(() => process.exit(0));
  });
print({ t: "running" });
