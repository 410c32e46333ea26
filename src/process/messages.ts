import type { CheckerProcessPlan, CheckerProcessSaved } from "../virtual-server/model.ts";
import type { RsCommand } from "../virtual-server/rs-command.ts";
import type { InstanceStateName, VrrpProcessPlan, VrrpProcessSaved } from "../vrrp/model.ts";
import type { VrrpCommand } from "../vrrp/vrrp-command.ts";
import type { BfdProcessPlan } from "./bfd-main.ts";
import type { DirectorEvent, EventDraft } from "./events.ts";
import type { SavedMails, SavedMailsPart } from "./mail-keeper.ts";
import type { HttpPlan, RoomGlobals } from "./plan-global-model.ts";

/** All that crosses a process boundary: plain JSON, names and ids, never a handle. */
export type ChildRole = "checker" | "vrrp" | "bfd" | "api";

/** The children that do the director's work; each has a plan of its own. */
export type RoomRole = Exclude<ChildRole, "api">;

/** What kind of stop: `keepTable` is -I, `keepVips` is -V. */
export type StopOptions = { readonly keepTable: boolean; readonly keepVips: boolean };

/** Where the log goes: `console` is -l, `detail` is -D, `facility` the syslog facility's number (daemon is 3). */
export type LogOptions = {
  readonly console: boolean;
  /** Of the console; absent: keepalived's lines. */
  readonly format?: "text" | "json";
  readonly syslog: boolean;
  readonly detail: boolean;
  readonly facility: number;
  /** The namespace and the instance of one director of several, behind the names of its processes in syslog ("_blue_a"). */
  readonly owner?: string;
};

/** What a child knows before its first message: the first argument of its command line, as JSON. `program` is the name
 *  that ps and the log show (lvskeeper or keepalived). */
export type ChildBoot = { readonly role: ChildRole; readonly program: string; readonly log: LogOptions };

/** What the api process may ask of the parent, and nothing else. `events` begins a stream of them, `quiet` ends it. */
export const CONTROL_REQUESTS = [
  ...(["status", "ipvs", "config", "plan", "running", "metrics", "events", "quiet"] as const),
  ...(["reload", "stop", "rs", "vrrp"] as const),
] as const;
export type ControlRequest = (typeof CONTROL_REQUESTS)[number];

/** Who is at the other end of a connection of the control socket (SO_PEERCRED). */
export type Peer = { readonly pid: number; readonly uid: number };

type MailsSaved = { readonly mails?: SavedMails };

/** The first message to a child. `saved` is the last state its predecessor reported; absent at a first start. */
export type StartMessage =
  | {
      readonly t: "start";
      readonly role: "checker";
      readonly plan: CheckerProcessPlan;
      readonly saved?: CheckerProcessSaved & MailsSaved;
      /** Where what is said of real servers at run time is kept for the next start of the daemon; absent: nowhere. */
      readonly overridesFile?: string;
      /** Where it tells the vrrp process of its virtual servers. */
      readonly feed?: string;
      /** Where the bfd process tells of its sessions; absent: it does not run. */
      readonly bfdFeed?: string;
      readonly global: RoomGlobals;
      readonly stop: StopOptions;
    }
  | {
      readonly t: "start";
      readonly role: "vrrp";
      readonly plan: VrrpProcessPlan;
      readonly saved?: VrrpProcessSaved & MailsSaved;
      /** Where it keeps what settings of the kernel had before, for its successor; absent: nowhere. */
      readonly settingsFile?: string;
      /** Where the checker process tells of its virtual servers; absent: it does not run. */
      readonly checkerFeed?: string;
      readonly bfdFeed?: string;
      readonly global: RoomGlobals;
      readonly stop: StopOptions;
    }
  | {
      readonly t: "start";
      readonly role: "bfd";
      readonly plan: BfdProcessPlan;
      /** The UNIX socket on which it tells of its sessions. */
      readonly feed: string;
      readonly global: RoomGlobals;
    }
  | {
      readonly t: "start";
      readonly role: "api";
      /** Who it is to be, where it is started as root. */
      readonly account: { readonly uid: number; readonly gid: number };
      /** Where it is to listen by itself, for those who only read. */
      readonly http: HttpPlan;
    };

