import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from "./host-order.ts";

/** One attribute's value as bytes and back. `encode` throws RangeError on a value that cannot fit; `decode` never throws:
 *  undefined is a body of the wrong shape. What `decode` returns may be a view of its input. */
export type Codec<T> = {
  encode(value: T): Uint8Array;
  decode(body: Buffer): T | undefined;
};

/** Name → attribute type and codec; encoder and decoder both read this. Rows stand in the order of encoding. */
export type AttrTable = Readonly<Record<string, readonly [type: number, codec: Codec<unknown>]>>;
export type AttrValues<T extends AttrTable> = {
  readonly [K in keyof T]?: T[K] extends readonly [number, Codec<infer V>] ? V : never;
};

function fixed<T>(size: number, write: (b: Buffer, value: T) => void, read: (b: Buffer) => T): Codec<T> {
  const encode = (value: T): Buffer => {
    const body = Buffer.alloc(size);
    write(body, value);
    return body;
  };
  return { encode, decode: (body) => (body.length < size ? undefined : read(body)) };
}

export const u8: Codec<number> = fixed(
  1,
  (b, v: number) => b.writeUInt8(v),
  (b) => b.readUInt8(0),
);
export const u16: Codec<number> = fixed(
  2,
  (b, v: number) => writeU16(b, v, 0),
  (b) => readU16(b, 0),
);
export const u16be: Codec<number> = fixed(
  2,
  (b, v: number) => b.writeUInt16BE(v),
  (b) => b.readUInt16BE(0),
);
export const u32: Codec<number> = fixed(
  4,
  (b, v: number) => writeU32(b, v, 0),
  (b) => readU32(b, 0),
);
export const u64: Codec<bigint> = fixed(
  8,
  (b, v: bigint) => writeU64(b, v, 0),
  (b) => readU64(b, 0),
);
export const bytes: Codec<Uint8Array> = { encode: (value) => value, decode: (body) => body };

/** A zero-terminated string of at most `size` bytes with its zero, as the kernel's fixed name fields. */
export function text(size: number): Codec<string> {
  return {
    encode: (value) => {
      const body = Buffer.from(`${value}\0`, "utf8");
      if (body.length > size) throw new RangeError(`\`${value}\` is longer than ${size - 1} bytes`);
      if (body.indexOf(0) !== body.length - 1) throw new RangeError("a zero byte inside a name");
      return body;
    },
    decode: (body) => {
      const end = body.indexOf(0);
      return body.toString("utf8", 0, end < 0 ? body.length : end);
    },
  };
}

/** Attributes inside an attribute, by their own table. */
export function nested<T extends AttrTable>(table: T): Codec<AttrValues<T>> {
  return { encode: (value) => encodeAttrs(table, value), decode: (body) => decodeAttrs(table, body) };
}

const NLA_HEADER = 4;
const TYPE_MASK = 0x3fff; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
const NESTED = 0x8000;

/** Type-length-values in table order, absent fields left out, each padded to 4. RangeError on a value that cannot fit. */
export function encodeAttrs<T extends AttrTable>(table: T, value: AttrValues<T>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [name, [type, codec]] of Object.entries(table)) {
    const field: unknown = value[name];
    if (field === undefined) continue;
    const body = codec.encode(field);
    const header = Buffer.alloc(NLA_HEADER);
    writeU16(header, NLA_HEADER + body.length, 0);
    writeU16(header, type, 2);
    parts.push(header, body, Buffer.alloc(-body.length & 3));
  }
  return Buffer.concat(parts);
}

/** As encodeAttrs for one nested attribute whose body stands: the outermost level of a generic netlink message. */
export function encodeNest(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(NLA_HEADER);
  writeU16(header, NLA_HEADER + body.length, 0);
  writeU16(header, type | NESTED, 2);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 3)]);
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
export function decodeAttrs<T extends AttrTable>(table: T, body: Buffer): AttrValues<T> {
  const rows = rowsByType(table);
  const values: Record<string, unknown> = {};
  for (let at = 0; at + NLA_HEADER <= body.length; ) {
    const length = readU16(body, at);
    if (length < NLA_HEADER || at + length > body.length) break;
    const row = rows[readU16(body, at + 2) & TYPE_MASK];
    const value = row?.codec.decode(body.subarray(at + NLA_HEADER, at + length));
    if (row && value !== undefined) values[row.name] = value;
    at += (length + 3) & ~3;
  }
  return values as AttrValues<T>;
}
