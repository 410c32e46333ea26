import type { Family } from "../core/ip.ts";
import type { Result } from "../core/result.ts";
import { createBackoff } from "./backoff.ts";
import type { VrrpInstancePlan } from "./model.ts";
import type { Network } from "./network.ts";
import { channelDeviceOf } from "./own-links.ts";
import { ETHERNET_MTU, type ReceiveBuffer, receiveBufferBytes } from "./receive-buffer.ts";
import type { OpenError, SocketHandlers, VrrpSocket } from "./sockets.ts";
import { AH_PROTOCOL } from "./wire/ah.ts";
import { type IpPacket, VRRP_PROTOCOL } from "./wire/ip.ts";

/** Where adverts are exchanged: one socket serves all instances of one interface and group; without a group those that
 *  speak to peers. */
export type Channel = {
  /** Empty: any. */
  readonly interface: string;
  readonly family: Family;
  /** VRRP's, or that of the authentication header before it. */
  readonly protocol: number;
  readonly group?: string;
};

/** Where an instance of this plan speaks. */
export const channelOf = (
  plan: Pick<VrrpInstancePlan, "interface" | "vmac" | "vrf" | "family" | "ahKey" | "multicastGroup" | "unicast">,
): Channel => ({
  interface: channelDeviceOf(plan),
  family: plan.family,
  protocol: plan.ahKey === undefined ? VRRP_PROTOCOL : AH_PROTOCOL,
  ...(!plan.unicast && { group: plan.multicastGroup }),
});

export const sameChannel = (a: Channel, b: Channel): boolean =>
  a.interface === b.interface && a.family === b.family && a.protocol === b.protocol && a.group === b.group;

/** A channel that an instance needs, and what it wants to have room for there. */
export type NeededChannel = Channel & { readonly receiveBuffer?: ReceiveBuffer };

export type SocketPool = {
  /** Opens what is needed and missing, closes what is not needed any more, and opens again what belongs to an interface
   *  that has come back under another index. Cheap when nothing has changed. */
  update(needed: readonly NeededChannel[]): void;
  /** The socket, or why there is none; undefined without a reason: its interface does not exist. */
  get(channel: Channel): { readonly socket?: VrrpSocket; readonly error?: OpenError };
  close(): void;
};

export type SocketPoolOptions = {
  readonly network: Pick<Network, "link">;
  readonly open: (
    at: Channel & { readonly receiveBufferBytes: number },
    handlers: SocketHandlers,
  ) => Result<VrrpSocket, OpenError>;
  readonly onPacket: (channel: Channel, packet: IpPacket) => void;
  /** A socket has failed (`open: false`), or the time has come to try again: call update. */
  readonly onChange: (channel: Channel, errno: string | undefined) => void;
  readonly now: () => number;
};

type Slot = {
  channel: Channel;
  bufferBytes: number;
  socket?: VrrpSocket;
  interfaceIndex?: number;
  error?: OpenError;
  timer?: NodeJS.Timeout;
  brokenAt?: number;
};

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;
/** A socket that fails once is replaced at once; a second time within this, it has to wait. */
const CALM_MS = 10_000;
/** The place of instances without an interface: always there. */
const ANYWHERE = { index: 0, mtu: ETHERNET_MTU };
/** Timers may fire this much before the monotonic clock agrees. */
const TIMER_SLACK_MS = 5;

export function createSocketPool({ network, open, onPacket, onChange, now }: SocketPoolOptions): SocketPool {
  const slots = new Map<string, Slot>();
  const backoff = createBackoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  const keyOf = (c: Channel): string => `${c.interface} ${c.family} ${c.protocol} ${c.group ?? "unicast"}`;

  const shut = (slot: Slot): void => {
    slot.socket?.close();
    delete slot.socket;
    delete slot.interfaceIndex;
  };

  const retryLater = (slot: Slot): void => {
    clearTimeout(slot.timer);
    const at = backoff.failed(keyOf(slot.channel), now());
    slot.timer = setTimeout(() => onChange(slot.channel, undefined), Math.ceil(at - now()));
  };

  const openSlot = (slot: Slot, interfaceIndex: number): void => {
    const opened = open(
      { ...slot.channel, receiveBufferBytes: slot.bufferBytes },
      {
        onPacket: (packet) => onPacket(slot.channel, packet),
        onBroken(errno) {
          shut(slot);
          const again = now() - (slot.brokenAt ?? -Infinity) < CALM_MS;
          slot.brokenAt = now();
          if (again) {
            slot.error = { code: errno, message: `it keeps failing (${errno})` };
            retryLater(slot);
          }
          onChange(slot.channel, errno);
        },
      },
    );
    if (opened.ok) {
      slot.socket = opened.value;
      slot.interfaceIndex = interfaceIndex;
      delete slot.error;
      return;
    }
    slot.error = opened.error;
    retryLater(slot);
  };

  return {
    update(needed) {
      const wants = new Map<string, NeededChannel[]>();
      for (const one of needed) {
        const key = keyOf(one);
        const others = wants.get(key);
        if (others) others.push(one);
        else wants.set(key, [one]);
      }
      for (const [key, slot] of slots)
        if (!wants.has(key)) {
          shut(slot);
          clearTimeout(slot.timer);
          slots.delete(key);
        }
      for (const [key, instances] of wants) {
        const [{ receiveBuffer: _, ...channel }] = instances as [NeededChannel];
        const slot = slots.get(key) ?? { channel, bufferBytes: 0 };
        slots.set(key, slot);
        const link = channel.interface === "" ? ANYWHERE : network.link(channel.interface);
        const bufferBytes = receiveBufferBytes(
          instances.map((one) => one.receiveBuffer),
          link?.mtu ?? 0,
        );
        if (slot.socket && (slot.interfaceIndex !== link?.index || slot.bufferBytes !== bufferBytes)) shut(slot);
        slot.bufferBytes = bufferBytes;
        if (!link) delete slot.error;
        else if (!slot.socket && backoff.notBefore(key) <= now() + TIMER_SLACK_MS) openSlot(slot, link.index);
      }
    },
    get(channel) {
      const slot = slots.get(keyOf(channel));
      return { ...(slot?.socket && { socket: slot.socket }), ...(slot?.error && { error: slot.error }) };
    },
    close() {
      for (const slot of slots.values()) {
        shut(slot);
        clearTimeout(slot.timer);
      }
      slots.clear();
    },
  };
}
