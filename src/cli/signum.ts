import { SIGNALS } from "../process/signal-numbers.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

/** `--signum=NAME`: prints the number of the signal that does it, so that scripts need not know it. Names in any case. */
export function signumCommand(name: string): number {
  const number = (SIGNALS as Readonly<Record<string, number>>)[name.toUpperCase()];
  if (number === undefined)
    throw new CommandError("cli/usage", `there is no signal for ${name}`, {
      exitStatus: EXIT_FAILED,
      hint: `known are ${Object.keys(SIGNALS).join(", ")}`,
    });
  process.stdout.write(`${number}\n`);
  return 0;
}
