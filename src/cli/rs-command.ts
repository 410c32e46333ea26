import { setTimeout as delay } from "node:timers/promises";
import { durationText } from "../outline/duration.ts";
import type { DirectorStatus } from "../process/status.ts";
import { MAX_WEIGHT } from "../virtual-server/model.ts";
import { parseServerName, type RsAnswer, type RsCommand } from "../virtual-server/rs-command.ts";
import { askDaemon } from "./control-client.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

const POLL_MS = 1000;

export type RsArguments = {
  readonly service?: string;
  readonly deadline?: string;
  readonly stay?: true;
  readonly wait: boolean;
};

/** A command out of words; throws CommandError for what makes none. */
export function rsCommandOf(
  what: RsCommand["do"],
  server: string,
  { service, deadline, stay }: Partial<RsArguments>,
  weight?: string,
): Readonly<Record<string, unknown>> {
  if (!parseServerName(server))
    throw usage(`\`${server}\` is not a real server`, "name it as 10.0.0.2, 10.0.0.2:80 or [2001:db8::2]:80");
  const at = { do: what, server, ...(service !== undefined && { service }) };
  if (what === "weight") {
    if (weight === undefined || !/^\d{1,10}$/.test(weight) || Number(weight) > MAX_WEIGHT)
      throw usage(`\`${weight}\` is not a weight`, `it is a whole number 0 to ${MAX_WEIGHT}`);
    return { ...at, weight: Number(weight) };
  }
  if (what !== "drain") return at;
  if (deadline !== undefined && !/^\d{1,7}$/.test(deadline))
    throw usage(`\`${deadline}\` is not a number of seconds`, "write e.g. --deadline 300");
  const deadlineMs = deadline === undefined ? {} : { deadlineMs: Number(deadline) * 1000 };
  return { ...at, after: stay ? "stay" : "remove", ...deadlineMs };
}

const usage = (message: string, hint: string): CommandError =>
  new CommandError("cli/usage", message, { exitStatus: EXIT_FAILED, hint });

/** Says it to the daemon, prints what it came to, and with `drain` waits until the connections are gone. */
export async function rsCommand(
  socketPath: string,
  what: RsCommand["do"],
  server: string,
  given: RsArguments,
  weight?: string,
): Promise<number> {
  const command = rsCommandOf(what, server, given, weight);
  const { httpStatus, body } = await askDaemon(socketPath, "POST", "/rs", { body: command });
  if (httpStatus !== 200) {
    const { code, message } = body as { readonly code?: string; readonly message?: string };
    throw new CommandError(code ?? "control/refused", message ?? `HTTP status ${httpStatus}`, {
      exitStatus: EXIT_FAILED,
    });
  }
  const { servers, notKept } = body as RsAnswer;
  for (const { realServer, virtualServer, what: done } of servers)
    process.stdout.write(`${realServer} of ${virtualServer} ${done}\n`);
  if (notKept !== undefined) process.stderr.write(`it will not be known after a restart of the daemon: ${notKept}\n`);
  if (what === "drain" && given.wait) await untilDrained(socketPath, servers);
  return 0;
}

async function untilDrained(socketPath: string, servers: RsAnswer["servers"]): Promise<void> {
  let shown = "";
  for (;;) {
    const { body } = await askDaemon(socketPath, "GET", "/status");
    const { lines, isOver } = drainProgress(body as DirectorStatus, servers);
    const text = lines.join("\n");
    if (text !== shown && text !== "") process.stdout.write(`${text}\n`);
    shown = text;
    if (isOver) return;
    await delay(POLL_MS);
  }
}

/** How far the draining of these servers is. One whose draining was given up or taken back is over, too. */
export function drainProgress(
  { checker, nowWallMs }: DirectorStatus,
  servers: readonly Pick<RsAnswer["servers"][number], "realServer" | "virtualServer">[],
): { readonly lines: readonly string[]; readonly isOver: boolean } {
  if (checker === undefined || typeof checker === "string") return { lines: [], isOver: checker === undefined };
  let isOver = true;
  const lines = servers.map(({ realServer, virtualServer }) => {
    const found = checker.virtualServers.find(({ name }) => name === virtualServer);
    const override = found?.realServers.find(({ name }) => name === realServer)?.override;
    const name = `${realServer} of ${virtualServer}`;
    if (override?.mode !== "drain") return `${name}: is not draining any more`;
    if (override.drained === "empty") return `${name}: drained, no open connection`;
    if (override.drained === "deadline") return `${name}: the deadline has passed`;
    isOver = false;
    const { activeConnections: active, deadlineWallMs } = override;
    const left = deadlineWallMs === undefined ? "" : `, ${durationText(deadlineWallMs - nowWallMs)} left`;
    const connections = `${active} open ${active === 1 ? "connection" : "connections"}`;
    return `${name}: ${active === undefined ? "counting" : connections}${left}`;
  });
  return { lines, isOver };
}
