import type { DirectorEvent } from "../process/events.ts";
import type { DirectorStatus } from "../process/status.ts";
import { askDaemon } from "./control-client.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";
import { explain } from "./why.ts";
import { instancesOf, servicesOf } from "./why-subject.ts";
import { reasonText } from "./why-text.ts";

/** Prints why an instance, a server or an address is as it is. Without the events of the past it tells of the present. */
export async function whyCommand(socketPath: string, thing: string, json: boolean): Promise<number> {
  const [answer, events] = await Promise.all([askDaemon(socketPath, "GET", "/status"), eventsOf(socketPath)]);
  if (answer.httpStatus !== 200)
    throw new CommandError("control/refused", `why refused: HTTP status ${answer.httpStatus}`, {
      exitStatus: EXIT_FAILED,
    });
  const status = answer.body as DirectorStatus;
  const reasons = explain(status, events, thing);
  if (reasons.length === 0) throw unknown(status, thing);
  process.stdout.write(json ? `${JSON.stringify(reasons, null, 2)}\n` : reasonText(reasons));
  return 0;
}

async function eventsOf(socketPath: string): Promise<readonly DirectorEvent[]> {
  const answer = await askDaemon(socketPath, "GET", "/events").catch(() => undefined);
  return answer?.httpStatus === 200 ? (answer.body as { readonly events: readonly DirectorEvent[] }).events : [];
}

/** So many names are told to whoever named none of them. */
const MOST_NAMES = 5;

function unknown(status: DirectorStatus, thing: string): CommandError {
  const silent = [status.vrrp, status.checker].filter((part) => typeof part === "string");
  const names = [...instancesOf(status), ...servicesOf(status)].map(({ name }) => name);
  const some = `${names.slice(0, MOST_NAMES).join(", ")}${names.length > MOST_NAMES ? " and more" : ""}`;
  const hint =
    silent.length > 0 ? silent.join("; ") : names.length > 0 ? `there is ${some}` : "nothing is configured to run";
  return new CommandError("why/unknown", `${thing} is no instance, server or address here`, {
    exitStatus: EXIT_FAILED,
    hint,
  });
}
