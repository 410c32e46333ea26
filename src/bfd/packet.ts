import { err, ok, type Result } from "../core/result.ts";

// BFD Control packet, the payload of a UDP datagram: RFC 5880 §4.1.
//   0 version<<5|diagnostic · 1 state<<6|P|F|C|A|D|M · 2 detection multiplier · 3 length
//   4-7 my discriminator · 8-11 your discriminator · 12-15 desired min TX · 16-19 required min RX · 20-23 required min echo RX

export type SessionState = "adminDown" | "down" | "init" | "up";

/** Why the last session went down, RFC 5880 §4.1; others than these are not ours to send. */
export const DIAGNOSTIC = { none: 0, detectionTime: 1, neighborDown: 3, adminDown: 7 } as const;

const DIAGNOSTICS = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
] as const;

/** The RFC's own words. */
export const diagnosticText = (diagnostic: number): string => DIAGNOSTICS[diagnostic] ?? `Unknown (${diagnostic})`;

/** Intervals are ms, whole µs on the wire. Discriminators are 32 bits; `yours` is 0 where the peer's is not known. */
export type ControlPacket = {
  readonly state: SessionState;
  /** 0..31 */
  readonly diagnostic: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  /** 1..255 */
  readonly multiplier: number;
  readonly mine: number;
  readonly yours: number;
  readonly minTxMs: number;
  /** 0: send nothing periodic. */
  readonly minRxMs: number;
  readonly minEchoRxMs: number;
};

export type PacketError = {
  readonly code: "short" | "version" | "length" | "authentication" | "multiplier" | "multipoint" | "mine" | "yours";
};

const CONTROL_BYTES = 24;
const VERSION = 1;
const STATES: readonly SessionState[] = ["adminDown", "down", "init", "up"];
const BIT = { poll: 0x20, final: 0x10, authentication: 0x04, demand: 0x02, multipoint: 0x01 } as const;

/** The packet of one datagram, after those checks of RFC 5880 §6.8.6 that need no session. Never throws. Authentication is
 *  not spoken here: a packet with it is refused, as §6.8.6 has it for a session without. */
export function decodeControl(b: Uint8Array): Result<ControlPacket, PacketError> {
  if (b.length < CONTROL_BYTES) return err({ code: "short" });
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const [first, flags, multiplier, length] = [view.getUint8(0), view.getUint8(1), view.getUint8(2), view.getUint8(3)];
  if (first >> 5 !== VERSION) return err({ code: "version" });
  if (length < CONTROL_BYTES || length > b.length) return err({ code: "length" });
  if (multiplier === 0) return err({ code: "multiplier" });
  if (flags & BIT.multipoint) return err({ code: "multipoint" });
  const [mine, yours] = [view.getUint32(4), view.getUint32(8)];
  const state = STATES[flags >> 6] as SessionState;
  if (mine === 0) return err({ code: "mine" });
  if (yours === 0 && state !== "down" && state !== "adminDown") return err({ code: "yours" });
  if (flags & BIT.authentication) return err({ code: "authentication" });
  return ok({
    state,
    diagnostic: first & 0x1f,
    poll: (flags & BIT.poll) !== 0,
    final: (flags & BIT.final) !== 0,
    demand: (flags & BIT.demand) !== 0,
    multiplier,
    mine,
    yours,
    minTxMs: view.getUint32(12) / 1000,
    minRxMs: view.getUint32(16) / 1000,
    minEchoRxMs: view.getUint32(20) / 1000,
  });
}

/** The bytes of a packet; RangeError for an interval or discriminator that 32 bits do not hold. */
export function encodeControl(p: ControlPacket): Uint8Array {
  const b = new Uint8Array(CONTROL_BYTES);
  const view = new DataView(b.buffer);
  const flags = (p.poll ? BIT.poll : 0) | (p.final ? BIT.final : 0) | (p.demand ? BIT.demand : 0);
  view.setUint8(0, (VERSION << 5) | (p.diagnostic & 0x1f));
  view.setUint8(1, (STATES.indexOf(p.state) << 6) | flags);
  view.setUint8(2, p.multiplier);
  view.setUint8(3, CONTROL_BYTES);
  const words = [p.mine, p.yours, ...[p.minTxMs, p.minRxMs, p.minEchoRxMs].map((ms) => Math.round(ms * 1000))];
  for (const [i, value] of words.entries()) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw new RangeError(`${value} does not fit in 32 bits`);
    view.setUint32(4 + 4 * i, value);
  }
  return b;
}
