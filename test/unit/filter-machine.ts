import type { Instruction } from "../../src/core/socket-filter.ts";

/** Runs a filter over a packet, as net/core/filter.c does: how many bytes of it pass, 0 for none. */
export function runFilter(filter: readonly Instruction[], bytes: Buffer, packetType = 0): number {
  let a = 0;
  let x = 0;
  const read = (at: number, size: number): number | undefined =>
    at + size > bytes.length ? undefined : bytes.readUIntBE(at, size);
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = filter[pc] as Instruction;
    const jump = (taken: boolean): void => {
      pc += taken ? jt : jf;
    };
    let loaded: number | undefined;
    if (code === 0x06) return k;
    if (code === 0x15) jump(a === k);
    else if (code === 0x25) jump(a > k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0xb1) {
      loaded = read(k, 1);
      x = ((loaded ?? 0) & 0x0f) * 4;
      if (loaded === undefined) return 0;
    } else {
      if (k === 0xfffff004) loaded = packetType;
      else if (code === 0x48) loaded = read(x + k, 2);
      else if (code === 0x50) loaded = read(x + k, 1);
      else loaded = read(k, code === 0x20 ? 4 : code === 0x28 ? 2 : 1);
      if (loaded === undefined) return 0;
      a = loaded;
    }
  }
}
