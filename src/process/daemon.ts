import { spawn } from "node:child_process";
import type { StartReport } from "./parent.ts";
import type { RunOptions } from "./run-options.ts";

/** The first argument of the daemon that a launcher starts, instead of a child's boot message. */
const DAEMON_ARGUMENT = '{"role":"daemon"}';

/** Starts this program again as a session leader of its own and waits for its report. Resolves with that; the daemon
 *  runs on. With -l it keeps our stdout and stderr. */
export function launchDaemon(options: RunOptions): Promise<StartReport> {
  const stream = options.log.console ? "inherit" : "ignore";
  const daemon = spawn(
    process.execPath,
    [...process.execArgv, process.argv[1] ?? "", DAEMON_ARGUMENT, ...options.args],
    {
      argv0: options.program,
      detached: true,
      stdio: ["ignore", stream, stream, "ipc"],
    },
  );
  return new Promise((resolve) => {
    let reported: StartReport | undefined;
    const settle = (how: string): void =>
      resolve(
        reported ?? { exitStatus: 1, lines: [`the daemon ${how} before it was ready: run it with -n -l to see why`] },
      );
    daemon.once("message", (message: StartReport) => {
      reported = message;
      if (message.exitStatus !== 0) return; // its end follows, and by then its pid file is gone
      daemon.disconnect();
      daemon.unref();
      settle("started");
    });
    daemon.once("error", (error) => settle(`could not be started: ${error.message}`));
    daemon.once("exit", (status, signal) =>
      settle(signal ? `was killed by ${signal}` : `exited with status ${status}`),
    );
  });
}

/** The daemon's side: tells the launcher once, and lets it go. A launcher that is gone already changes nothing. */
export function reportToLauncher(report: StartReport): void {
  process.chdir("/");
  if (!process.connected || !process.send) return;
  process.send(report, () => {
    if (process.connected) process.disconnect();
  });
}
