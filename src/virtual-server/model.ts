import type { CheckerPlan, CheckerState, TrackedCheckPlan, TrackedFile } from "../checkers/model.ts";
import type { Family } from "../core/ip.ts";
import type { Forwarding, Protocol, ServiceId, SyncDaemon, SyncOptions } from "../ipvs/model.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { HeldSettings, Settings } from "./kernel-settings.ts";
import type { Overridden, Override } from "./overrides.ts";

/** Of a real server: the kernel has it as a C int (uapi/linux/ip_vs.h). */
export const MAX_WEIGHT = 2 ** 31 - 1;

export type NotifyScripts<Event extends string> = { readonly [E in Event]?: ScriptSpec };

export type RealServerPlan = {
  readonly address: string;
  readonly port: number;
  /** The port that its names have, where that is another: DR and tunnels go by the port of each service of a group, but
   *  keepalived's names have the one that is written. */
  readonly namedPort?: number;
  readonly weight: number;
  readonly forwarding: Forwarding;
  readonly inhibitOnFailure: boolean;
  /** Connections: above the upper one it gets no more, until there are fewer than the lower one; 0: no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly checkers: readonly CheckerPlan[];
  /** Checks by files and BFD sessions; absent: none. */
  readonly tracked?: readonly TrackedCheckPlan[];
  readonly notify: NotifyScripts<"up" | "down">;
  readonly smtpAlert: boolean;
  /** How long its weight rises, from 1 to the full one, after it came back; absent: not at all. */
  readonly slowStartMs?: number;
  /** What was said of it at run time. Not of the configuration. */
  readonly override?: Overridden;
};

export type SorryServerPlan = {
  readonly address: string;
  readonly port: number;
  /** As that of a real server. */
  readonly namedPort?: number;
  readonly forwarding: Forwarding;
  readonly inhibit: boolean;
};

/** Services of a group: one for each address from `first` to `last` and each port from `firstPort` to `lastPort`, or one
 *  for a mark. */
export type ServiceRange =
  | {
      readonly kind: "addresses";
      readonly protocol: Protocol;
      readonly first: string;
      readonly last: string;
      readonly count: number;
      readonly firstPort: number;
      readonly lastPort: number;
    }
  | { readonly kind: "fwmark"; readonly family: Family; readonly fwmark: number };

/** A virtual_server_group as one virtual server has it, with that server's protocol and family filled in. Several may share
 *  one: `position` tells which of them this is, from 0. */
export type GroupPlan = {
  readonly name: string;
  readonly position: number;
  readonly ranges: readonly ServiceRange[];
};

/** One virtual_server block. `name` is what logs and mails call it: "[10.0.0.1]:tcp:80", "FWM 7", "[GROUP]:0". */
export type VirtualServerPlan = {
  readonly name: string;
  /** Of a group: its first service. */
  readonly id: ServiceId;
  /** All services that share these real servers and their quorum; absent: `id` alone. */
  readonly group?: GroupPlan;
  readonly scheduler: string;
  /** IP_VS_SVC_F_* (serviceFlags of ipvs/kernel-values). */
  readonly flags: number;
  /** 0: no persistence. */
  readonly persistenceTimeoutS: number;
  readonly persistenceMaskBits: number;
  readonly persistenceEngine?: string;
  /** Sums of weights of live servers. */
  readonly quorum: number;
  readonly hysteresis: number;
  /** A stop is told by its scripts and mails of going down. */
  readonly omega: boolean;
  /** Check only while the address is on this host. */
  readonly haSuspend?: boolean;
  readonly notify: NotifyScripts<"quorumUp" | "quorumDown">;
  readonly smtpAlert: boolean;
  readonly sorryServer?: SorryServerPlan;
  readonly realServers: readonly RealServerPlan[];
};

