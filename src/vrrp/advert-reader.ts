import type { Logger } from "../core/log.ts";
import { Senders } from "./hmac.ts";
import type { Instance } from "./instance.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { LogGate } from "./log-gate.ts";
import type { AdvertEvent } from "./machine.ts";
import type { VrrpInstancePlan } from "./model.ts";
import { listedAddresses } from "./packet.ts";
import { checkAdvert, type Expectation, type Remark } from "./receive.ts";
import { passwordBytes } from "./wire/advert.ts";
import type { IpPacket } from "./wire/ip.ts";

export type AdvertReaderOptions = {
  readonly instance: Pick<Instance, "name" | "plan" | "state" | "source" | "counters">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly gate: LogGate;
  readonly now: () => number;
  readonly wallMs: () => number;
};

/** An advert that has passed all checks; `sequence` is that of its authentication header. */
export type ReadAdvert = {
  readonly advert: AdvertEvent;
  readonly sequence?: number;
  /** Its sender is a keepalived before 1.3.7, and has to be spoken to as one. */
  readonly oldChecksum?: true;
  /** All packets that are equal to this one say the same, and nothing more. */
  readonly recurs?: true;
};

/** What the checks of an advert depend on beside its payload, and that they passed. */
type Passed = {
  readonly plan: VrrpInstancePlan;
  readonly ownAddress: string;
  readonly trusted: string | undefined;
  readonly destination: string;
  readonly ttl: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly advert: AdvertEvent;
};

/** Senders of trailers that are told apart by multicast. */
const MOST_SENDERS = 4;

/** Reads what comes with the VRID of one instance: counts each packet, and logs some of those that it drops. */
export class AdvertReader {
  private readonly options: AdvertReaderOptions;
  /** The last sequence number of each sender of authentication headers: what another one has sent since does not make its
   *  next advert an old one. */
  private readonly sequences = new Map<string, number>();
  /** The same of the trailers. */
  private readonly senders = new Senders();
  private lastSender: string | undefined;
  /** The last advert that passed without a remark: a master says the same again and again. */
  private last: Passed | undefined;

  constructor(options: AdvertReaderOptions) {
    this.options = options;
  }

  /** The advert in a packet; undefined for one that is dropped. */
  read(packet: IpPacket): ReadAdvert | undefined {
    const { instance, gate } = this.options;
    const { counters, source, plan } = instance;
    if (source === undefined) return undefined;
    counters.advert_rcvd++;
    const from = packet.source;
    const known = this.known(packet, source);
    if (known) return { advert: known, recurs: true };
    const checked = checkAdvert(packet, this.expectation(source, from));
    if (!checked.ok) {
      this.note("vrrp.rejected", from, checked.error);
      return undefined;
    }
    const { advert, remarks, sequence, signature, oldChecksum } = checked.value;
    if (sequence !== undefined) this.sequences.set(from, sequence);
    if (signature !== undefined) this.senders.heard(from, signature, plan.unicast?.peers.length ?? MOST_SENDERS);
    for (const remark of remarks) this.note("vrrp.remark", from, remark);
    if (advert.priority === 0) counters.pri_zero_rcvd++;
    if (this.lastSender !== from) gate.reset();
    this.lastSender = from;
    this.last =
      remarks.length === 0 && !oldChecksum && advert.priority > 0 ? this.passed(packet, source, advert) : undefined;
    return {
      advert,
      ...(sequence !== undefined && { sequence }),
      ...(oldChecksum && { oldChecksum }),
      ...(this.last && { recurs: true }),
    };
  }

  /** What the last advert said, where this one from the same sender is no other in anything that is looked at. */
  private known(
    { source: from, destination, ttl, protocol, payload }: IpPacket,
    ownAddress: string,
  ): AdvertEvent | undefined {
    const { last } = this;
    const isSame =
      last !== undefined &&
      this.lastSender === from &&
      last.plan === this.options.instance.plan &&
      last.ownAddress === ownAddress &&
      last.trusted === this.trusted() &&
      last.destination === destination &&
      last.ttl === ttl &&
      last.protocol === protocol &&
      Buffer.compare(last.payload, payload) === 0;
    return isSame ? last.advert : undefined;
  }

  /** Authentication headers and trailers have numbers, which are to be another each time. */
  private passed(
    { destination, ttl, protocol, payload }: IpPacket,
    ownAddress: string,
    advert: AdvertEvent,
  ): Passed | undefined {
    const { plan } = this.options.instance;
    if (plan.ahKey !== undefined || plan.hmac) return undefined;
    return { plan, ownAddress, trusted: this.trusted(), destination, ttl, protocol, payload: payload.slice(), advert };
  }

  /** The master whose address list was compared already (skip_check_adv_addr). */
  private trusted(): string | undefined {
    const { plan, state } = this.options.instance;
    return plan.skipCheckAdvAddr && state.name === "backup" ? state.master?.address : undefined;
  }

  private note(event: "vrrp.rejected" | "vrrp.remark", from: string, { counter, detail }: Remark): void {
    const { instance, log, gate, now } = this.options;
    instance.counters[counter]++;
    const held = gate.pass(counter, now());
    if (held !== undefined) log.warn(event, { instance: instance.name, from, counter, detail, held });
  }

  private expectation(ownAddress: string, from: string): Expectation {
    const { plan } = this.options.instance;
    const trusted = this.trusted();
    return {
      version: plan.version,
      family: plan.family,
      intervalMs: plan.advertIntervalMs,
      group: plan.multicastGroup,
      ...(plan.unicast && {
        unicast: plan.unicast,
        oldChecksumToo: plan.version === 3 && plan.family === 4 && plan.oldUnicastChecksum !== "never",
      }),
      ...(plan.hmac && {
        hmac: { plan: plan.hmac, wallMs: this.options.wallMs(), lastFrom: (from) => this.senders.from(from) },
      }),
      ...(plan.ahKey !== undefined && { ah: { key: plan.ahKey, sequence: this.sequences.get(from) ?? 0 } }),
      ownAddress,
      addresses: listedAddresses(plan),
      ...(plan.authPass !== undefined && plan.version === 2 && { password: passwordBytes(plan.authPass) }),
      ...(trusted !== undefined && { trusted }),
    };
  }
}
