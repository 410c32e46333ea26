import type { TrackProcessPlan } from "./tracked-model.ts";

/** A running process as /proc has it: its name (15 bytes at most), and its command line; no words for a kernel thread. */
export type ProcessSeen = { readonly name: string; readonly command: readonly string[] };

/** Longest name of a process (TASK_COMM_LEN of linux/sched.h, without its zero). */
const NAME_BYTES = 15;

/** Whether a process is one of those that are counted. */
export function matchesProcess(plan: Pick<TrackProcessPlan, "process" | "args" | "match">, seen: ProcessSeen): boolean {
  const [program, ...args] = seen.command;
  const sameProgram = program === plan.process;
  const wanted = plan.args;
  switch (plan.match) {
    case "name":
      return cutName(plan.process) === seen.name;
    case "command":
      return sameProgram;
    case "exact":
      return sameProgram && args.length === wanted.length && wanted.every((word, i) => args[i] === word);
    case "partial":
      return sameProgram && wanted.every((word, i) => args[i] === word);
    case "initial":
      return (
        sameProgram &&
        wanted.every((word, i) => (i < wanted.length - 1 ? args[i] === word : args[i]?.startsWith(word) === true))
      );
  }
}

const cutName = (name: string): string => Buffer.from(name).subarray(0, NAME_BYTES).toString("latin1");

/** Whether as many run as are wanted. */
export const quorumMet = ({ quorum, quorumMax }: TrackProcessPlan, count: number): boolean =>
  count >= quorum && (quorumMax === undefined || count <= quorumMax);
