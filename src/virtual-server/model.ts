import type { CheckerPlan, CheckerState } from "../checkers/model.ts";
import type { Forwarding, ServiceId } from "../ipvs/model.ts";
import type { ScriptSpec } from "../script/model.ts";

export type NotifyScripts<Event extends string> = { readonly [E in Event]?: ScriptSpec };

export type RealServerPlan = {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly inhibitOnFailure: boolean;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly checkers: readonly CheckerPlan[];
  readonly notify: NotifyScripts<"up" | "down">;
  readonly smtpAlert: boolean;
};

export type SorryServerPlan = {
  readonly address: string;
  readonly port: number;
  readonly forwarding: Forwarding;
  readonly inhibit: boolean;
};

/** One virtual_server block. `name` is what logs and mails call it: "[10.0.0.1]:tcp:80", "FWM 7". */
export type VirtualServerPlan = {
  readonly name: string;
  readonly id: ServiceId;
  readonly scheduler: string;
  readonly flags: number;
  /** 0: no persistence. */
  readonly persistenceTimeoutS: number;
  readonly persistenceMaskBits: number;
  readonly persistenceEngine?: string;
  readonly quorum: number;
  readonly hysteresis: number;
  readonly omega: boolean;
  readonly notify: NotifyScripts<"quorumUp" | "quorumDown">;
  readonly smtpAlert: boolean;
  readonly sorryServer?: SorryServerPlan;
  readonly realServers: readonly RealServerPlan[];
};

/** All that the checker process needs. */
export type CheckerProcessPlan = {
  readonly virtualServers: readonly VirtualServerPlan[];
  /** Flush the whole table at start (lvs_flush) / at stop (lvs_flush_on_stop). */
  readonly flushAtStart: boolean;
  readonly flushAtStop: "no" | "all" | "own";
  /** How often the kernel's table is compared with the desired one; 0 never. */
  readonly resyncMs: number;
  /** VRRP instances whose state steers the kernel's connection-sync daemons (lvs_sync_daemon_interface and
   *  lvs_sync_daemon … inst), and the daemons that run whatever the VRRP state is. */
  readonly syncInstances: readonly { readonly instance: string; readonly interface: string; readonly syncId: number }[];
  readonly syncAlways?: { readonly interface: string; readonly syncId: number };
};

/** What a restarted checker process continues with; keyed by serviceKey, destinationKey and CheckerPlan.id. */
export type CheckerProcessSaved = {
  readonly checkers: Readonly<Record<string, CheckerState>>;
  readonly virtualServers: Readonly<Record<string, { readonly quorumUp: boolean; readonly sinceWallMs: number }>>;
  readonly realServers: Readonly<Record<string, { readonly alive: boolean; readonly sinceWallMs: number }>>;
};

/** The checker process's part of `status`. Times are wall-clock ms since the epoch. */
export type CheckerStatus = {
  readonly transport: "genl" | "sockopt" | "none";
  readonly driftRepairs: number;
  readonly tableError?: string;
  readonly virtualServers: readonly {
    readonly name: string;
    readonly scheduler: string;
    readonly forwarding: string;
    readonly quorum: number;
    readonly hysteresis: number;
    readonly quorumUp: boolean;
    readonly sinceWallMs: number;
    readonly sorryServerActive: boolean;
    readonly realServers: readonly {
      readonly name: string;
      readonly weight: number;
      readonly effectiveWeight: number;
      readonly alive: boolean;
      readonly inTable: boolean;
      readonly sinceWallMs: number;
      /** Why it is down, in one sentence with the checker's words; empty while it is up. */
      readonly why: string;
      readonly checkers: readonly {
        readonly kind: string;
        readonly target: string;
        readonly up: boolean;
        readonly hasRun: boolean;
        readonly sinceWallMs: number;
        readonly lastRunWallMs?: number;
        readonly lastLatencyMs?: number;
        readonly lastResult: string;
        readonly failures: number;
        readonly retry: number;
      }[];
    }[];
  }[];
  readonly syncDaemons: readonly {
    readonly role: "master" | "backup";
    readonly interface: string;
    readonly syncId: number;
  }[];
};
