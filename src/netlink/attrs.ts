import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from "./host-order.ts";

/** One attribute's value as bytes and back. `write` puts it at `at` and returns its end; RangeError on a value that
 *  cannot fit. `read` takes it from between `at` and `end` and never throws: undefined is a body of the wrong shape. What
 *  it returns may be a view of its input. */
export type Codec<T> = {
  write(value: T, into: Buffer, at: number): number;
  read(from: Buffer, at: number, end: number): T | undefined;
};

/** Name → attribute type and codec; encoder and decoder both read this. Rows stand in the order of encoding. */
export type AttrTable = Readonly<Record<string, readonly [type: number, codec: Codec<unknown>]>>;
export type AttrValues<T extends AttrTable> = {
  readonly [K in keyof T]?: T[K] extends readonly [number, Codec<infer V>] ? V : never;
};

function fixed<T>(
  size: number,
  put: (b: Buffer, value: T, at: number) => number,
  read: (b: Buffer, at: number) => T,
): Codec<T> {
  return {
    write: (value, into, at) => put(into, value, at),
    read: (from, at, end) => (end - at < size ? undefined : read(from, at)),
  };
}

export const u8: Codec<number> = fixed(
  1,
  (b, v: number, at) => b.writeUInt8(v, at),
  (b, at) => b.readUInt8(at),
);
export const u16: Codec<number> = fixed(2, writeU16, readU16);
export const u16be: Codec<number> = fixed(
  2,
  (b, v: number, at) => b.writeUInt16BE(v, at),
  (b, at) => b.readUInt16BE(at),
);
export const u32: Codec<number> = fixed(4, writeU32, readU32);
export const u64: Codec<bigint> = fixed(8, writeU64, readU64);

export const bytes: Codec<Uint8Array> = {
  write: (value, into, at) => {
    if (at + value.length > into.length) throw new RangeError(`${value.length} bytes do not fit`);
    into.set(value, at);
    return at + value.length;
  },
  read: (from, at, end) => from.subarray(at, end),
};

/** A zero-terminated string of at most `size` bytes with its zero, as the kernel's fixed name fields. */
export function text(size: number): Codec<string> {
  return {
    write: (value, into, at) => {
      if (value.includes("\0")) throw new RangeError("a zero byte inside a name");
      if (Buffer.byteLength(value) >= size) throw new RangeError(`\`${value}\` is longer than ${size - 1} bytes`);
      return into.writeUInt8(0, at + into.write(value, at, "utf8"));
    },
    read: (from, at, end) => {
      const zero = from.indexOf(0, at);
      return from.toString("utf8", at, zero < 0 || zero > end ? end : zero);
    },
  };
}

/** Attributes inside an attribute, by their own table. */
export function nested<T extends AttrTable>(table: T): Codec<AttrValues<T>> {
  return {
    write: (value, into, at) => writeAttrs(table, value, into, at),
    read: (from, at, end) => readAttrs(table, from, at, end),
  };
}

const NLA_HEADER = 4;
const TYPE_MASK = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
/** An attribute's length is a u16, so nothing that can be sent is longer. */
const scratch = Buffer.alloc(0x10000);

/** Type-length-values in table order, absent fields left out, each padded to 4. RangeError on a value that cannot fit. */
export function encodeAttrs<T extends AttrTable>(table: T, value: AttrValues<T>): Buffer {
  const size = writeAttrs(table, value, scratch, 0);
  const encoded = Buffer.allocUnsafe(size);
  scratch.copy(encoded, 0, 0, size);
  return encoded;
}

function writeAttrs<T extends AttrTable>(table: T, value: AttrValues<T>, into: Buffer, from: number): number {
  let at = from;
  for (const name in table) {
    const field: unknown = value[name];
    if (field === undefined) continue;
    const [type, codec] = table[name] as AttrTable[string];
    const end = codec.write(field, into, at + NLA_HEADER);
    writeU16(into, end - at, at);
    writeU16(into, type, at + 2);
    for (at = end; (at & 3) !== 0; at++) into.writeUInt8(0, at);
  }
  return at;
}

type Row = { readonly name: string; readonly codec: Codec<unknown> };
const rowsOf = new WeakMap<AttrTable, readonly (Row | undefined)[]>();

function rowsByType(table: AttrTable): readonly (Row | undefined)[] {
  const known = rowsOf.get(table);
  if (known) return known;
  const rows: (Row | undefined)[] = [];
  for (const [name, [type, codec]] of Object.entries(table)) rows[type] = { name, codec };
  rowsOf.set(table, rows);
  return rows;
}

/** The attributes of `table` found in `body`; of one that is there twice the last. Never throws, whatever the bytes:
 *  unknown types and bodies of the wrong shape are left out, and a length that cannot be true ends the reading. */
export const decodeAttrs = <T extends AttrTable>(table: T, body: Buffer): AttrValues<T> =>
  readAttrs(table, body, 0, body.length);

function readAttrs<T extends AttrTable>(table: T, from: Buffer, start: number, end: number): AttrValues<T> {
  const rows = rowsByType(table);
  const values: Record<string, unknown> = {};
  for (let at = start; at + NLA_HEADER <= end; ) {
    const length = readU16(from, at);
    if (length < NLA_HEADER || at + length > end) break;
    const row = rows[readU16(from, at + 2) & TYPE_MASK];
    const value = row?.codec.read(from, at + NLA_HEADER, at + length);
    if (row && value !== undefined) values[row.name] = value;
    at += (length + 3) & ~3;
  }
  return values as AttrValues<T>;
}
