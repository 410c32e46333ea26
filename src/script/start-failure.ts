import { errnoCode, messageOf } from "../core/errors.ts";
import type { ScriptSpec } from "./model.ts";

const PASSING = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "ETXTBSY"]);

/** A program that did not start, and why. */
export const notStarted = (
  cause: unknown,
  error: string,
): { readonly how: "not-started"; readonly error: string; readonly mayStartLater?: true } => ({
  how: "not-started",
  error,
  ...(PASSING.has(errnoCode(cause) ?? "") && { mayStartLater: true }),
});

/** One line saying why the program did not start, with the remedy. */
export function startFailure(spec: ScriptSpec, cause: unknown): string {
  const file = spec.argv[0] ?? "";
  switch (errnoCode(cause)) {
    case "ENOENT":
      return `${file} does not exist, or the interpreter in its first line does not`;
    case "EACCES":
      return `${file} may not be executed by ${spec.user?.name ?? "us"}: check its mode, and that of the folders above it`;
    case "ETXTBSY":
      return `${file} is open for writing, so that it cannot be executed: write a new file and move it to its place`;
    case "ENOEXEC":
      return `${file} is no program for this machine, or is empty: put the right one there`;
    case "ENOTDIR":
    case "ELOOP":
    case "ENAMETOOLONG":
      return `${file} leads nowhere (${errnoCode(cause)}): check the folders and links of its path`;
    case "E2BIG":
      return `${file} has arguments and an environment that are too long for this system (E2BIG)`;
    case "EPERM":
      return `we may not change to user ${spec.user?.name ?? "?"}: run as root, or remove the user from the script`;
    case "EAGAIN":
    case "ENOMEM":
    case "EMFILE":
    case "ENFILE":
    case "ENOSPC":
      return `this machine, or the user ${spec.user?.name ?? "we run as"}, is out of processes, memory or descriptors (${errnoCode(cause)})`;
    default:
      return messageOf(cause);
  }
}

const hiddenVariables = new Set(["IFS", "LD_PRELOAD", "LD_LIBRARY_PATH"]);

/** The environment without what would change how programs are loaded or words are split. */
export const cleanEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !hiddenVariables.has(name)));
