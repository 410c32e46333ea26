import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { DirectorStatus } from "../process/status.ts";
import { askDaemon, type ControlAnswer } from "./control-client.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";
import { statusText } from "./status-text.ts";

const STOP_LIMIT_MS = 60_000;
const POLL_MS = 50;

/** Prints the daemon's status: one screen, or all that is known as JSON. */
export async function statusCommand(socketPath: string, json: boolean): Promise<number> {
  const { httpStatus, body } = await askDaemon(socketPath, "GET", "/status");
  if (httpStatus !== 200) throw refusal("status", { httpStatus, body });
  process.stdout.write(json ? `${JSON.stringify(body, null, 2)}\n` : statusText(body as DirectorStatus));
  return 0;
}

/** Reloads and waits for the result; the diagnostics of a refused configuration go to stderr. */
export async function reloadCommand(socketPath: string): Promise<number> {
  const answer = await askDaemon(socketPath, "POST", "/reload");
  if (answer.httpStatus === 200) return 0;
  const { drawn = "", ...body } = answer.body as { readonly drawn?: string; readonly message?: string };
  if (drawn !== "") process.stderr.write(`${drawn}\n`);
  const message = drawn !== "" ? "the configuration has errors" : body.message;
  throw refusal("reload", { ...answer, body: { ...body, message } });
}

/** Stops the daemon and waits until its process is gone. */
export async function stopCommand(socketPath: string): Promise<number> {
  const answer = await askDaemon(socketPath, "POST", "/stop");
  if (answer.httpStatus !== 200) throw refusal("stop", answer);
  const { pid } = answer.body as { readonly pid: number };
  const startedAtMs = performance.now();
  while (isAlive(pid)) {
    if (performance.now() - startedAtMs > STOP_LIMIT_MS)
      throw new CommandError("control/stop", `process ${pid} still runs after ${STOP_LIMIT_MS / 1000} s`, {
        exitStatus: EXIT_FAILED,
        hint: "its log says what it waits for",
      });
    await delay(POLL_MS);
  }
  return 0;
}

/** A zombie, which waits for its own parent to look, has stopped. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function refusal(what: string, { httpStatus, body }: ControlAnswer): CommandError {
  const { code, message } = body as { readonly code?: string; readonly message?: string };
  const hint =
    what === "reload" ? "the running configuration stays as it was; mend the file and reload again" : undefined;
  return new CommandError(code ?? "control/refused", `${what} refused: ${message ?? `HTTP status ${httpStatus}`}`, {
    exitStatus: EXIT_FAILED,
    ...(hint && { hint }),
  });
}
