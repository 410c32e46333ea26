import type { BfdStatus } from "../bfd/model.ts";
import type { CheckerStatus } from "../virtual-server/model.ts";
import type { VrrpStatus } from "../vrrp/model.ts";
import type { ChildRole } from "./messages.ts";

/** One process as the parent knows it. Absent times: it does not run. */
export type ProcessStatus = {
  readonly role: ChildRole | "parent";
  readonly pid?: number;
  /** The supervisor's word for it: off, starting, running, killed, waiting, stopping, overdue. */
  readonly state: string;
  readonly sinceWallMs?: number;
  readonly respawns: number;
  readonly lagMs?: number;
  readonly lastHeartbeatAgeMs?: number;
  readonly respawnInMs?: number;
  /** How its predecessor ended. */
  readonly lastEnd?: string;
};

export type ReloadStatus = {
  readonly atWallMs: number;
  readonly ok: boolean;
  /** Why it was refused. */
  readonly error?: string;
  readonly tookMs?: number;
  /** What it changed, a line each; of many changes the first, and how many more there were. */
  readonly changes?: readonly string[];
  readonly moreChanges?: number;
};

/** What `status --json` prints. Times are wall-clock ms since the epoch. A part that is a string says why the process
 *  that knows it did not answer; an absent part means that the process is not meant to run. */
export type DirectorStatus = {
  readonly version: string;
  readonly program: string;
  readonly pid: number;
  readonly nowWallMs: number;
  readonly startedWallMs: number;
  readonly configFile: string;
  readonly lastReload?: ReloadStatus;
  /** The last ones, the latest first; absent: none yet. */
  readonly reloads?: readonly ReloadStatus[];
  readonly processes: readonly ProcessStatus[];
  readonly vrrp?: VrrpStatus | string;
  readonly checker?: CheckerStatus | string;
  readonly bfd?: BfdStatus | string;
  /** What the configuration's check warned of, one line each. */
  readonly warnings: readonly string[];
};