/** All that the checker process needs. */
export type CheckerProcessPlan = {
  readonly virtualServers: readonly VirtualServerPlan[];
  /** The network namespace of the IPVS table; empty: the one that the director is started in. Absent: this process's. */
  readonly ipvsNamespace?: string;
  /** Flush the whole table at start (lvs_flush) / at stop (lvs_flush_on_stop). */
  readonly flushAtStart: boolean;
  readonly flushAtStop: "no" | "all" | "own";
  /** How often the kernel's table is compared with the desired one; 0 never. */
  readonly resyncMs: number;
  /** What is found to differ then is told and left (ipvs_drift report); absent: repaired. */
  readonly reportDrift?: true;
  /** VRRP instances whose state steers the kernel's connection-sync daemons (lvs_sync_daemon_interface and
   *  lvs_sync_daemon … inst), and the daemons that run whatever the VRRP state is. */
  readonly syncInstances: readonly (SyncOptions & {
    readonly instance: string;
    readonly interface: string;
    readonly syncId: number;
  })[];
  readonly syncAlways?: SyncOptions & { readonly interface: string; readonly syncId: number };
  /** Idle times after which the kernel forgets a connection; absent: they stay as they are. */
  readonly timeouts?: { readonly tcpMs?: number; readonly tcpFinMs?: number; readonly udpMs?: number };
  /** Values of net.ipv4.vs.* by their names (ipvs_sysctl). */
  readonly sysctl?: Settings;
  /** The files that FILE_CHECKs follow; absent: none. */
  readonly trackFiles?: readonly TrackedFile[];
  /** The virtual servers of which the vrrp process hears whether they have their quorum, by the names it has for them; absent:
   *  nobody listens, not even to whether this process is there. */
  readonly told?: readonly string[];
  /** rs_init_notifies: servers that are taken for up at the start are told to be. */
  readonly initNotifies?: boolean;
  /** share_checks no: equal checks have a probe each; absent: they share one. */
  readonly shareChecks?: false;
};

/** The verdicts that a restarted checker process continues with; keyed by serviceKey, destinationKey and CheckerPlan.id. */
export type SavedVerdicts = {
  /** When the first of all these processes started: a real server of which nothing is said is as it was then. */
  readonly startedWallMs?: number;
  readonly checkers: Readonly<Record<string, CheckerState>>;
  readonly virtualServers: Readonly<Record<string, { readonly quorumUp: boolean; readonly sinceWallMs: number }>>;
  readonly realServers: Readonly<
    Record<
      string,
      {
        readonly alive: boolean;
        readonly sinceWallMs: number;
        readonly rampFromWallMs?: number;
        readonly held?: true;
      }
    >
  >;
};

/** What a restarted checker process is given. There are no verdicts of one that ended before it had written its first table. */
export type CheckerProcessSaved = Partial<SavedVerdicts> & {
  readonly overrides?: Readonly<Record<string, Override>>;
  /** Last known state of each BFD session that a BFD_CHECK follows: true is up. */
  readonly bfds?: Readonly<Record<string, boolean>>;
  /** Keys of the services in the kernel that are ours. */
  readonly services?: Readonly<Record<string, true>>;
  /** What the kernel is to get back. */
  readonly settings?: HeldSettings;
};

/** What the kernel counts of a virtual server or of a real server. Rates are those of its estimator, which looks every two
 *  seconds (Documentation/networking/ipvs of the kernel, net/netfilter/ipvs/ip_vs_est.c). */
export type Traffic = {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly connectionsPerS: number;
  readonly bytesInPerS: number;
  /** Seen with NAT only. */
  readonly bytesOutPerS: number;
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
    /** ha_suspend: it is not checked, since its address is not on this host. */
    readonly suspended?: true;
    /** Absent: the kernel was not asked, did not answer, or does not have it. */
    readonly traffic?: Traffic;
    readonly realServers: readonly {
      readonly name: string;
      readonly weight: number;
      readonly effectiveWeight: number;
      readonly alive: boolean;
      readonly inTable: boolean;
      readonly sinceWallMs: number;
      /** slow_start: the weight that it has so far. */
      readonly servedWeight?: number;
      readonly traffic?: Traffic;
      /** What was said of it at run time. */
      readonly override?: Pick<Override, "mode" | "weight" | "sinceWallMs" | "after" | "deadlineWallMs" | "drained"> & {
        /** Of one that drains: the open connections, as last counted. */
        readonly activeConnections?: number;
      };
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
        /** When it runs next; absent while it runs, and of one that follows a file or a session. */
        readonly nextRunWallMs?: number;
        readonly lastResult: string;
        readonly failures: number;
        readonly retry: number;
        /** How many checks get their verdicts from its probe, with itself; absent: it is alone. */
        readonly readers?: number;
        /** Its runs since the checker process started. `unknown`: this host itself was the reason. */
        readonly runs?: { readonly passed: number; readonly failed: number; readonly unknown: number };
        /** The end of what its program wrote in its last run (MISC_CHECK), 4 KB at most. */
        readonly output?: string;
        /** When the certificate that the server showed last expires. */
        readonly certificateExpiresWallMs?: number;
      }[];
    }[];
  }[];
  readonly syncDaemons: readonly SyncDaemon[];
  /** Overrides of servers that are not configured now. */
  readonly dormantOverrides?: readonly Override[];
};
