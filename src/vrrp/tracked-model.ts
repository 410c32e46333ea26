import type { BfdSessionPlan } from "../bfd/model.ts";

/** A file with a number in it, read whenever it changes (inotify(7)). */
export type TrackFilePlan = {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** What the number is multiplied by; 0: any number but 0 is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  /** The file is made with this number; with `overwrite` also where it is there already. */
  readonly init?: { readonly value: number; readonly overwrite: boolean };
};

/** Processes that are counted (linux/cn_proc.h). */
export type TrackProcessPlan = {
  readonly name: string;
  /** The name of the process, or its program as the command line has it. */
  readonly process: string;
  readonly args: readonly string[];
  /** What is compared. "name": the name, 15 bytes at most. "command": the program alone. Otherwise the program and its
   *  arguments: all of them, the first ones, or the first ones and the beginning of the last. */
  readonly match: "name" | "command" | "exact" | "partial" | "initial";
  readonly weight: number;
  readonly reverse: boolean;
  readonly quorum: number;
  readonly quorumMax?: number;
  readonly terminateDelayMs: number;
  readonly forkDelayMs: number;
};

/** A BFD session, RFC 5880, and what its end means to those who track it. */
export type BfdInstancePlan = BfdSessionPlan & {
  readonly weight: number;
  readonly reverse: boolean;
  /** Who is told of its state. */
  readonly vrrp: boolean;
  readonly checker: boolean;
};

/** Interfaces that share a least gap between announcements; 0 none. */
export type GarpGroupPlan = {
  readonly interfaces: readonly string[];
  readonly garpIntervalMs: number;
  readonly gnaIntervalMs: number;
};

/** How long an interface has to be down, or up, before it counts. */
export type LinkDelayPlan = { readonly interface: string; readonly downMs: number; readonly upMs: number };

export type LinkbeatPlan = { readonly interface: string; readonly method?: "MII" | "ETHTOOL" | "IOCTL" };

export type TrackGroupPlan = { readonly name: string; readonly members: readonly string[] };

/** How a service on this host is tried. */
export type ServiceProbe = {
  readonly protocol: "tcp" | "http";
  readonly address: string;
  readonly port: number;
  /** Of HTTP: the page, and the status codes that are good. */
  readonly path?: string;
  readonly status?: { readonly from: number; readonly to: number };
  readonly intervalMs: number;
  /** For a whole try. */
  readonly timeoutMs: number;
  readonly fall: number;
  readonly rise: number;
};

/** Its name is that of what is tried: "tcp://127.0.0.1:3306", "http://127.0.0.1:80/health". */
export type TrackServicePlan = ServiceProbe & { readonly name: string };
