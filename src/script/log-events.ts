import type { ScriptOutcome, ScriptSpec } from "./model.ts";

/** `hook`: the keyword that asked for the run ("notify_down"); `subject`: what it is about ("[10.0.0.2]:tcp:80 of VS …"). */
export type HookFields = { readonly hook: string; readonly subject: string; readonly script: ScriptSpec };

export const commandText = (script: ScriptSpec): string =>
  script.argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");

const userText = (script: ScriptSpec): string => script.user?.name ?? "the daemon's own user";

/** How a run ended, as the end of a sentence: "exited with status 1", "was ended after 30 s". */
export function outcomeText(outcome: ScriptOutcome): string {
  const after = `after ${(outcome.elapsedMs / 1000).toFixed(1)} s`;
  switch (outcome.how) {
    case "exited":
      return `exited with status ${outcome.status}`;
    case "signalled":
      return `was killed by ${outcome.signal}`;
    case "timeout":
      return `was ended ${after}, its time limit`;
    case "not-started":
      return `could not be started: ${outcome.error}`;
    case "lost":
      return `may still run or not: ${outcome.error}`;
    case "cancelled":
      return `was ended ${after}, because it is no longer wanted`;
  }
}

/** Of a log line. */
const mostWords = 500;

/** The end of an output as one line. */
export function lastWords(output: string): string {
  const line = output.replaceAll(/\s*\n\s*/g, " | ");
  return line.length > mostWords ? `… ${line.slice(-mostWords)}` : line;
}

const outputText = ({ output }: ScriptOutcome): string => (output === "" ? "" : `; it wrote: ${lastWords(output)}`);

const finished = (f: HookFields & { outcome: ScriptOutcome }): string =>
  `${f.hook} of ${f.subject}: ${commandText(f.script)} (as ${userText(f.script)}) ${outcomeText(f.outcome)}${outputText(f.outcome)}`;

export const scriptEvents = {
  "script.started": (f: HookFields) =>
    `${f.hook} of ${f.subject}: running ${commandText(f.script)} (as ${userText(f.script)})`,
  "script.succeeded": finished,
  "script.failed": finished,
  "script.overdue": (f: HookFields & { graceMs: number }) =>
    `${f.hook} of ${f.subject}: ${commandText(f.script)} still runs while a later event waits; it is ended in ${f.graceMs / 1000} s`,
  "script.dropped": (f: HookFields & { reason: string }) =>
    `${f.hook} of ${f.subject}: ${commandText(f.script)} was not run: ${f.reason}`,
  "script.runnerLost": ({ lost }: { lost: number }) =>
    `the process that runs scripts has ended by itself, with ${lost} of them under way; the next script starts another`,
};