/** What a room runs by. */
export type RoomPlan = CheckerProcessPlan | VrrpProcessPlan | BfdProcessPlan;

export type ToChild =
  | StartMessage
  | {
      readonly t: "reload";
      readonly id: number;
      /** Absent: what it has, since nothing has changed. */
      readonly to?: { readonly plan: RoomPlan; readonly global: RoomGlobals };
      /** What the child has: what of it stays is not sent. */
      readonly has?: RoomPlan;
    }
  | { readonly t: "stop" }
  | { readonly t: "status"; readonly id: number }
  /** How the process itself is doing, and what its room counts. */
  | { readonly t: "metrics"; readonly id: number }
  /** To the checker: the kernel's whole table with its counters. */
  | { readonly t: "ipvs"; readonly id: number }
  /** To the vrrp process: its counters begin again. */
  | { readonly t: "clearCounters" }
  /** To the checker: what somebody says of real servers. */
  | { readonly t: "rs"; readonly id: number; readonly command: RsCommand }
  /** To vrrp: what somebody says of an instance. */
  | { readonly t: "vrrp"; readonly id: number; readonly command: VrrpCommand }
  /** To the checker, which steers the kernel's sync daemons by it. */
  | { readonly t: "vrrp.state"; readonly instance: string; readonly state: InstanceStateName }
  /** To the api process: an accepted connection comes with it as a handle. */
  | { readonly t: "connection"; readonly peer?: Peer }
  /** To an api process that has asked for events: what has happened since. */
  | { readonly t: "happened"; readonly events: readonly DirectorEvent[] }
  /** To the api process: the parent's answer to a request, as an HTTP status and a JSON body. */
  | { readonly t: "answer"; readonly id: number; readonly httpStatus: number; readonly body: unknown };

export type FromChild =
  | { readonly t: "ready"; readonly role: ChildRole; readonly pid: number }
  | { readonly t: "heartbeat"; readonly lagMs: number }
  /** The state to hand to a successor; `part` is merged over what was saved before, key by key in each record. */
  | {
      readonly t: "saved";
      readonly part:
        | DeepPartialRecords<CheckerProcessSaved>
        | DeepPartialRecords<VrrpProcessSaved>
        | { readonly mails: SavedMailsPart };
    }
  | { readonly t: "vrrp.state"; readonly instance: string; readonly state: InstanceStateName }
  /** What has happened; `lost`: as many more before these, which were too many to keep. */
  | { readonly t: "events"; readonly events: readonly EventDraft[]; readonly lost: number }
  | { readonly t: "done"; readonly id: number; readonly result: unknown }
  | { readonly t: "refused"; readonly id: number; readonly code: string; readonly message: string }
  /** The child cannot go on: `permanent` ends the director instead of a respawn (no privilege, no IPVS). */
  | { readonly t: "failed"; readonly code: string; readonly message: string; readonly permanent: boolean }
  /** Somebody sent this child SIGTERM while its parent lives: the parent decides when it stops. */
  | { readonly t: "terminated" }
  /** `body`: what came with it, to be looked into by who acts on it; `peer`: who asks. */
  | {
      readonly t: "request";
      readonly id: number;
      readonly request: ControlRequest;
      readonly body?: unknown;
      readonly peer?: Peer;
    }
  /** The api process is done with one connection. */
  | { readonly t: "closed" }
  /** The api process has had nothing to do for a while and would end. */
  | { readonly t: "idle" };

/** The message from a child of this tag. */
export type FromChildOf<T extends FromChild["t"]> = Extract<FromChild, { readonly t: T }>;

type DeepPartialRecords<T> = { readonly [K in keyof T]?: T[K] };
