import type { Family } from "../core/ip.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { HeardPeer } from "./heard.ts";
import type { ReceiveBuffer } from "./receive-buffer.ts";
import type { RoutePlan, RulePlan } from "./route-model.ts";
import type { TrackerShare } from "./shares.ts";
import type { AddressClaim, SecondMaster } from "./split-brain.ts";
import type { Obstacle, TakeoverCheckPlan } from "./takeover-model.ts";
import type {
  GarpGroupPlan,
  LinkbeatPlan,
  LinkDelayPlan,
  TrackFilePlan,
  TrackGroupPlan,
  TrackProcessPlan,
  TrackServicePlan,
} from "./tracked-model.ts";

/** An address line of virtual_ipaddress. `interface` absent: the instance's own. */
export type VirtualAddress = {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface?: string;
  /** rt_scope value: 0 global, 253 link, 254 host. */
  readonly scope?: number;
  readonly label?: string;
  readonly broadcast?: string | "+" | "-";
  readonly peer?: string;
  /** IPv6: no duplicate address detection (IFA_F_NODAD). */
  readonly noDad?: true;
  /** IFA_F_HOMEADDRESS, IFA_F_MANAGETEMPADDR, IFA_F_NOPREFIXROUTE, IFA_F_MCAUTOJOIN of linux/if_addr.h. */
  readonly home?: true;
  readonly manageTemporary?: true;
  readonly noPrefixRoute?: true;
  readonly autojoin?: true;
  /** Preferred lifetime; 0: never a source address. Absent: forever. */
  readonly preferredLifetimeS?: number;
  /** Its removal by somebody else does not matter. */
  readonly noTrack?: true;
  /** The interface of its own (macvlan) that it is put on; `interface` is the one below. */
  readonly vmac?: string;
};

/** A router that adverts are exchanged with by unicast: its address, and the TTLs that an advert of its may have come with. */
export type UnicastPeer = { readonly address: string; readonly minTtl: number; readonly maxTtl: number };

/** unicast_peer and what belongs to it. `peers` may be empty: an instance that waits for peers, with unicast_fault_no_peer. */
export type UnicastPlan = {
  readonly peers: readonly UnicastPeer[];
  /** TTL or hop limit of our adverts. */
  readonly ttl: number;
  /** Drop adverts from addresses that are no peers. */
  readonly checkSource: boolean;
};

export type GarpPlan = {
  readonly masterDelayMs: number;
  readonly masterRepeat: number;
  readonly masterRefreshMs: number;
  readonly masterRefreshRepeat: number;
  readonly lowerPrioDelayMs: number;
  readonly lowerPrioRepeat: number;
  /** Least gap between two announcements on one interface; 0 none. */
  readonly intervalMs: number;
  /** The same of neighbour advertisements, which IPv6 has instead of ARP. */
  readonly neighbourIntervalMs?: number;
  /** While MASTER, announcements on interfaces that no adverts leave by: on all with addresses, or on VMACs only. */
  readonly extra?: { readonly all: boolean; readonly intervalMs: number };
};

/** An interface of its own below which the instance's is: a private macvlan with a MAC address of its own, or an ipvlan. */
export type VmacPlan = {
  readonly kind: "macvlan" | "ipvlan";
  readonly interface: string;
  /** "00:00:5e:00:01:33"; of a macvlan. */
  readonly mac?: string;
  /** Of an ipvlan, which has layer 2. */
  readonly mode?: "bridge" | "private" | "vepa";
  /** Stands on an ipvlan always, and adverts come from it. */
  readonly address?: { readonly address: string; readonly prefixLength: number };
  /** The group of interfaces it is put in; absent: that of the interface below. */
  readonly group?: number;
  /** Adverts are sent and received on the interface below. */
  readonly transmitBelow: boolean;
  readonly netlinkNotify: boolean;
};

/** HMAC-SHA256 trailer of adverts, as keepalived 2.4 has it. */
export type HmacPlan = {
  readonly keys: readonly { readonly id: number; readonly keyHex: string }[];
  /** The key to send with. */
  readonly activeKey: number;
  /** How old or early an advert may be, with antiReplay "time". */
  readonly timeWindowMs: number;
  readonly antiReplay: "time" | "monotonic";
  readonly mode: "enforce" | "permissive" | "receive-only";
};

/** `weight` 0: a failure is a FAULT; otherwise the share of priority, as vrrp/tracking has it. */
export type TrackPlan = { readonly name: string; readonly weight: number; readonly reverse: boolean };

export type VrrpScriptPlan = {
  readonly name: string;
  readonly script: ScriptSpec;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly weight: number;
  readonly reverse: boolean;
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
};

