import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BLOCK_PORTS,
  type DatagramEnds,
  datagramFilter,
  decodeDatagram,
  encodeEcho,
  encodeUdp,
  segmentFilter,
} from "../../../src/checkers/via-datagram-packet.ts";
import { encodeIp, PROTOCOL, protocolOfIcmp } from "../../../src/checkers/via-ip.ts";
import { encodeSegment, SYN } from "../../../src/checkers/via-packet.ts";
import { internetChecksum } from "../../../src/core/checksum.ts";
import { echoRequest, isEchoReply } from "../../../src/core/icmp-echo.ts";
import { type Family, familyOf } from "../../../src/core/ip.ts";
import { runFilter } from "../filter-machine.ts";
import { decodeFilter } from "./filter-bytes.ts";
import { anyEnds, checksumOf } from "./via-packets.ts";

const BLOCK = 32_768 + 3 * BLOCK_PORTS;
const anyDatagramEnds: fc.Arbitrary<DatagramEnds> = fc
  .tuple(anyEnds, fc.nat(65_535), fc.nat(65_535))
  .map(([ends, fromPort, toPort]) => ({ ...ends, fromPort, toPort }));
const anyData = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const back = ({ from, to, fromPort, toPort }: DatagramEnds): DatagramEnds => ({
  from: to,
  to: from,
  fromPort: toPort,
  toPort: fromPort,
});
const echo = { id: 1, sequence: 7, token: Buffer.alloc(16, 9) };
const ICMP = {
  4: { reply: 0, unreachable: 3, closed: 3, exceeded: 11 },
  6: { reply: 129, unreachable: 1, closed: 4, exceeded: 3 },
} as const;

/** What comes back for an echo request: the same message with another type. */
function replied(request: Buffer): Buffer {
  const family: Family = request.readUInt8(0) >> 4 === 6 ? 6 : 4;
  const message = Buffer.from(request.subarray(family === 6 ? 40 : 20));
  message.writeUInt8(ICMP[family].reply, 0);
  return message;
}

/** The error about a packet that somebody sends to who it is from. */
function failed(by: string, ends: DatagramEnds, type: number, code: number, packet: Buffer): Buffer {
  const message = Buffer.concat([Buffer.from([type, code, 0, 0, 0, 0, 0, 0]), packet]);
  return encodeIp({ from: by, to: ends.from }, protocolOfIcmp(familyOf(ends.from)), message);
}

describe("any datagram", () => {
  test("is read as it was written, whatever a frame is filled up with, and its checksums hold", () => {
    fc.assert(
      fc.property(anyDatagramEnds, anyData, fc.nat(20), (ends, data, filling) => {
        const packet = encodeUdp(ends, data);
        const heard = { kind: "udp", ends, data, bytes: data.length };
        expect(decodeDatagram(Buffer.concat([packet, Buffer.alloc(filling)]))).toEqual(heard);
        expect(checksumOf(packet, PROTOCOL.udp)).toBe(0);
      }),
    );
  });

  test("of which only the first fragment is there has its whole length", () => {
    const ends = { from: "10.0.0.1", to: "10.0.0.2", fromPort: 53, toPort: BLOCK };
    const packet = encodeUdp(ends, Buffer.alloc(2000));
    packet.writeUInt16BE(1500, 2);
    expect(decodeDatagram(packet.subarray(0, 1500))).toMatchObject({ kind: "udp", bytes: 2000 });
  });

  test("that is cut, or other bytes: nothing throws", () => {
    fc.assert(
      fc.property(anyDatagramEnds, fc.nat(48), fc.uint8Array({ maxLength: 120 }), (ends, length, bytes) => {
        const packet = encodeUdp(ends, Buffer.alloc(0));
        const cut = packet.subarray(0, Math.min(length, packet.length - 1));
        expect(decodeDatagram(cut)).toBeUndefined();
        decodeDatagram(Buffer.from(bytes));
        decodeDatagram(Buffer.concat([encodeEcho(ends, Buffer.alloc(8)).subarray(0, 20), Buffer.from(bytes)]));
      }),
    );
  });
});

test("an echo request leaves with the id of its ends, and what answers it is known by it", () => {
  fc.assert(
    fc.property(anyDatagramEnds, (ends) => {
      const family = familyOf(ends.to);
      const packet = encodeEcho({ ...ends, toPort: 0 }, echoRequest(family, echo));
      const message = packet.subarray(family === 6 ? 40 : 20);
      expect(message.readUInt16BE(4)).toBe(ends.fromPort);
      expect(family === 6 ? checksumOf(packet, 58) : internetChecksum(message)).toBe(0);
      const answer = encodeIp({ from: ends.to, to: ends.from }, protocolOfIcmp(family), replied(packet));
      const heard = decodeDatagram(answer);
      expect(heard).toMatchObject({
        kind: "echo",
        ends: { from: ends.to, to: ends.from, fromPort: 0, toPort: ends.fromPort },
      });
      expect(heard?.kind === "echo" && isEchoReply(family, echo, heard.data, false)).toBe(true);
    }),
  );
});

