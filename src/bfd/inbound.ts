import { err, ok, type Result } from "../core/result.ts";
import type { BfdSessionPlan, DropReason } from "./model.ts";
import { type ControlPacket, decodeControl } from "./packet.ts";

/** A datagram as the socket hands it over; `bytes` are valid during the call only. */
export type Datagram = {
  readonly bytes: Uint8Array;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  /** Time to live or hop limit as it came in. */
  readonly hops: number;
  /** The socket's: RFC 5883 instead of RFC 5881. */
  readonly multihop: boolean;
};

/** A session as far as it decides what is for it. */
export type Addressee = { readonly plan: BfdSessionPlan; readonly discriminator: number };

export type Directory<S extends Addressee> = {
  readonly byDiscriminator: ReadonlyMap<number, S>;
  readonly byNeighbor: ReadonlyMap<string, S>;
};

export type Inbound<S> = { readonly session: S; readonly packet: ControlPacket };
export type Dropped = { readonly reason: DropReason };

/** Whom a datagram is for, RFC 5880 §6.8.6: by our discriminator where the peer knows it, otherwise by where it is from.
 *  Either way it has to come from the session's neighbor, over its port, to its address, and from near enough (RFC 5881 §5,
 *  RFC 5082). Never throws. */
export function accept<S extends Addressee>(datagram: Datagram, sessions: Directory<S>): Result<Inbound<S>, Dropped> {
  const decoded = decodeControl(datagram.bytes);
  if (!decoded.ok) return err({ reason: decoded.error.code });
  const { value: packet } = decoded;
  const session =
    packet.yours === 0 ? sessions.byNeighbor.get(datagram.from) : sessions.byDiscriminator.get(packet.yours);
  if (session === undefined || session.plan.multihop !== datagram.multihop) return err({ reason: "noSession" });
  const { neighbor, source, minTtl } = session.plan;
  if (neighbor !== datagram.from) return err({ reason: "neighbor" });
  if (source !== undefined && source !== datagram.to) return err({ reason: "destination" });
  if (minTtl !== undefined && datagram.hops < minTtl) return err({ reason: "ttl" });
  return ok({ session, packet });
}
