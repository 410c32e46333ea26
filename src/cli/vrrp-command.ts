import { durationText } from "../outline/duration.ts";
import type { VrrpAnswer, VrrpCommand } from "../vrrp/vrrp-command.ts";
import { askDaemon } from "./control-client.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

/** Says it to the daemon, waits for the peer where there is one to wait for, and prints what it came to. */
export async function vrrpCommand(socketPath: string, command: VrrpCommand): Promise<number> {
  const { httpStatus, body } = await askDaemon(socketPath, "POST", "/vrrp", { body: command });
  if (httpStatus !== 200) {
    const { code = "control/refused", message = `HTTP status ${httpStatus}` } = body as Partial<Record<string, string>>;
    const hint =
      code === "handover/no-peer" ? "look at the other director: its status, its log, its adverts" : undefined;
    throw new CommandError(code, message, { exitStatus: EXIT_FAILED, ...(hint !== undefined && { hint }) });
  }
  process.stdout.write(`${vrrpAnswerText(body as VrrpAnswer)}\n`);
  return 0;
}

/** What an answer means, in one line. */
function vrrpAnswerText(answer: VrrpAnswer): string {
  const { instance } = answer;
  if (answer.did === "resume") return `${instance} takes part again, after ${durationText(answer.downMs)}`;
  const { takenBy, was } = answer;
  const until = "it stays down here until it is resumed";
  if (!takenBy) return `${instance} was ${was.toUpperCase()}, not MASTER; ${until}`;
  const after = `${(takenBy.afterMs / 1000).toFixed(2)} s`;
  return `${instance} handed over: ${takenBy.address} (priority ${takenBy.priority}) is MASTER since ${after} after our last advertisement; ${until}`;
}
