import { getSystemErrorName } from "node:util";
import { type Native, native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { addressFromBytes, type Family, familyOf } from "../core/ip.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Datagram } from "./inbound.ts";

/** The part of the native door that BFD uses; tests hand in their own. */
export type BfdDoor = Pick<Native, "openUdp" | "sendUdp" | "receiveUdp" | "watch" | "close">;

/** RFC 5881 §4, RFC 5883 §5. */
export const portOf = (multihop: boolean): number => (multihop ? 4784 : 3784);

/** RFC 5881 §4: packets of a session come from one of these. */
const SOURCE_PORTS = { first: 49_152, count: 16_384 } as const;
/** How many of them are tried; some may be in use by other programs. */
const SOURCE_TRIES = 32;
const ANY = { 4: "0.0.0.0", 6: "::" } as const;
/** A control packet without authentication is 24 bytes; what is longer than this is cut, which its own length tells. */
const PACKET_BYTES = 512;
const ABOUT_BYTES = 40;
/** Datagrams handled before other work gets a turn: a flood must not keep our own packets from leaving. */
const PACKETS_A_TURN = 64;
/** Datagrams handled before silence is concluded: more than the receive buffer holds of them. */
const PACKETS_BEFORE_SILENCE = 2048;
const NOTHING_THERE: ReadonlySet<string> = new Set(["EAGAIN", "EWOULDBLOCK"]);

export type Listener = {
  /** Hands over what has been received up to now. */
  drain(): void;
  close(): void;
};

/** Takes in what comes to a port, on all addresses of a family. */
export function openListener(
  family: Family,
  multihop: boolean,
  onDatagram: (datagram: Datagram) => void,
  door: BfdDoor = native(),
): Result<Listener, string> {
  const opened = attempt(() => door.openUdp(ANY[family], portOf(multihop), 255));
  if (!opened.ok) return err(opened.error.message);
  const fd = opened.value;
  const buffer = new Uint8Array(PACKET_BYTES);
  const about = new Uint8Array(ABOUT_BYTES);
  const length = family === 6 ? 16 : 4;
  let closed = false;
  const read = (most: number): void => {
    for (let count = 0; count < most && !closed; count++) {
      const got = door.receiveUdp(fd, buffer, about);
      if (got < 0) {
        if (NOTHING_THERE.has(getSystemErrorName(got))) return;
        continue; // told once by the kernel, and over when read
      }
      onDatagram({
        bytes: buffer.subarray(0, Math.min(got, PACKET_BYTES)),
        from: addressFromBytes(about.subarray(0, length)),
        fromPort: ((about[34] as number) << 8) | (about[35] as number),
        to: addressFromBytes(about.subarray(16, 16 + length)),
        hops: about[32] as number,
        multihop,
      });
    }
  };
  const unwatch = door.watch(fd, () => read(PACKETS_A_TURN));
  return ok({
    drain: () => read(PACKETS_BEFORE_SILENCE),
    close() {
      if (closed) return;
      closed = true;
      unwatch();
      door.close(fd);
    },
  });
}

export type Sender = {
  /** The errno name when the kernel did not take the packet. */
  send(packet: Uint8Array): string | undefined;
  close(): void;
};

export type SenderOptions = {
  readonly neighbor: string;
  readonly source?: string;
  readonly ttl: number;
  readonly multihop: boolean;
};

/** Sends to one neighbor, always from the same port. `random` is 0 to below 1. */
export function openSender(
  { neighbor, source, ttl, multihop }: SenderOptions,
  random: () => number = Math.random,
  door: BfdDoor = native(),
): Result<Sender, string> {
  const from = source ?? ANY[familyOf(neighbor)];
  const start = Math.floor(random() * SOURCE_PORTS.count);
  let failure = "";
  for (let i = 0; i < SOURCE_TRIES; i++) {
    const port = SOURCE_PORTS.first + ((start + i) % SOURCE_PORTS.count);
    const opened = attempt(() => door.openUdp(from, port, ttl));
    if (opened.ok) return ok(senderOf(opened.value, neighbor, portOf(multihop), door));
    failure = opened.error.code;
    if (failure !== "EADDRINUSE") break;
  }
  return err(failure);
}

function senderOf(fd: number, neighbor: string, port: number, door: BfdDoor): Sender {
  let closed = false;
  return {
    send(packet) {
      if (closed) return "EBADF";
      const sent = door.sendUdp(fd, packet, neighbor, port);
      return sent < 0 ? getSystemErrorName(sent) : undefined;
    },
    close() {
      if (!closed) door.close(fd);
      closed = true;
    },
  };
}

function attempt(open: () => number): Result<number, { readonly code: string; readonly message: string }> {
  try {
    return ok(open());
  } catch (error) {
    return err({ code: errnoCode(error) ?? "EINVAL", message: messageOf(error) });
  }
}
