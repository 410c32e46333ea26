import { native } from "../../native/index.ts";
import { errnoName } from "./message.ts";

/** What a socket tells its owner. */
export type SocketEvents = {
  /** One datagram; its bytes are valid during the call only. False: no more is expected now, so none is looked for. */
  readonly datagram: (bytes: Buffer) => boolean;
  /** The kernel had to drop datagrams for this socket (ENOBUFS), and drops all until what is queued has been read: then
   *  comes `drained`, and only from then on is anything that is asked or mirrored complete again. */
  readonly overrun: () => void;
  /** All that was queued has been read. */
  readonly drained: () => void;
  /** The socket is of no more use; `errno` is a name ("EBADF"). */
  readonly failed: (errno: string) => void;
};

export type NetlinkSocket = {
  /** Sends one datagram to the kernel, which has carried it out when this returns: undefined, or the errno's name. */
  send(datagram: Uint8Array): string | undefined;
  /** Reads what is there now, without waiting for the event loop to notice. */
  drain(): void;
  /** RTNLGRP_* of linux/rtnetlink.h. Throws what node:net throws. */
  join(group: number): void;
  close(): void;
};

export type SocketOpener = (events: SocketEvents) => NetlinkSocket;

export const protocols = { route: 0, generic: 16 } as const;

/** More than the largest datagram the kernel makes of a dump (32 KiB). */
const READ_BYTES = 64 * 1024;
/** Datagrams read in one go, so that a flood of events cannot starve heartbeats and adverts. */
const READS_PER_WAKEUP = 32;

/** Does work that opens sockets or files: here, or in another network namespace, of which the kernel's sockets and
 *  /proc/sys then are. It may not wait. */
export type Inside = <T>(work: () => T) => T;

export const here: Inside = (work) => work();

/** In the network namespace of a file, as /run/netns/NAME or /proc/PID/ns/net. What is done there throws what node:fs throws
 *  where there is none. */
export const insideNamespace =
  (file: string): Inside =>
  (work) =>
    native().inNetworkNamespace(file, work);

/** A netlink socket on this process's event loop. Throws what node:net throws. */
export function kernelSocket(protocol: number, receiveBufferBytes: number, inside = here): SocketOpener {
  return (events) => {
    const { openNetlink, joinNetlinkGroup, close, send, receive, watch } = native();
    const fd = inside(() => openNetlink(protocol, receiveBufferBytes));
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    let open = true;

    const end = (): void => {
      if (!open) return;
      open = false;
      stop();
      close(fd);
    };
    const drain = (): void => {
      for (let reads = 0; open && reads < READS_PER_WAKEUP; reads++) {
        const length = receive(fd, buffer);
        if (length > READ_BYTES) events.overrun();
        else if (length >= 0) {
          if (!events.datagram(buffer.subarray(0, length))) return;
        } else {
          const errno = errnoName(-length) ?? "EIO";
          if (errno === "EAGAIN") {
            events.drained();
            return;
          }
          if (errno !== "ENOBUFS" && errno !== "ENOMEM") {
            end();
            events.failed(errno);
            return;
          }
          events.overrun();
        }
      }
    };
    const stop = watch(fd, drain);
    return {
      send: (datagram) => {
        if (!open) return "EBADF";
        const sent = send(fd, datagram);
        return sent < 0 ? errnoName(-sent) : undefined;
      },
      drain,
      join: (group) => joinNetlinkGroup(fd, group),
      close: end,
    };
  };
}

/** The socket of a program that does nothing beside its requests, without an event loop: the kernel answers while it is
 *  asked. */
export type PlainSocket = {
  /** False: the kernel did not take it. */
  send(datagram: Uint8Array): boolean;
  /** The next datagram, valid until the next call; undefined where there is none, or it is not whole. */
  receive(): Buffer | undefined;
  close(): void;
};

/** Throws what node:net throws. */
export function plainSocket(protocol: number, receiveBufferBytes: number): PlainSocket {
  const { openNetlink, close, send, receive } = native();
  const fd = openNetlink(protocol, receiveBufferBytes);
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    send: (datagram) => send(fd, datagram) >= 0,
    receive: () => {
      const length = receive(fd, buffer);
      return length < 0 || length > READ_BYTES ? undefined : buffer.subarray(0, length);
    },
    close: () => close(fd),
  };
}
