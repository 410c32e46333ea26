import { createLogger, type LogSink } from "../core/log.ts";
import { scriptEvents } from "../script/log-events.ts";
import { run } from "../script/runner.ts";
import type { TimedScript } from "./plan-global-model.ts";

/** Runs the director's own `startup_script` or `shutdown_script`, where there is one, and resolves at its end or at its time
 *  limit. A failure is logged and changes nothing. */
export async function runOwnScript(
  hook: "startup_script" | "shutdown_script",
  own: TimedScript | undefined,
  sink: LogSink,
  signal?: AbortSignal,
): Promise<void> {
  if (!own || signal?.aborted) return;
  const { script, timeoutMs } = own;
  const log = createLogger(scriptEvents, sink);
  const fields = { hook, subject: "the director", script };
  log.info("script.started", fields);
  const outcome = await run(script, { timeoutMs, ...(signal && { signal }) });
  if (outcome.how === "exited" && outcome.status === 0) log.info("script.succeeded", { ...fields, outcome });
  else log.warn("script.failed", { ...fields, outcome });
}
