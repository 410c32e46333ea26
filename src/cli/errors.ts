import { CommanderError } from "commander";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";

/** Exit statuses of the commands that talk to a daemon. */
export const EXIT_FAILED = 1;
export const EXIT_NOT_RUNNING = 3;
const EXIT_INTERNAL = 70;

/** A command's failure with the exit status it asks for. */
export class CommandError extends DirectorError {
  readonly exitStatus: number;

  constructor(code: string, message: string, options: { exitStatus: number; hint?: string; cause?: unknown }) {
    super(code, message, options);
    this.exitStatus = options.exitStatus;
  }
}

/** What a failed command prints, and its exit status: one line of what is wrong and the remedy. */
export function describeFailure(
  error: unknown,
  debug: boolean,
): { readonly text: string; readonly exitStatus: number } {
  if (error instanceof CommanderError) return describeUsage(error);
  const stack = debug && error instanceof Error && error.stack ? `\n${error.stack}` : "";
  if (error instanceof DirectorError) {
    const exitStatus = error instanceof CommandError ? error.exitStatus : EXIT_FAILED;
    return { text: `${messageOf(error)}${error.hint ? `: ${error.hint}` : ""}${stack}`, exitStatus };
  }
  if (errnoCode(error)) return { text: messageOf(error) + stack, exitStatus: EXIT_FAILED };
  const remedy = debug ? "" : "; --debug shows where";
  return { text: `internal error: ${messageOf(error)}${remedy}${stack}`, exitStatus: EXIT_INTERNAL };
}

/** commander has printed help and version itself; its complaints are made into one line with a remedy. */
function describeUsage(error: CommanderError): { readonly text: string; readonly exitStatus: number } {
  if (error.exitCode === 0 || error.code === "commander.help") return { text: "", exitStatus: error.exitCode };
  const message = messageOf(error)
    .replace(/^error: /, "")
    .replace(/\?(\(Did you mean .*\))$/, "? $1");
  return { text: `${message}; see \`lvskeeper --help\``, exitStatus: EXIT_FAILED };
}
