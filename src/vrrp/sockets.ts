import { getSystemErrorName } from "node:util";
import { type Native, native } from "../../native/index.ts";
import { nowMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Family } from "../core/ip.ts";
import { err, ok, type Result } from "../core/result.ts";
import { type Beat, type BeatDoor, openBeat } from "./beat.ts";
import type { IpPacket } from "./wire/ip.ts";
import { decodeIpv4 } from "./wire/ipv4.ts";
import { decodeIpv6 } from "./wire/ipv6.ts";

/** The part of the native door that VRRP uses; tests hand in their own. */
export type SocketDoor = BeatDoor &
  Pick<Native, "openRawIp" | "openPacket" | "close" | "sendRawIp" | "sendFrame" | "openEar">;

/** A raw VRRP socket on one interface (or VRF, or on all there are), member of one multicast group or of none; all instances
 *  there share it. */
export type VrrpSocket = {
  /** The errno name when the kernel did not take the packet. */
  send(packet: Uint8Array, destination: string): string | undefined;
  /** Hands over what has been received up to now. */
  drain(): void;
  /** Packets of its VRID that say the same as this one, a raw packet with its header, are only counted from now on. */
  know(packet: Uint8Array): void;
  forget(vrid: number): void;
  /** How many of those have come since the last time, and when the last one did, in ms of nowMs(); undefined for none. */
  heard(vrid: number): Heard | undefined;
  /** Packets that leave by themselves; undefined where that cannot be. It outlives the socket. */
  openBeat(destinations: readonly string[], repeats: boolean): Beat | undefined;
  close(): void;
};

export type Heard = { readonly adverts: number; readonly lastAt: number };

export type SocketHandlers = {
  readonly onPacket: (packet: IpPacket) => void;
  /** The socket will not receive again; it is still to be closed. */
  readonly onBroken: (errno: string) => void;
};

/** An advert of 255 IPv6 addresses with its headers is 4128 bytes; anything longer is cut, and dropped for its length. */
const PACKET_BYTES = 4608;
/** Packets handled before other work gets a turn: a flood must not keep adverts of ours from leaving. */
const PACKETS_A_TURN = 64;
/** Packets handled before silence is concluded: more than the receive buffer holds of them. */
const PACKETS_BEFORE_SILENCE = 2048;
const NOTHING_THERE: ReadonlySet<string> = new Set(["EAGAIN", "EWOULDBLOCK"]);
/** Told once by the kernel, and over when read. */
const PASSING: ReadonlySet<string> = new Set(["ENETDOWN", "EINTR", "ENOBUFS", "EHOSTUNREACH", "ENETUNREACH"]);

/** A system error of opening, in one line, with its name. */
export type OpenError = { readonly code: string; readonly message: string };

export function openVrrpSocket(
  at: {
    /** Empty: bound to none. */
    readonly interface: string;
    readonly family: Family;
    readonly protocol: number;
    readonly group?: string;
    readonly receiveBufferBytes: number;
  },
  handlers: SocketHandlers,
  door: SocketDoor = native(),
): Result<VrrpSocket, OpenError> {
  const opened = attempt(() => door.openRawIp(at.protocol, at.family, at.interface, at.receiveBufferBytes, at.group));
  if (!opened.ok) return opened;
  const fd = opened.value;
  const buffer = new Uint8Array(PACKET_BYTES);
  const decode = at.family === 6 ? decodeIpv6 : decodeIpv4;
  const counted = new Float64Array(2);
  const ahead = door.monotonicMs() - nowMs();
  let closed = false;
  let listening = true;
  const stopListening = (): void => {
    if (listening) ear.close();
    listening = false;
  };
  const broken = (errno: string): void => {
    stopListening();
    handlers.onBroken(errno);
  };
  const read = (most: number): void => {
    for (let count = 0; count < most && listening; count++) {
      const got = ear.receive(buffer);
      if (got >= 0) {
        const packet = decode(buffer.subarray(0, Math.min(got, PACKET_BYTES)));
        if (packet.ok) handlers.onPacket(packet.value);
        continue;
      }
      const errno = getSystemErrorName(got);
      if (NOTHING_THERE.has(errno)) return;
      if (PASSING.has(errno)) continue;
      broken(errno);
      return;
    }
  };
  const ear = door.openEar(fd, at.family, at.protocol, () => read(PACKETS_A_TURN));
  return ok({
    send: (packet, destination) => failure(door.sendRawIp(fd, packet, destination)),
    drain: () => read(PACKETS_BEFORE_SILENCE),
    know(packet) {
      if (listening) ear.know(packet);
    },
    forget(vrid) {
      if (listening) ear.forget(vrid);
    },
    heard(vrid) {
      if (!listening) return undefined;
      ear.heard(vrid, counted);
      const [adverts = 0, lastMs = 0] = counted;
      return adverts === 0 ? undefined : { adverts, lastAt: lastMs - ahead };
    },
    openBeat: (destinations, repeats) => (closed ? undefined : openBeat(door, fd, destinations, repeats)),
    close() {
      if (closed) return;
      closed = true;
      stopListening();
      door.close(fd);
    },
  });
}

/** A socket for sending whole frames out of any interface. */
export type FrameSocket = {
  send(frame: Uint8Array, interfaceIndex: number): string | undefined;
  close(): void;
};

export function openFrameSocket(door: SocketDoor = native()): Result<FrameSocket, OpenError> {
  const opened = attempt(() => door.openPacket());
  if (!opened.ok) return opened;
  const fd = opened.value;
  let closed = false;
  return ok({
    send: (frame, interfaceIndex) => (closed ? "EBADF" : failure(door.sendFrame(fd, frame, interfaceIndex))),
    close() {
      if (!closed) door.close(fd);
      closed = true;
    },
  });
}

const failure = (result: number): string | undefined => (result < 0 ? getSystemErrorName(result) : undefined);

function attempt(open: () => number): Result<number, OpenError> {
  try {
    return ok(open());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    return err({ code, message: messageOf(error) });
  }
}
