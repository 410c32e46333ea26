import { diagnosticText, type SessionState } from "./packet.ts";

type OfSession = { readonly session: string; readonly neighbor: string };
type Moved = OfSession & {
  readonly from: SessionState;
  readonly to: SessionState;
  readonly diagnostic: number;
  /** The peer's. */
  readonly remote: number;
};

const NAMES: Readonly<Record<SessionState, string>> = { adminDown: "AdminDown", down: "Down", init: "Init", up: "Up" };

/** What the bfd process logs; keepalived's sentences where it has them. */
export const bfdEvents = {
  "bfd.up": (f: Moved) => `(${f.session}) Entering Up state`,
  "bfd.down": (f: Moved) =>
    `(${f.session}) Entering ${NAMES[f.to]} state (Local diagnostic - ${diagnosticText(f.diagnostic)}, Remote diagnostic - ${diagnosticText(f.remote)})`,
  "bfd.state": (f: Moved) => `(${f.session}) Entering ${NAMES[f.to]} state`,
  "bfd.unsent": (f: OfSession & { readonly errno: string }) =>
    `(${f.session}) BFD packets to ${f.neighbor} cannot be sent (${f.errno}); it is tried again with each`,
  "bfd.sends": (f: OfSession) => `(${f.session}) BFD packets to ${f.neighbor} are sent again`,
  "bfd.deaf": (f: { readonly family: number; readonly port: number; readonly error: string }) =>
    `BFD cannot listen on UDP port ${f.port} of IPv${f.family}: ${f.error}; it is tried again every second`,
  "bfd.listens": (f: { readonly family: number; readonly port: number }) =>
    `BFD listens on UDP port ${f.port} of IPv${f.family} now`,
  "bfd.noFeed": (f: { readonly error: string }) =>
    `nobody can be told of BFD sessions: ${f.error}; it is tried again every second`,
  "bfd.dropped": (f: {
    readonly from: string;
    readonly port: number;
    readonly reason: string;
    readonly hops: number;
  }) => `Discarding packet from [${f.from}]:${f.port} (${f.reason}, TTL ${f.hops})`,
};
