import { checkCodes } from "./codes-checks.ts";
import { confCodes } from "./codes-conf.ts";
import { lintCodes } from "./codes-lint.ts";
import { routeCodes } from "./codes-routes.ts";
import { serverCodes } from "./codes-servers.ts";
import { vrrpCodes } from "./codes-vrrp.ts";

/** A code of a diagnostic, as docs/diagnostics.md and `explain` have it. */
export type CodeEntry = {
  readonly code: string;
  /** What is found. */
  readonly means: string;
  /** What comes of it. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
};

/** Every code that a check can give, by area. */
export const codeEntries: readonly CodeEntry[] = [
  ...confCodes,
  ...vrrpCodes,
  ...routeCodes,
  ...serverCodes,
  ...checkCodes,
  ...lintCodes,
];

export const codeNames = (): readonly string[] => codeEntries.map(({ code }) => code);

/** Whether it takes two files to find it. */
export const isPairCode = (code: string): boolean =>
  code.startsWith("pair/") && lintCodes.some((entry) => entry.code === code);
