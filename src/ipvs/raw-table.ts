import { readU16, writeU16 } from "../netlink/host-order.ts";
import { commandAttrs, destinationAttrs, serviceAttrs } from "./attrs.ts";
import { decodeDestination } from "./genl-codec.ts";
import type { Destination, ServiceId } from "./model.ts";

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

/** Gathers answers one behind the other, each still one attribute with attributes inside. Makes no objects: there are tens of
 *  thousands of answers. */
export class RawAnswers {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #end = 0;

  get end(): number {
    return this.#end;
  }

  clear(): void {
    this.#end = 0;
  }

  /** Adds the attributes of one answer but for those that count, and says where it begins. A length that cannot be true
   *  ends the reading. */
  add(attributes: Buffer): number {
    const start = this.#end;
    this.#reserve(attributes.length + NLA_HEADER);
    const end = attributes.length < NLA_HEADER ? 0 : Math.min(attributes.length, readU16(attributes, 0));
    if (end < NLA_HEADER) return start;
    const outer = readU16(attributes, 2) & TYPE_MASK;
    const counters = counting[outer] ?? 0;
    this.#end += NLA_HEADER;
    for (let at = NLA_HEADER; at + NLA_HEADER <= end; ) {
      const length = readU16(attributes, at);
      if (length < NLA_HEADER || at + length > end) break;
      const type = readU16(attributes, at + 2) & TYPE_MASK;
      const next = Math.min((at + length + 3) & ~3, end);
      if (type >= 32 || (counters & (1 << type)) === 0) this.#keep(attributes, at, next);
      at = next;
    }
    writeU16(this.#bytes, this.#end - start, start);
    writeU16(this.#bytes, outer, start + 2);
    while ((this.#end & 3) !== 0) this.#bytes[this.#end++] = 0;
    return start;
  }

  /** What lies from there on, up to `end`: a view, valid until something is added. */
  view(start = this.#end, end = this.#end): Buffer {
    return this.#bytes.subarray(start, end);
  }

  /** Adds an answer that was gathered before. */
  again(answer: Buffer): void {
    this.#reserve(answer.length);
    this.#keep(answer, 0, answer.length);
  }

  /** Forgets what lies between. */
  cut(start: number, end: number): void {
    if (start === end) return;
    this.#bytes.copyWithin(start, end, this.#end);
    this.#end -= end - start;
  }

  #keep(from: Buffer, start: number, end: number): void {
    const bytes = this.#bytes;
    let to = this.#end;
    for (let at = start; at < end; at++) bytes[to++] = from[at] as number;
    this.#end = to;
  }

  #reserve(more: number): void {
    const wanted = this.#end + more;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * wanted);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** The destinations in the answers that stand in `bytes` from `at` on. */
export function destinationsIn(bytes: Buffer, at: number, id: ServiceId): Destination[] {
  const destinations: Destination[] = [];
  while (at + NLA_HEADER <= bytes.length) {
    const length = Math.max(NLA_HEADER, readU16(bytes, at));
    const reading = decodeDestination(bytes.subarray(at, at + length), id, false);
    if (reading) destinations.push(reading.destination);
    at += (length + 3) & ~3;
  }
  return destinations;
}
