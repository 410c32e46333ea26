import { endianness } from "node:os";
import type { Instruction } from "../../../src/core/socket-filter.ts";

/** The instructions of a filter as SO_ATTACH_FILTER takes it. */
export function decodeFilter(bytes: Buffer): Instruction[] {
  const isLittle = endianness() === "LE";
  return Array.from({ length: bytes.length / 8 }, (_, i) => ({
    code: isLittle ? bytes.readUInt16LE(i * 8) : bytes.readUInt16BE(i * 8),
    jt: bytes.readUInt8(i * 8 + 2),
    jf: bytes.readUInt8(i * 8 + 3),
    k: isLittle ? bytes.readUInt32LE(i * 8 + 4) : bytes.readUInt32BE(i * 8 + 4),
  }));
}
