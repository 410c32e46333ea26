import type { SessionState } from "./packet.ts";

/** A BFD session as configured. Times are ms. */
export type BfdSessionPlan = {
  readonly name: string;
  readonly neighbor: string;
  readonly source?: string;
  readonly minRxMs: number;
  readonly minTxMs: number;
  readonly idleTxMs: number;
  readonly multiplier: number;
  readonly passive: boolean;
  /** Time to live, or hop limit, of what is sent. */
  readonly ttl: number;
  /** The least one of what is taken in; absent: it does not matter. */
  readonly minTtl?: number;
  readonly multihop: boolean;
};

/** What a session means to those who follow it. "unknown": it has begun a short while ago, and neither came up nor had the
 *  time to. */
export type BfdVerdict = "up" | "down" | "unknown";

/** Every session by its name. */
export type BfdVerdicts = Readonly<Record<string, BfdVerdict>>;

/** Why a datagram was dropped: by its form (RFC 5880 §6.8.6), for what the kernel tells of it, or since no session is
 *  meant. */
export const DROP_REASONS = [
  ...(["short", "version", "length", "authentication", "multiplier", "multipoint", "mine", "yours"] as const),
  ...(["ttl", "noSession", "neighbor", "destination"] as const),
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export type BfdSessionStatus = {
  readonly name: string;
  readonly neighbor: string;
  readonly source?: string;
  readonly multihop: boolean;
  readonly verdict: BfdVerdict;
  readonly state: SessionState;
  /** Of that state; wall-clock ms. */
  readonly sinceWallMs: number;
  /** Why it went down last, RFC 5880 §4.1; 0 and "No Diagnostic" while there is no reason. */
  readonly diagnostic: number;
  readonly diagnosticText: string;
  readonly discriminator: number;
  /** What the peer said last; absent: it is silent. */
  readonly remote?: {
    readonly state: SessionState;
    readonly diagnostic: number;
    readonly discriminator: number;
    readonly minTxMs: number;
    readonly minRxMs: number;
    readonly multiplier: number;
  };
  /** Between packets of ours, before jitter; absent: none are sent by time. */
  readonly transmitMs?: number;
  /** Silence of this length is the end of the session; absent: nobody was heard. */
  readonly detectionMs?: number;
  /** Absent: never. */
  readonly lastHeardWallMs?: number;
  readonly received: number;
  readonly sent: number;
  readonly sendErrors: number;
  /** Why packets cannot be sent now. */
  readonly sendError?: string;
  readonly timesUp: number;
  readonly timesDown: number;
};

/** The bfd process's part of `status`. */
export type BfdStatus = {
  readonly sessions: readonly BfdSessionStatus[];
  /** Datagrams that no session took, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** What cannot be listened on, in sentences. */
  readonly trouble: readonly string[];
};
