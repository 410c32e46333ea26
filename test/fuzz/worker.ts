import { parentPort } from "node:worker_threads";
import type { Files } from "./target.ts";
import { targets } from "./targets.ts";

/** Checks one case after another; answers with what did not hold, or with nothing. */
parentPort?.on("message", async ({ target, files }: { target: string; files: Files }) => {
  try {
    await targets[target]?.check(files);
    parentPort?.postMessage(undefined);
  } catch (error) {
    parentPort?.postMessage(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
});
