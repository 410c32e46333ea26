import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";

export type MailPlan = {
  readonly recipients: readonly string[];
  readonly from: string;
  readonly host: string;
  readonly port: number;
  readonly heloName: string;
  readonly timeoutMs: number;
};

export type GlobalPlan = {
  readonly routerId: string;
  readonly mail?: MailPlan;
  /** Silence of a child longer than this and it is killed and replaced. */
  readonly watchdogTimeoutMs: number;
  readonly childWaitMs: number;
};

/** A whole configuration, typed, defaults filled in: what the parent hands to its children. Plain JSON. */
export type Plan = {
  readonly global: GlobalPlan;
  readonly vrrp: VrrpProcessPlan;
  readonly checker: CheckerProcessPlan;
};