describe("word that a question did not arrive", () => {
  test("is about what was asked: closed, passed on, or else", () => {
    fc.assert(
      fc.property(anyDatagramEnds, fc.boolean(), fc.nat(15), (ends, isUdp, otherCode) => {
        const family = familyOf(ends.to);
        const { unreachable, closed, exceeded } = ICMP[family];
        const about = isUdp ? ends : { ...ends, toPort: 0 };
        const asked = isUdp ? encodeUdp(ends, Buffer.alloc(4)) : encodeEcho(ends, echoRequest(family, echo));
        const word = (type: number, code: number) => decodeDatagram(failed(ends.to, ends, type, code, asked));
        const said = { kind: "error", about, by: ends.to };
        expect(word(unreachable, closed)).toEqual({ ...said, why: "closed" });
        expect(word(exceeded, 0)).toEqual({ ...said, why: "passed on" });
        const code = otherCode === closed ? 15 : otherCode;
        expect(word(unreachable, code)).toEqual({ ...said, why: "unreachable" });
      }),
    );
  });

  test("of which a router sends 8 bytes behind the header is enough", () => {
    const ends = { from: "10.0.0.1", to: "10.0.0.100", fromPort: BLOCK, toPort: 53 };
    const asked = encodeUdp(ends, Buffer.alloc(40)).subarray(0, 28);
    expect(decodeDatagram(failed("10.0.0.2", ends, 11, 0, asked))).toEqual({
      kind: "error",
      about: ends,
      by: "10.0.0.2",
      why: "passed on",
    });
  });
});

describe("the filter of a block of ports", () => {
  const nearBlock = fc.oneof(fc.nat(65_535), fc.integer({ min: BLOCK - 2, max: BLOCK + BLOCK_PORTS + 1 }));
  const isInBlock = (port: number): boolean => port >= BLOCK && port < BLOCK + BLOCK_PORTS;

  test("passes answers to its ports and ids and errors about them, whole, and nothing else", () => {
    fc.assert(
      fc.property(anyDatagramEnds, nearBlock, anyData, (some, port, data) => {
        const ends = { ...some, fromPort: port };
        const family = familyOf(ends.to);
        const { unreachable, exceeded } = ICMP[family];
        const filter = decodeFilter(datagramFilter(family, BLOCK));
        const udp = encodeUdp(ends, data);
        const ping = encodeEcho(ends, echoRequest(family, echo));
        const answers = [
          encodeUdp(back(ends), data),
          encodeIp({ from: ends.to, to: ends.from }, protocolOfIcmp(family), replied(ping)),
          failed(ends.to, ends, unreachable, 3, udp),
          failed(ends.to, ends, exceeded, 0, ping),
        ];
        for (const answer of answers) expect(runFilter(filter, answer)).toBe(isInBlock(port) ? 0xffff : 0);
        const others = [
          encodeEcho(back({ ...ends, toPort: port }), echoRequest(family, echo)),
          encodeSegment({ ...back(ends), sequence: 1, acknowledgment: 0, flags: SYN }),
          failed(ends.to, ends, unreachable, 3, encodeSegment({ ...ends, sequence: 1, acknowledgment: 0, flags: SYN })),
          failed(ends.to, ends, family === 4 ? 5 : 2, 0, udp),
        ];
        for (const other of others) expect(runFilter(filter, other)).toBe(0);
      }),
    );
  });

  test("passes no later fragment, and finds the ports behind the options of a header", () => {
    const filter = decodeFilter(datagramFilter(4, BLOCK));
    const packet = encodeUdp({ from: "10.0.0.2", to: "10.0.0.1", fromPort: 53, toPort: BLOCK + 5 }, Buffer.alloc(8));
    const later = Buffer.from(packet);
    later.writeUInt16BE(10, 6);
    const withOptions = Buffer.concat([packet.subarray(0, 20), Buffer.alloc(8), packet.subarray(20)]);
    withOptions.writeUInt8(0x47, 0);
    expect([packet, later, withOptions].map((one) => runFilter(filter, one))).toEqual([0xffff, 0, 0xffff]);
  });
});

test("the filter of a TCP port passes what is for it, over its family", () => {
  fc.assert(
    fc.property(anyDatagramEnds, fc.boolean(), (ends, isIt) => {
      const segment = encodeSegment({ ...ends, sequence: 1, acknowledgment: 0, flags: SYN });
      const port = isIt ? ends.toPort : (ends.toPort + 1) % 65_536;
      const filter = decodeFilter(segmentFilter(familyOf(ends.to), port));
      expect(runFilter(filter, segment)).toBe(isIt ? 0xffff : 0);
      expect(runFilter(filter, encodeUdp(ends, Buffer.alloc(20)))).toBe(0);
    }),
  );
});