export type VrrpNotify = {
  readonly master?: ScriptSpec;
  readonly backup?: ScriptSpec;
  readonly fault?: ScriptSpec;
  readonly stop?: ScriptSpec;
  /** The generic `notify`: gets TYPE NAME STATE PRIORITY appended. */
  readonly any?: ScriptSpec;
  readonly deleted?: ScriptSpec;
  readonly masterRxLowerPriority?: ScriptSpec;
  /** A reload that removes the instance reports DELETED, not FAULT. */
  readonly reportsDeleted?: true;
};

/** What further keywords of an instance come to. The planner gives all that are not marked as optional. */
export type InstanceExtras = {
  /** Keep to the RFC where keepalived's ways differ from it. */
  readonly strict: boolean;
  /** Traffic to the addresses is let through. */
  readonly accept: boolean;
  readonly vmac?: VmacPlan;
  /** The VRF of an instance without interface. */
  readonly vrf?: string;
  /** auth_type AH: the key of the authentication header, RFC 2402, instead of `authPass`. */
  readonly ahKey?: string;
  readonly hmac?: HmacPlan;
  /** FAULT while `sourceAddress` is not on the interface. */
  readonly trackSource: boolean;
  readonly promoteSecondaries: boolean;
  /** Poll the driver for the state of the instance's own interface. */
  readonly pollLink: boolean;
  /** Priority 255 takes no notice of any advert. */
  readonly ownerIgnoresAdverts: boolean;
  /** After standing still for longer than a backup of this priority waits: BACKUP. */
  readonly timerExpiredBackupPriority?: number;
  /** What the socket is to have room for; absent: what all have. */
  readonly receiveBuffer?: ReceiveBuffer;
  /** Version 3 to peers with the checksum of keepalived before 1.3.7. Absent: as a peer does. */
  readonly oldUnicastChecksum?: "use" | "never";
  readonly notifyPriorityChanges: boolean;
  readonly takeoverCheck?: TakeoverCheckPlan;
};

export type VrrpInstancePlan = Partial<InstanceExtras> & {
  readonly name: string;
  /** Empty: none of its own, for unicast with a source address. */
  readonly interface: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** 1..254, or 255 for the owner of the addresses. */
  readonly priority: number;
  readonly advertIntervalMs: number;
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  /** `state MASTER` below priority 255: within a sync group the first wait is one interval and the least skew. */
  readonly startHint?: "master";
  readonly authPass?: string;
  /** mcast_src_ip or unicast_src_ip; absent: the first address of the interface. */
  readonly sourceAddress?: string;
  /** Adverts go to these peers, and to no multicast group. */
  readonly unicast?: UnicastPlan;
  readonly multicastGroup: string;
  /** v3 over IPv4 without the pseudo header in the checksum (RFC 9568); keepalived includes it by default. */
  readonly v3ChecksumAsV2: boolean;
  readonly addresses: readonly VirtualAddress[];
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly garp: GarpPlan;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly skipCheckAdvAddr: boolean;
  /** Follow the state of the instance's own interface (off with dont_track_primary). */
  readonly trackPrimary: boolean;
  readonly trackScripts: readonly TrackPlan[];
  readonly trackInterfaces: readonly TrackPlan[];
  readonly trackFiles?: readonly TrackPlan[];
  readonly trackProcesses?: readonly TrackPlan[];
  readonly trackBfds?: readonly TrackPlan[];
  /** Services on this host. */
  readonly trackServices?: readonly TrackPlan[];
  /** Virtual servers, and the checker process itself. */
  readonly trackBalancing?: readonly TrackPlan[];
  /** Routes and rules that only the MASTER has. */
  readonly routes?: readonly RoutePlan[];
  readonly rules?: readonly RulePlan[];
  readonly notify: VrrpNotify;
  readonly smtpAlert: boolean;
};

export type SyncGroupPlan = {
  readonly name: string;
  readonly members: readonly string[];
  readonly notify: VrrpNotify;
  readonly smtpAlert: boolean;
  readonly notifyPriorityChanges?: boolean;
};

/** An address that stands as long as the director runs. */
export type StaticAddress = VirtualAddress & { readonly trackGroup?: string };

/** All that the vrrp process needs. */
export type VrrpProcessPlan = {
  readonly instances: readonly VrrpInstancePlan[];
  readonly groups: readonly SyncGroupPlan[];
  readonly scripts: readonly VrrpScriptPlan[];
  readonly trackFiles?: readonly TrackFilePlan[];
  readonly trackProcesses?: readonly TrackProcessPlan[];
  readonly trackServices?: readonly TrackServicePlan[];
  /** What stands as long as the director runs. */
  readonly staticAddresses?: readonly StaticAddress[];
  readonly staticRoutes?: readonly RoutePlan[];
  readonly staticRules?: readonly RulePlan[];
  /** Instances that go to FAULT when one of those is lost. */
  readonly trackGroups?: readonly TrackGroupPlan[];
  readonly garpGroups?: readonly GarpGroupPlan[];
  readonly linkDelays?: readonly LinkDelayPlan[];
  readonly linkbeat?: readonly LinkbeatPlan[];
};

