import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ViaTunnel } from "../../../src/checkers/model.ts";
import { type Between, encodeIp, PROTOCOL } from "../../../src/checkers/via-ip.ts";
import { encapsulate } from "../../../src/checkers/via-tunnel.ts";
import { internetChecksum } from "../../../src/core/checksum.ts";
import { anyEnds, checksumOf } from "./via-packets.ts";

const packets = anyEnds.chain((ends) =>
  fc.uint8Array({ maxLength: 60 }).map((bytes) => encodeIp(ends, PROTOCOL.tcp, Buffer.from(bytes))),
);
const versionOf = (packet: Buffer): number => packet.readUInt8(0) >> 4;

/** What the outer packet has behind its header, which has the addresses of its ends, and protocol and hops as they are
 *  to be. */
function unwrapped(tunnel: ViaTunnel, ends: Between, inner: Buffer, protocol: number): Buffer {
  const outer = encapsulate(tunnel, ends, inner);
  const isIpv6 = versionOf(outer) === 6;
  expect([outer[isIpv6 ? 6 : 9], outer[isIpv6 ? 7 : 8]]).toEqual([protocol, 64]);
  expect(encodeIp(ends, protocol, outer.subarray(isIpv6 ? 40 : 20), 64)).toEqual(outer);
  return outer.subarray(isIpv6 ? 40 : 20);
}

describe("a packet of either family within one of either family", () => {
  test("by IP in IP is there as it is (RFC 2003, RFC 2473, RFC 4213)", () => {
    fc.assert(
      fc.property(anyEnds, packets, (ends, inner) => {
        const protocol = versionOf(inner) === 6 ? PROTOCOL.ipv6 : PROTOCOL.ipip;
        expect(unwrapped({ type: "ipip" }, ends, inner, protocol)).toEqual(inner);
      }),
    );
  });

  test.for(["none", "csum"] as const)("by GRE, checksum %s (RFC 2784)", (checksum) => {
    fc.assert(
      fc.property(anyEnds, packets, (ends, inner) => {
        const gre = unwrapped({ type: "gre", checksum }, ends, inner, PROTOCOL.gre);
        const etherType = versionOf(inner) === 6 ? 0x86dd : 0x0800;
        const flags = checksum === "csum" ? 0x8000 : 0;
        expect([gre.readUInt16BE(0), gre.readUInt16BE(2)]).toEqual([flags, etherType]);
        expect(gre.subarray(flags ? 8 : 4)).toEqual(inner);
        if (flags) expect(internetChecksum(gre)).toBe(0);
      }),
    );
  });

  test.for(["none", "csum", "remcsum"] as const)("by GUE, checksum %s", (checksum) => {
    fc.assert(
      fc.property(anyEnds, packets, (ends, inner) => {
        const tunnel: ViaTunnel = { type: "gue", port: 6080, checksum };
        const udp = unwrapped(tunnel, ends, inner, PROTOCOL.udp);
        expect([udp.readUInt16BE(2), udp.readUInt16BE(4)]).toEqual([6080, udp.length]);
        if (checksum === "none") expect(udp.readUInt16BE(6)).toBe(0);
        else expect(checksumOf(encapsulate(tunnel, ends, inner), PROTOCOL.udp)).toBe(0);
        expect([...udp.subarray(8, 12)]).toEqual([0, versionOf(inner) === 6 ? 41 : 4, 0, 0]);
        expect(udp.subarray(12)).toEqual(inner);
      }),
    );
  });
});
