/** Integers in the byte order of this machine, in which netlink headers and most attributes are written. Asked of the
 *  machine itself: every call of `ipvs` would have to load node:os for it. */
export const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export const readU16 = (b: Buffer, at: number): number => (little ? b.readUInt16LE(at) : b.readUInt16BE(at));
export const readU32 = (b: Buffer, at: number): number => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
export const readS32 = (b: Buffer, at: number): number => (little ? b.readInt32LE(at) : b.readInt32BE(at));
export const readU64 = (b: Buffer, at: number): bigint => (little ? b.readBigUInt64LE(at) : b.readBigUInt64BE(at));

/** Each writes at `at` and throws RangeError for a value that does not fit. */
export const writeU16 = (b: Buffer, value: number, at: number): number =>
  little ? b.writeUInt16LE(value, at) : b.writeUInt16BE(value, at);
export const writeU32 = (b: Buffer, value: number, at: number): number =>
  little ? b.writeUInt32LE(value, at) : b.writeUInt32BE(value, at);
export const writeS32 = (b: Buffer, value: number, at: number): number =>
  little ? b.writeInt32LE(value, at) : b.writeInt32BE(value, at);
export const writeU64 = (b: Buffer, value: bigint, at: number): number =>
  little ? b.writeBigUInt64LE(value, at) : b.writeBigUInt64BE(value, at);
