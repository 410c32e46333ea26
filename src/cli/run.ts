import { launchDaemon, reportToLauncher } from "../process/daemon.ts";
import { runParent, type StartReport } from "../process/parent.ts";
import type { RunOptions } from "../process/run-options.ts";

/** Runs the director: in the foreground until it is stopped, or as a daemon until that has started. Resolves with the
 *  exit status. What went wrong at the start is on stderr, once: with -l the log has it there. */
export async function runCommand(options: RunOptions, isDaemon: boolean): Promise<number> {
  const print = ({ lines, drawn }: StartReport): void => {
    if (drawn) process.stderr.write(`${drawn}\n`);
    if (!options.log.console) for (const line of lines) process.stderr.write(`${options.program}: ${line}\n`);
  };
  if (isDaemon) return runParent(options, reportToLauncher);
  if (options.foreground) return runParent(options, print);
  const report = await launchDaemon(options);
  print(report);
  return report.exitStatus;
}
