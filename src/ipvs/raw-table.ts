import { readU16, writeU16 } from "../netlink/host-order.ts";
import { commandAttrs, destinationAttrs, serviceAttrs } from "./attrs.ts";
import { decodeDestination } from "./genl-codec.ts";
import type { RawService, Service } from "./model.ts";

/** The kernel's table as the bytes of its own answers, without those that count: nearly every look at a table finds what the
 *  look before found, and to see that costs a fraction of taking the answers apart. */

const NLA_HEADER = 4;
const TYPE_MASK = 0x3fff;
const typeOf = (row: readonly [type: number, codec: unknown]): number => row[0];

/** A bit for each attribute that changes while nobody changes the table. */
const counting: Readonly<Record<number, number>> = {
  [typeOf(commandAttrs.service)]: bits(serviceAttrs.stats32, serviceAttrs.stats64),
  [typeOf(commandAttrs.destination)]: bits(
    destinationAttrs.stats32,
    destinationAttrs.stats64,
    destinationAttrs.activeConnections,
    destinationAttrs.inactiveConnections,
    destinationAttrs.persistentConnections,
  ),
};

function bits(...rows: readonly (readonly [type: number, codec: unknown])[]): number {
  return rows.reduce((mask, row) => mask | (1 << typeOf(row)), 0);
}

/** Gathers answers one behind the other, each still one attribute with attributes inside. */
export class RawAnswers {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #end = 0;

  clear(): void {
    this.#end = 0;
  }

  /** Adds the attributes of one answer, and says where it begins. A length that cannot be true ends the reading. */
  add(attributes: Buffer): number {
    const start = this.#end;
    this.#reserve(attributes.length);
    const end = Math.min(attributes.length, attributes.length < NLA_HEADER ? 0 : readU16(attributes, 0));
    if (end < NLA_HEADER) return start;
    const outer = readU16(attributes, 2) & TYPE_MASK;
    const counters = counting[outer] ?? 0;
    let from = NLA_HEADER;
    let at = from;
    this.#end = start + NLA_HEADER;
    while (at + NLA_HEADER <= end) {
      const length = readU16(attributes, at);
      if (length < NLA_HEADER || at + length > end) break;
      const type = readU16(attributes, at + 2) & TYPE_MASK;
      const next = Math.min((at + length + 3) & ~3, end);
      if (type < 32 && (counters & (1 << type)) !== 0) {
        this.#keep(attributes, from, at);
        from = next;
      }
      at = next;
    }
    this.#keep(attributes, from, at);
    writeU16(this.#bytes, this.#end - start, start);
    writeU16(this.#bytes, outer, start + 2);
    while ((this.#end & 3) !== 0) this.#bytes[this.#end++] = 0;
    return start;
  }

  /** What was added from there on, up to `end`, as a value of its own. */
  copy(start = this.#end, end = this.#end): Buffer {
    return Buffer.from(this.#bytes.subarray(start, end));
  }

  #keep(attributes: Buffer, from: number, end: number): void {
    if (end > from) this.#end += attributes.copy(this.#bytes, this.#end, from, end);
  }

  #reserve(more: number): void {
    const wanted = this.#end + more + NLA_HEADER;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * wanted);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

export const rawService = (service: Service, answer: Buffer, destinations: Buffer): RawService => ({
  service,
  bytes: Buffer.concat([answer, destinations]),
  destinations: () =>
    [...answersIn(destinations)].flatMap((one) => decodeDestination(one, service.id, false)?.destination ?? []),
});

function* answersIn(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + NLA_HEADER <= bytes.length; ) {
    const length = Math.max(NLA_HEADER, readU16(bytes, at));
    yield bytes.subarray(at, at + length);
    at += (length + 3) & ~3;
  }
}
