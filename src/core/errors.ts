/** An error an administrator reads: `message` is one line saying what and where, `hint` the remedy, `code` stays stable
 *  between releases. Thrown by shells for IO; a bare Error is our own bug and ends the process (the parent restarts it). */
export class DirectorError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DirectorError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The errno name of a system error thrown by Node or by our addon ("EPERM"), undefined for any other value. */
export function errnoCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ");
}
