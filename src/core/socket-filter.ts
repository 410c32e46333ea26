/** One instruction of a socket filter, struct sock_filter of linux/filter.h. */
export type Instruction = { readonly code: number; readonly jt: number; readonly jf: number; readonly k: number };

/** What one look at a packet asks: the number that these instructions load, or those bits of it, is `equals`. A packet that
 *  is too short for it does not pass, whatever else would be asked of it. */
export type Look = { readonly load: readonly Instruction[]; readonly mask?: number; readonly equals: number };

// Sizes and modes of linux/bpf_common.h.
const LOAD = { 4: 0x20, 2: 0x28, 1: 0x30 } as const; // BPF_LD | size | BPF_ABS
const LOAD_BEHIND = { 2: 0x48, 1: 0x50 } as const; // BPF_LD | size | BPF_IND
const HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

export const load = (bytes: 1 | 2 | 4, at: number): Instruction => ({ code: LOAD[bytes], jt: 0, jf: 0, k: at });

/** Loads what stands behind an IPv4 header that begins the packet, however long that is. */
export const loadBehindIpv4 = (bytes: 1 | 2, at: number): readonly Instruction[] => [
  { code: HEADER_LENGTH, jt: 0, jf: 0, k: 0 },
  { code: LOAD_BEHIND[bytes], jt: 0, jf: 0, k: at },
];

/** Hands over so many bytes of a packet; 0: it does not pass. */
export const end = (bytes: number): Instruction => ({ code: RETURN, jt: 0, jf: 0, k: bytes });

/** Lets through, up to `bytes` of it, what all looks of one of the rows find. Jumps reach 255 instructions far. */
export function passingAny(rows: readonly (readonly Look[])[], bytes: number): readonly Instruction[] {
  return [...rows.flatMap((looks) => passingAll(looks, bytes)), end(0)];
}

function passingAll(looks: readonly Look[], bytes: number): Instruction[] {
  let following: Instruction[] = [end(bytes)];
  for (const { load: loads, mask, equals } of looks.toReversed()) {
    const masked = mask === undefined ? [] : [{ code: AND, jt: 0, jf: 0, k: mask }];
    const test = { code: JUMP_EQUAL, jt: 0, jf: following.length, k: equals };
    following = [...loads, ...masked, test, ...following];
  }
  return following;
}

/** As SO_ATTACH_FILTER takes it, in the byte order of this machine. */
export function encodeFilter(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8);
  for (const [i, { code, jt, jf, k }] of instructions.entries()) {
    bytes.set(new Uint8Array(Uint16Array.of(code).buffer), i * 8);
    bytes.writeUInt8(jt, i * 8 + 2);
    bytes.writeUInt8(jf, i * 8 + 3);
    bytes.set(new Uint8Array(Uint32Array.of(k).buffer), i * 8 + 4);
  }
  return bytes;
}
