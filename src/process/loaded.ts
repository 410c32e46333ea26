import { messageOf } from "../core/errors.ts";
import type { Plan } from "./plan.ts";

/** What reading the configuration file came to, in the lines an administrator reads. */
export type Loaded = {
  readonly plan?: Plan;
  readonly exitStatus: number;
  /** Without a plan: the diagnostics as `check` draws them. */
  readonly drawn: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
};

/** A configuration that breaks the parser must not end a director that serves. */
export function loadSafely(load: () => Loaded): Loaded {
  try {
    return load();
  } catch (error) {
    return {
      exitStatus: 5,
      drawn: "",
      errors: [`internal error while reading the configuration: ${messageOf(error)}`],
      warnings: [],
    };
  }
}
