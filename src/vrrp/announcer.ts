import { familyOf } from "../core/ip.ts";
import type { Pace } from "./pace.ts";
import type { FrameSocket } from "./sockets.ts";
import { emitGratuitousArp, gratuitousArpLength } from "./wire/arp.ts";
import { emitNeighbourAdvert, neighbourAdvertLength } from "./wire/neighbour.ts";

/** An address to make known to the neighbours of one interface. `router`: this host forwards packets, which neighbour
 *  advertisements of IPv6 tell. */
export type Announcement = Pace & {
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly hardwareAddress: Uint8Array;
  readonly address: string;
  readonly router?: boolean;
};

export type Announcer = {
  /** Queues `repeat` rounds over all of `announcements`; those without a gap between frames leave at once. */
  announce(owner: string, announcements: readonly Announcement[], repeat: number): void;
  /** Forgets what `owner` has not sent yet: it no longer holds the addresses. */
  cancel(owner: string): void;
  /** Makes a frame and sends none: the first run of any code is its slowest. */
  rehearse(): void;
  close(): void;
};

type Queued = { readonly owner: string; readonly announcement: Announcement };
type Lane = { queue: Queued[]; timer: NodeJS.Timeout | undefined; tries: number };

/** Frames sent before other work gets a turn, so that a thousand addresses do not delay an advert. */
const FRAMES_A_TURN = 128;
const BUSY_WAIT_MS = 5;
const BUSY_TRIES = 40;
const BUSY: ReadonlySet<string> = new Set(["ENOBUFS", "EAGAIN", "EWOULDBLOCK"]);

/** Sends gratuitous ARP and unsolicited neighbour advertisements, one lane an interface, or a garp_group, so that `garp_interval` on one does not hold up another. A full send queue
 *  is waited for; any other failure is reported and the frame left out, since the next batch repeats it. */
export function createAnnouncer(
  socket: FrameSocket,
  onFailure: (interfaceName: string, errno: string) => void,
): Announcer {
  const lanes = new Map<string, Lane>();
  const arp = new Uint8Array(gratuitousArpLength);
  const neighbour = new Uint8Array(neighbourAdvertLength);

  const sendOne = ({ announcement }: Queued): string | undefined => {
    const { address, hardwareAddress, interfaceIndex, router = false } = announcement;
    const six = familyOf(address) === 6;
    if (six) emitNeighbourAdvert(neighbour, address, hardwareAddress, router);
    else emitGratuitousArp(arp, address, hardwareAddress);
    return socket.send(six ? neighbour : arp, interfaceIndex);
  };

  const run = (lane: Lane): void => {
    lane.timer = undefined;
    for (let sent = 0; sent < FRAMES_A_TURN; sent++) {
      const next = lane.queue[0];
      if (!next) return;
      const errno = sendOne(next);
      if (errno && BUSY.has(errno) && lane.tries++ < BUSY_TRIES) {
        later(lane, BUSY_WAIT_MS);
        return;
      }
      if (errno) onFailure(next.announcement.interface, errno);
      lane.tries = 0;
      lane.queue.shift();
      if (next.announcement.intervalMs > 0) {
        later(lane, next.announcement.intervalMs);
        return;
      }
    }
    if (lane.queue.length > 0) later(lane, 0);
  };
  const later = (lane: Lane, waitMs: number): void => {
    lane.timer = setTimeout(run, waitMs, lane);
  };

  return {
    announce(owner, announcements, repeat) {
      const touched = new Set<Lane>();
      for (let round = 0; round < repeat; round++)
        for (const announcement of announcements) {
          if (announcement.hardwareAddress.length !== 6) continue;
          const lane = lanes.get(announcement.lane) ?? { queue: [], timer: undefined, tries: 0 };
          lanes.set(announcement.lane, lane);
          lane.queue.push({ owner, announcement });
          touched.add(lane);
        }
      for (const lane of touched) if (!lane.timer) run(lane);
    },
    cancel(owner) {
      for (const lane of lanes.values()) lane.queue = lane.queue.filter((queued) => queued.owner !== owner);
    },
    rehearse() {
      emitGratuitousArp(arp, "127.0.0.1", arp.slice(0, 6));
      emitNeighbourAdvert(neighbour, "::1", neighbour.slice(0, 6), false);
    },
    close() {
      for (const lane of lanes.values()) clearTimeout(lane.timer);
      lanes.clear();
      socket.close();
    },
  };
}
