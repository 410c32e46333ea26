// What tcpdump -xx shows of adverts, taken apart without any of the code under test.

export type Advert = { readonly frame: Buffer; readonly priority: number };

const ETHERNET = 14;
const IPV6_HEADER = 40;
const AH = 51;
const AH_BYTES = 24;

const isSix = (frame: Buffer): boolean => frame.readUInt16BE(12) === 0x86dd;
const networkEnd = (frame: Buffer): number =>
  ETHERNET + (isSix(frame) ? IPV6_HEADER : (frame.readUInt8(ETHERNET) & 0x0f) * 4);
const hasAh = (frame: Buffer): boolean => !isSix(frame) && frame.readUInt8(ETHERNET + 9) === AH;
const vrrpStart = (frame: Buffer): number => networkEnd(frame) + (hasAh(frame) ? AH_BYTES : 0);

/** The end of the text may be within a frame. */
function isWhole(frame: Buffer): boolean {
  if (frame.length < ETHERNET + 20) return false;
  const bytes = isSix(frame) ? IPV6_HEADER + frame.readUInt16BE(ETHERNET + 4) : frame.readUInt16BE(ETHERNET + 2);
  return frame.length >= ETHERNET + bytes;
}

/** The whole frames of a text of `tcpdump -xx`. */
export function advertsIn(text: string): Advert[] {
  const packets = text.split(/^(?=\S)/m);
  return packets.flatMap((packet) => {
    const lines = packet.matchAll(/^\s+0x[0-9a-f]+:\s+([0-9a-f ]+)$/gm);
    const frame = Buffer.from(
      [...lines]
        .map(([, hex]) => hex)
        .join("")
        .replaceAll(" ", ""),
      "hex",
    );
    return !isWhole(frame) ? [] : [{ frame, priority: frame.readUInt8(vrrpStart(frame) + 2) }];
  });
}

/** The parts of a frame in hexadecimal, without what differs from one advert of a router to the next: the identification of
 *  IPv4 with the checksum that follows from it, the sequence number and the digest of AH, the flow label of IPv6. */
export function fieldsOf(frame: Buffer): Readonly<Record<string, string>> {
  const cut = (from: number, to?: number): string => frame.subarray(from, to).toString("hex");
  const at = networkEnd(frame);
  const network = Buffer.from(frame.subarray(ETHERNET, at));
  if (isSix(frame)) network.writeUInt32BE((network.readUInt32BE(0) & 0xfff00000) >>> 0, 0);
  else network.fill(0, 4, 6).fill(0, 10, 12);
  return {
    ethernet: cut(0, ETHERNET),
    network: network.toString("hex"),
    ...(hasAh(frame) && { ah: cut(at, at + 8) }), // next header, length, reserved, SPI
    vrrp: cut(vrrpStart(frame)),
  };
}
