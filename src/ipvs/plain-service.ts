import { addressFromBytes } from "../core/ip.ts";
import { little } from "../netlink/host-order.ts";
import { commandAttrs, serviceAttrs } from "./attrs.ts";
import * as kernel from "./kernel-values.ts";
import type { ServiceEntry, ServiceId } from "./model.ts";

/** A service as a dump tells it, without its counters: what `decodeService` makes of the same bytes, read where they lie. A
 *  listing decodes a thousand of them before the engine has compiled anything, and an object for each attribute is most of
 *  what that takes. */

const NLA_HEADER = 4;
const TYPE_MASK = 0x3fff;
const typeOf = (row: readonly [type: number, codec: unknown]): number => row[0];
const SERVICE = typeOf(commandAttrs.service);
const type = {
  family: typeOf(serviceAttrs.family),
  protocol: typeOf(serviceAttrs.protocol),
  address: typeOf(serviceAttrs.address),
  port: typeOf(serviceAttrs.port),
  fwmark: typeOf(serviceAttrs.fwmark),
  scheduler: typeOf(serviceAttrs.scheduler),
  flags: typeOf(serviceAttrs.flags),
  timeoutS: typeOf(serviceAttrs.timeoutS),
  netmask: typeOf(serviceAttrs.netmask),
  engine: typeOf(serviceAttrs.engine),
} as const;

/** Where the bodies of the attributes begin and end, by their types; -1: there is none. Filled anew for each service. */
const TYPES = 16;
const bodies = new Int32Array(TYPES);
const ends = new Int32Array(TYPES);

/** Of the attributes that lie in `b` from `from` up to `end`. Undefined for what has no identity. Never throws. */
export function decodePlainService(b: Buffer, from = 0, end = b.length): ServiceEntry | undefined {
  locate(b, from, end);
  const start = bodies[SERVICE] as number;
  if (start < 0) return undefined;
  locate(b, start, ends[SERVICE] as number);
  const number = u16(b, type.family);
  const family = number === kernel.AF_INET ? 4 : number === kernel.AF_INET6 ? 6 : undefined;
  const id = family && identity(b, family);
  if (!id) return undefined;
  const engine = name(b, type.engine);
  const mask = has(type.netmask, 4) ? netmask(b, family) : { bits: family === 6 ? 128 : 32 };
  return {
    service: {
      id,
      scheduler: name(b, type.scheduler) ?? "none",
      flags: u32(b, type.flags) & ~kernel.serviceFlags.hashed,
      timeoutS: u32(b, type.timeoutS),
      netmaskBits: mask.bits,
      ...(engine !== undefined && engine !== "" && { engine }),
      ...(mask.odd !== undefined && { oddNetmask: mask.odd }),
    },
    stats: kernel.noStats,
  };
}

function identity(b: Buffer, family: 4 | 6): ServiceId | undefined {
  const fwmark = u32(b, type.fwmark);
  if (fwmark !== 0) return { kind: "fwmark", family, fwmark };
  const protocol = kernel.protocolName(u16(b, type.protocol));
  if (!protocol || !has(type.address, family === 4 ? 4 : 16) || !has(type.port, 2)) return undefined;
  const at = bodies[type.address] as number;
  const address =
    family === 4 ? `${b[at]}.${b[at + 1]}.${b[at + 2]}.${b[at + 3]}` : addressFromBytes(b.subarray(at, at + 16));
  const port = bodies[type.port] as number;
  return { kind: "address", protocol, address, port: ((b[port] as number) << 8) | (b[port + 1] as number) };
}

const ONE_CLIENT: ReturnType<typeof kernel.netmaskFromKernel> = { bits: 32 };

function netmask(b: Buffer, family: 4 | 6): ReturnType<typeof kernel.netmaskFromKernel> {
  const at = bodies[type.netmask] as number;
  if (
    family === 4 &&
    ((b[at] as number) & (b[at + 1] as number) & (b[at + 2] as number) & (b[at + 3] as number)) === 255
  )
    return ONE_CLIENT;
  return kernel.netmaskFromKernel(b.subarray(at, ends[type.netmask]), family);
}

/** Of an attribute that is there twice the last; a length that cannot be true ends the reading. */
function locate(b: Buffer, start: number, end: number): void {
  bodies.fill(-1);
  for (let at = start; at + NLA_HEADER <= end; ) {
    const length = u16At(b, at);
    if (length < NLA_HEADER || at + length > end) return;
    const found = u16At(b, at + 2) & TYPE_MASK;
    if (found < TYPES) {
      bodies[found] = at + NLA_HEADER;
      ends[found] = at + length;
    }
    at += (length + 3) & ~3;
  }
}

function has(attribute: number, size: number): boolean {
  const at = bodies[attribute] as number;
  return at >= 0 && (ends[attribute] as number) - at >= size;
}

const u16At = (b: Buffer, at: number): number =>
  little ? (b[at] as number) | ((b[at + 1] as number) << 8) : ((b[at] as number) << 8) | (b[at + 1] as number);

/** 0 where there is none, as of the fields of a command that is not told. */
const u16 = (b: Buffer, attribute: number): number => (has(attribute, 2) ? u16At(b, bodies[attribute] as number) : 0);

function u32(b: Buffer, attribute: number): number {
  if (!has(attribute, 4)) return 0;
  const at = bodies[attribute] as number;
  const low = u16At(b, little ? at : at + 2);
  const high = u16At(b, little ? at + 2 : at);
  return ((high << 16) | low) >>> 0;
}

/** A text that ends with a zero. */
function name(b: Buffer, attribute: number): string | undefined {
  const at = bodies[attribute] as number;
  if (at < 0) return undefined;
  let end = at;
  while (end < (ends[attribute] as number) && b[end] !== 0) end++;
  return b.toString("utf8", at, end);
}
