import { native } from "../../native/index.ts";
import { familyOf } from "../core/ip.ts";
import type { Endpoint, Via } from "./model.ts";
import { encapsulate } from "./via-tunnel.ts";

/** An endpoint that is asked by packets as those of clients (via_vip). */
export type ViaEndpoint = Endpoint & { readonly via: Via };

export const isVia = (at: Endpoint): at is ViaEndpoint => at.via !== undefined;

/** The real server's own address, which may have another family than the virtual one that it is asked for. */
export function ownAddressOf({ via, bindAddress, ...at }: ViaEndpoint): Endpoint {
  const isSource = bindAddress !== undefined && familyOf(bindAddress) === familyOf(at.host);
  return isSource ? { ...at, bindAddress } : at;
}

/** How packets for a virtual address get to one real server. */
export type Way = {
  /** The address they are from, of the virtual address's family. */
  readonly from: string;
  /** A negative errno where the packet was not sent. */
  send(packet: Buffer): number;
  close(): void;
};

/** Throws what keeps packets from being sent: the kernel's own errors, or words. */
export function openWay(at: ViaEndpoint): Way {
  const { host, bindAddress, bindInterface = "", fwmark = 0, via } = at;
  const door = native();
  const from = bindAddress ?? door.sourceTowards(host, bindInterface, fwmark);
  if (from === via.vip)
    throw new Error(`packets to ${host} leave with the address ${from} itself; name another with bindto`);
  if (!via.tunnel && familyOf(host) === 6) return new LinkWay(at, from);
  const fd = door.openDirect(familyOf(host), bindInterface, fwmark);
  const close = (): void => door.close(fd);
  const { tunnel } = via;
  if (!tunnel) return { from, send: (packet) => door.sendRawIp(fd, packet, host), close };
  const isMixed = familyOf(from) !== familyOf(host);
  const ends = { from: isMixed ? door.sourceTowards(host, bindInterface, fwmark) : from, to: host };
  return { from, send: (packet) => door.sendRawIp(fd, encapsulate(tunnel, ends, packet), host), close };
}

/** How long the kernel is left to find a neighbour before it is asked again, in ms; twice as long each time. */
const [FIRST_LOOK_MS, MOST_LOOK_MS] = [2, 100];
/** What is kept for a neighbour that is being looked for. */
const MOST_WAITING = 4;

type Link = { readonly interfaceIndex: number; readonly address: Uint8Array };

/** By link-layer address, as IPVS delivers it: what a raw socket sends over IPv6 to a virtual address, the IPVS of this
 *  machine would take for a client's. Who has the real server's own address is the kernel's matter. */
class LinkWay implements Way {
  readonly from: string;
  readonly #at: Endpoint;
  readonly #fd: number;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lookMs = FIRST_LOOK_MS;
  #link: Link | undefined;

  constructor(at: Endpoint, from: string) {
    this.from = from;
    this.#at = at;
    this.#look();
    this.#fd = native().openLink();
  }

  send(packet: Buffer): number {
    if (this.#link) return this.#sendNow(packet, this.#link);
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(packet);
    this.#lookAgain();
    return 0;
  }

  close(): void {
    clearTimeout(this.#timer);
    native().close(this.#fd);
  }

  #sendNow(packet: Buffer, { interfaceIndex, address }: Link): number {
    return native().sendLink(this.#fd, packet, interfaceIndex, address);
  }

  #look(): void {
    const { host, bindInterface = "", fwmark = 0 } = this.#at;
    const { interfaceIndex, address } = native().neighbour(host, bindInterface, fwmark);
    if (address) this.#link = { interfaceIndex, address };
  }

  /** Whoever waits for an answer has a time limit: what goes wrong here is silence. */
  #lookAgain(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#lookMs = Math.min(this.#lookMs * 2, MOST_LOOK_MS);
      try {
        this.#look();
      } catch {
        // The way is gone: it may come back within the time limit.
      }
      if (!this.#link) return this.#lookAgain();
      for (const packet of this.#waiting) this.#sendNow(packet, this.#link);
      this.#waiting = [];
    }, this.#lookMs);
  }
}