export type InstanceStateName = "init" | "backup" | "master" | "fault";

/** What a restarted vrrp process continues with, by instance name. */
export type VrrpProcessSaved = {
  readonly instances: Readonly<
    Record<
      string,
      {
        readonly state: InstanceStateName;
        readonly sinceWallMs: number;
        readonly effectivePriority: number;
        /** Learnt from the last accepted advert (v3 backups use the master's interval). */
        readonly masterIntervalMs?: number;
        /** The last sequence number of authentication headers. */
        readonly ahSequence?: number;
        /** Adverts have to have the checksum of keepalived before 1.3.7. */
        readonly oldChecksum?: true;
        /** Since when the administrator has it handed over. */
        readonly handedOverSinceWallMs?: number;
        readonly counters: Readonly<Record<string, number>>;
      }
    >
  >;
  /** Last known result of each vrrp_script: true is OK. */
  readonly scripts: Readonly<Record<string, boolean>>;
  /** The same of each tracked service. */
  readonly services?: Readonly<Record<string, boolean>>;
  /** Last known state of each tracked BFD session: true is up. */
  readonly bfds?: Readonly<Record<string, boolean>>;
  /** Last known state of each tracked virtual server, and of the checker process. */
  readonly balancing?: Readonly<Record<string, boolean>>;
};

/** Something that instances follow, and since when it is as it is. */
type TrackedStatus = { readonly name: string; readonly sinceWallMs: number };

/** The vrrp process's part of `status`. Times are wall-clock ms since the epoch. */
export type VrrpStatus = {
  readonly instances: readonly {
    readonly name: string;
    readonly state: InstanceStateName;
    readonly sinceWallMs: number;
    /** Why it is in this state, in one sentence ("no advert from 192.168.122.40 for 3.6 s"). */
    readonly why: string;
    /** Its interface; of an instance without one its VRF, or "any". */
    readonly interface: string;
    readonly vrid: number;
    readonly version: 2 | 3;
    readonly basePriority: number;
    readonly effectivePriority: number;
    readonly faults: readonly string[];
    readonly addresses: readonly string[];
    readonly master?: { readonly address: string; readonly priority: number; readonly lastAdvertWallMs: number };
    /** What each of its trackers adds to the priority; absent: it has none. */
    readonly trackers?: readonly TrackerShare[];
    /** Who else has its VRID: unicast peers, and whoever was heard; absent: nobody. */
    readonly peers?: readonly HeardPeer[];
    /** Another master that is heard while this is MASTER: split brain. */
    readonly secondMaster?: SecondMaster;
    /** Another hardware address that claims one of its addresses while this is MASTER: split brain. */
    readonly addressClaim?: AddressClaim;
    /** It asks before it takes over (takeover_check): since when, and what holds it. */
    readonly takeover?: {
      readonly sinceWallMs: number;
      readonly heldBy?: Obstacle["kind"];
      /** Of a conflict. */
      readonly address?: string;
      readonly hardwareAddress?: string;
    };
    /** Since when the administrator has it handed over. */
    readonly handedOverSinceWallMs?: number;
    /** Where its adverts come from. */
    readonly sourceAddress?: string;
    /** While BACKUP: the interval of its master. */
    readonly masterIntervalMs?: number;
    /** While MASTER: how late its last advert left, and the latest of all since then, in ms. */
    readonly advertDelay?: { readonly lastMs: number; readonly mostMs: number };
    /** When its timer runs out. */
    readonly dueWallMs?: number;
    readonly counters: Readonly<Record<string, number>>;
  }[];
  /** Without `ok`, or `up` below, there is no result yet. */
  readonly scripts: readonly (TrackedStatus & { readonly ok?: boolean; readonly detail: string })[];
  /** vrrp_track_file and vrrp_track_process; absent: none are configured. */
  readonly files?: readonly (TrackedStatus & { readonly value: number })[];
  readonly processes?: readonly (TrackedStatus & { readonly up: boolean; readonly count: number })[];
  /** Services on this host that are tried; absent: none. */
  readonly services?: readonly (TrackedStatus & { readonly up?: boolean; readonly detail: string })[];
  /** BFD sessions that instances track; absent: none. */
  readonly bfds?: readonly (TrackedStatus & { readonly up?: boolean })[];
  /** Virtual servers and the checker process, where instances track them. */
  readonly balancing?: readonly (TrackedStatus & { readonly up?: boolean })[];
};
