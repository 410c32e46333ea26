import { lastWords } from "../script/log-events.ts";
import type { ScriptOutcome } from "../script/model.ts";
import { run } from "../script/runner.ts";
import { type Checker, cancelled, down, local, type ProbeOf, secondsText, upVerdict } from "./checker.ts";
import type { Verdict } from "./model.ts";

/** MISC_CHECK: runs a program; exit status 0 is up. With misc_dynamic a status of 2 to 255 is up as well and asks for
 *  the weight status - 2. At misc_timeout its process group gets SIGTERM, and 2 s later SIGKILL. */
export const miscCheck: Checker<ProbeOf<"MISC_CHECK">> = async (probe, _turn, signal) =>
  judgeOutcome(
    await run(probe.script, {
      timeoutMs: probe.timeoutMs,
      signal,
      isCheck: true,
      noNewPrivileges: probe.newPrivileges !== true,
    }),
    probe,
  );

type Judged = Pick<ProbeOf<"MISC_CHECK">, "dynamic" | "timeoutMs">;

/** A program that could not be started says nothing about the server, so it counts neither way; one that runs and dies
 *  or hangs is a failure, as in keepalived. */
export function judgeOutcome(outcome: ScriptOutcome, probe: Judged): Verdict {
  const verdict = judge(outcome, probe);
  return outcome.output === "" ? verdict : { ...verdict, output: outcome.output };
}

function judge(outcome: ScriptOutcome, { dynamic, timeoutMs }: Judged): Verdict {
  const last = lastWords(outcome.output);
  const words = last === "" ? "" : `: ${last}`;
  switch (outcome.how) {
    case "exited": {
      const status = outcome.status ?? 0;
      if (status === 0) return upVerdict;
      if (dynamic && status >= 2) return { up: true, weight: status - 2 };
      return down("script", `exited with status ${status}${words}`);
    }
    case "signalled":
      return down("script", `killed by ${outcome.signal}${words}`);
    case "timeout":
      return down("timeout", `timed out after ${secondsText(timeoutMs)}${words}`);
    case "not-started":
    case "lost":
      return local(outcome.error ?? "could not be started");
    case "cancelled":
      return cancelled;
  }
}
