import { getSystemErrorName } from "node:util";
import { type Native, native } from "../../native/index.ts";
import { messageOf } from "../core/errors.ts";
import type { Family } from "../core/ip.ts";
import { err, ok, type Result } from "../core/result.ts";
import { encodeFilter } from "../core/socket-filter.ts";
import { type AddressWord, decodeArp, decodeNeighbour } from "./wire/claim.ts";
import { CLAIM_BYTES, claimFilter } from "./wire/claim-filter.ts";

/** The part of the native door that is used here; tests hand in their own. */
export type ClaimDoor = Pick<Native, "openFiltered" | "close" | "sendFrame" | "receive" | "watch">;

/** Hears what is said of some addresses on one interface, by ARP or by neighbour discovery. */
export type ClaimSocket = {
  /** Sends a frame out of the interface; the errno name when the kernel did not take it. */
  send(frame: Uint8Array): string | undefined;
  close(): void;
};

export type ClaimAt = {
  readonly interfaceIndex: number;
  readonly family: Family;
  readonly addresses: readonly string[];
};

const ETHERTYPES = { 4: 0x0806, 6: 0x86dd } as const;
/** Frames that are read in one go, and the rest after that: who floods the link costs 320 frames a second, and no more. */
const FRAMES_A_TURN = 32;
const REST_MS = 100;
const NOTHING_THERE: ReadonlySet<string> = new Set(["EAGAIN", "EWOULDBLOCK"]);

/** `onWord` may be told of addresses that only look like those asked for. A socket that fails is read no more until it is
 *  opened again, except that the interface may go down and up. */
export function openClaimSocket(
  { interfaceIndex, family, addresses }: ClaimAt,
  onWord: (word: AddressWord) => void,
  door: ClaimDoor = native(),
): Result<ClaimSocket, { readonly code: string; readonly message: string }> {
  const filter = encodeFilter(claimFilter(family, addresses));
  let fd: number;
  try {
    fd = door.openFiltered(interfaceIndex, ETHERTYPES[family], filter);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return err({ code, message: messageOf(error) });
  }
  const decode = family === 6 ? decodeNeighbour : decodeArp;
  const buffer = Buffer.alloc(CLAIM_BYTES);
  let closed = false;
  let stop: (() => void) | undefined;
  let resting: NodeJS.Timeout | undefined;

  const unwatch = (): void => {
    stop?.();
    stop = undefined;
  };
  const watch = (): void => {
    stop = door.watch(fd, read);
  };
  const read = (): void => {
    for (let count = 0; count < FRAMES_A_TURN && !closed; count++) {
      const got = door.receive(fd, buffer);
      if (got < 0) {
        const errno = getSystemErrorName(got);
        if (NOTHING_THERE.has(errno)) return;
        if (errno === "ENETDOWN" || errno === "EINTR" || errno === "ENOBUFS") continue; // told once, and over when read
        unwatch();
        return;
      }
      const word = decode(buffer.subarray(0, Math.min(got, CLAIM_BYTES)));
      if (word) onWord(word);
    }
    if (closed) return;
    unwatch();
    resting = setTimeout(watch, REST_MS);
  };

  watch();
  return ok({
    send(frame) {
      const sent = closed ? -9 : door.sendFrame(fd, frame, interfaceIndex); // EBADF
      return sent < 0 ? getSystemErrorName(sent) : undefined;
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(resting);
      unwatch();
      door.close(fd);
    },
  });
}
