import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { RunOptions } from "./run-options.ts";

const PATTERN_FILE = "/proc/sys/kernel/core_pattern";

/** Lets this process, and those that it starts from now on, leave core files when they crash. What cannot be had is told. */
export function allowCoreFiles({ pattern }: NonNullable<RunOptions["coreFiles"]>, log: Logger<ProcessEvents>): void {
  const attempt = (what: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      log.warn("process.setting", { what, error: messageOf(error) });
    }
  };
  attempt("core files", () =>
    execFileSync("prlimit", ["--pid", String(process.pid), "--core=unlimited"], {
      stdio: ["ignore", "ignore", "pipe"],
    }),
  );
  if (pattern !== undefined) attempt("the names of core files", () => writeFileSync(PATTERN_FILE, `${pattern}\n`));
}
