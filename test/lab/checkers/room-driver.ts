// Runs a checker room as the child process around it would, for tests of the room against a real kernel:
//   node room-driver.mjs PLAN.json [SAVED.json]
// The log goes to standard error. What a successor needs is kept in SAVED.json. SIGHUP reads PLAN.json again, SIGUSR1
// prints the status as one line of JSON on standard output, SIGTERM stops in order, SIGINT as when the parent has died.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import { createSavedState } from "../../../src/process/saved.ts";
import type { CheckerProcessPlan, CheckerProcessSaved } from "../../../src/virtual-server/model.ts";

const [planFile = "", savedFile = ""] = process.argv.slice(2);
const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, "utf8")) as T;
const global = { routerId: "lab", watchdogTimeoutMs: 3000, childWaitMs: 5000 };
const kept = createSavedState();
const saved = savedFile !== "" && existsSync(savedFile) ? readJson<CheckerProcessSaved>(savedFile) : undefined;

const room = await startCheckerRoom(
  {
    t: "start",
    role: "checker",
    plan: readJson<CheckerProcessPlan>(planFile),
    global,
    stop: { keepTable: false, keepVips: false },
    ...(saved && { saved }),
  },
  {
    sink: ({ level, text }) => process.stderr.write(`${level} ${text}\n`),
    send: (message) => {
      if (message.t !== "saved" || savedFile === "") return;
      kept.merge(message.part);
      writeFileSync(`${savedFile}.new`, JSON.stringify(kept.value()));
      renameSync(`${savedFile}.new`, savedFile);
    },
  },
);
process.stderr.write("started\n");

const stop = async (orphaned: boolean): Promise<void> => {
  await room.stop({ orphaned });
  process.exit(0);
};
process.on("SIGHUP", () => {
  void room.reload(readJson<CheckerProcessPlan>(planFile), global).then(() => process.stderr.write("reloaded\n"));
});
process.on("SIGUSR1", () => process.stdout.write(`${JSON.stringify(room.status())}\n`));
process.on("SIGTERM", () => void stop(false));
process.on("SIGINT", () => void stop(true));
