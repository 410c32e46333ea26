import { addressBytes, type Family } from "../../core/ip.ts";
import { end, type Instruction, load } from "../../core/socket-filter.ts";

// BPF_JMP | test | BPF_K of linux/bpf_common.h.
const JUMP = { equal: 0x15, greater: 0x25, atLeast: 0x35 } as const;
/** SKF_AD_OFF + SKF_AD_PKTTYPE: what kind of destination the frame has. */
const PACKET_TYPE_AT = 0xfffff004;
/** Sent to another host (PACKET_OTHERHOST of linux/if_packet.h), or in a VLAN that is none of ours. */
const OTHER_HOST = 3;
/** Of a frame, so much is handed over: what a decoder looks at, and the options of a neighbour advertisement. */
export const CLAIM_BYTES = 128;
/** Three instructions a range, of 4096 that a filter may have. */
const MOST_RANGES = 1000;

const unless = (test: keyof typeof JUMP, k: number): Instruction[] => [{ code: JUMP[test], jt: 1, jf: 0, k }, end(0)];

/** Lets through what decodeArp() or decodeNeighbour() makes a word about one of `addresses` of, so that no other frame wakes
 *  this process. With thousands of addresses some that lie between them pass too, and for IPv6 some that end like them: whoever
 *  reads looks again. */
export function claimFilter(family: Family, addresses: readonly string[]): readonly Instruction[] {
  const words = addresses.map((address) => Buffer.from(addressBytes(address)).readUInt32BE(family === 6 ? 12 : 0));
  const head = [load(1, PACKET_TYPE_AT), { code: JUMP.equal, jt: 0, jf: 1, k: OTHER_HOST }, end(0)];
  return [...head, ...(family === 6 ? loadTarget : loadSubject), ...matches(words), end(0)];
}

/** ARP: the sender's address, or the target's where the sender has none. */
const loadSubject: readonly Instruction[] = [load(4, 28), { code: JUMP.equal, jt: 0, jf: 1, k: 0 }, load(4, 38)];

/** ICMPv6 that came over no router: the end of the target of a neighbour solicitation (135) or advertisement (136). */
const loadTarget: readonly Instruction[] = [
  load(1, 20),
  ...unless("equal", 58),
  load(1, 21),
  ...unless("equal", 255),
  load(1, 54),
  { code: JUMP.equal, jt: 2, jf: 0, k: 135 },
  ...unless("equal", 136),
  load(4, 74),
];

function matches(words: readonly number[]): Instruction[] {
  return ranges(words, MOST_RANGES).flatMap(([first, last]) => [
    { code: JUMP.atLeast, jt: 0, jf: 2, k: first },
    { code: JUMP.greater, jt: 1, jf: 0, k: last },
    end(CLAIM_BYTES),
  ]);
}

/** At most `most` ranges that hold all of the numbers, with the largest gaps between them. */
function ranges(numbers: readonly number[], most: number): [number, number][] {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const gapBefore = (i: number): number => (sorted[i] as number) - (sorted[i - 1] as number);
  const starts = sorted
    .flatMap((_, i) => (i > 0 && gapBefore(i) > 1 ? [i] : []))
    .sort((a, b) => gapBefore(b) - gapBefore(a))
    .slice(0, most - 1)
    .sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  return [0, ...starts].map((start, i) => [
    sorted[start] as number,
    sorted[(starts[i] ?? sorted.length) - 1] as number,
  ]);
}
