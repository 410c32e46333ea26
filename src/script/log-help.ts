import type { LogHelp } from "../core/log.ts";
import type { scriptEvents } from "./log-events.ts";
import type { ScriptOutcome, ScriptSpec } from "./model.ts";

const script = { argv: ["/etc/keepalived/notify.sh", "down"] } as unknown as ScriptSpec;
const hook = { hook: "notify_down", subject: "[10.0.0.11]:tcp:80 of VS [192.0.2.10]:tcp:80", script };
const outcome = (how: object): ScriptOutcome => ({ elapsedMs: 40, output: "", ...how }) as unknown as ScriptOutcome;

/** What the lines about notify scripts mean. */
export const scriptHelp: LogHelp<typeof scriptEvents> = {
  "script.started": {
    example: hook,
    means: "A notify script is started.",
  },
  "script.succeeded": {
    example: { ...hook, outcome: outcome({ how: "exited", status: 0 }) },
    means: "A notify script ended with status 0.",
  },
  "script.failed": {
    example: { ...hook, outcome: outcome({ how: "exited", status: 1 }) },
    means:
      "A notify script ended with another status than 0, was killed, or did not start. Nothing else depends on it.",
    remedy: "Run it by hand as the user that the line names.",
  },
  "script.overdue": {
    example: { ...hook, graceMs: 5000 },
    means:
      "A later event of the same hook waits: two runs of one hook never overtake each other, so the old one is ended.",
    remedy: "Make the script fast, or let it hand its work to something else.",
  },
  "script.dropped": {
    example: { ...hook, reason: "too many events wait for it" },
    means: "An event was not told to the script.",
    remedy: "Make the script fast; a notify_fifo takes any number of events.",
  },
  "script.runnerLost": {
    example: { lost: 2 },
    means:
      "Scripts are run by a small process beside the one that asks for them (`lvskeeper-scripts` in ps), and somebody killed it. Checks that were under way count neither way and are run again when they are due.",
    remedy: "Look for the out-of-memory killer in the kernel's log.",
  },
};
