import type { CheckerState, Verdict } from "./model.ts";

type Found = {
  readonly up: boolean;
  readonly reason: "file" | "bfd";
  readonly detail: string;
  /** What is added to the weight of a server that is up. */
  readonly delta?: number;
};

/** The state of a check that no probe answers, but a file or a BFD session, as that has it at `wallMs`. `hasRun`: somebody has
 *  said something. */
export function trackedState(
  { up, reason, detail, delta }: Found,
  hasRun: boolean,
  before: CheckerState | undefined,
  wallMs: number,
): CheckerState {
  const lastVerdict: Verdict = up ? { up, detail } : { up, reason, detail };
  return {
    up,
    hasRun,
    failures: 0,
    sinceWallMs: before?.up === up ? before.sinceWallMs : wallMs,
    lastVerdict,
    lastRunWallMs: wallMs,
    ...(up ? delta !== undefined && { delta } : { why: detail }),
  };
}
