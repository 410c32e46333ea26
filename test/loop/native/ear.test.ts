import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { constants } from "node:os";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NativeEar, native } from "../../../native/index.ts";

// The socket that counts adverts which it knows, on loopback: what a raw socket would be handed comes as UDP payload.

const ADDRESS = "127.0.0.1";
const VRID = 51;
let out: Socket;
let port: number;
let fd: number;
let ear: NativeEar;
let woken: (() => void) | undefined;
const buffer = new Uint8Array(8192);

beforeEach(async () => {
  out = createSocket("udp4");
  const free = createSocket("udp4").bind(0, ADDRESS);
  await once(free, "listening");
  ({ port } = free.address());
  free.close();
  fd = native().openUdp(ADDRESS, port, 255);
  ear = native().openEar(fd, 4, 112, () => woken?.());
});
afterEach(() => {
  woken = undefined;
  ear.close();
  native().close(fd);
  out.close();
});

const send = (packet: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    out.send(packet, port, ADDRESS, (error) => (error ? reject(error) : resolve()));
  });

function drained(): Buffer[] {
  const packets: Buffer[] = [];
  for (;;) {
    const length = ear.receive(buffer);
    if (length < 0) {
      expect(length).toBe(-constants.errno.EAGAIN);
      return packets;
    }
    packets.push(Buffer.from(buffer.slice(0, length)));
  }
}

const counted = (vrid = VRID): number => {
  const heard = new Float64Array(2);
  ear.heard(vrid, heard);
  return heard[0] as number;
};

/** An IPv4 header with number and checksum, and a payload whose second byte is the VRID. */
function packetOf(id: number, checksum: number, payload: readonly number[]): Uint8Array {
  const packet = Buffer.alloc(20 + payload.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(checksum, 10);
  packet.set(payload, 20);
  return packet;
}

const advert = (id: number): Uint8Array => packetOf(id, 0xffff - id, [0x31, VRID, 100, 1]);

test("hands over what it does not know, and wakes nobody for what it knows", async () => {
  const first = new Promise<void>((resolve) => {
    woken = resolve;
  });
  await send(advert(1));
  await first;
  expect(drained()).toEqual([advert(1)]);
  ear.know(advert(1));
  const other = packetOf(3, 0, [0x31, VRID, 90, 1]);
  const second = new Promise<void>((resolve) => {
    woken = resolve;
  });
  await send(advert(2));
  await send(other);
  await second;
  expect(counted()).toBe(1);
  expect(drained()).toEqual([other]);
});

test("says when the last one came, and counts from the last time on", async () => {
  ear.know(advert(1));
  const before = native().monotonicMs();
  await send(advert(2));
  await send(advert(3));
  expect(drained()).toEqual([]);
  const heard = new Float64Array(2);
  ear.heard(VRID, heard);
  expect(heard[0]).toBe(2);
  expect(heard[1]).toBeGreaterThanOrEqual(before);
  expect(heard[1]).toBeLessThanOrEqual(native().monotonicMs());
  expect(counted()).toBe(0);
});

test("hands over again what it shall forget", async () => {
  ear.know(advert(1));
  ear.forget(VRID);
  await send(advert(2));
  expect(drained()).toEqual([advert(2)]);
});

test("whatever comes, each packet is counted or handed over, and only what is equal but for number and checksum is counted", async () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const known = fc.record({ kind: fc.constant("known" as const), id: fc.nat(0xffff), checksum: fc.nat(0xffff) });
  const changed = fc.record({
    kind: fc.constant("changed" as const),
    at: fc.nat(23),
    by: fc.integer({ min: 1, max: 255 }),
  });
  const any = fc.oneof(known, changed, fc.record({ kind: fc.constant("bytes" as const), bytes }));
  await fc.assert(
    fc.asyncProperty(fc.array(any, { maxLength: 30 }), async (deeds) => {
      ear.know(advert(1));
      const expected: Uint8Array[] = [];
      let equal = 0;
      for (const deed of deeds) {
        const packet =
          deed.kind === "bytes"
            ? deed.bytes
            : deed.kind === "known"
              ? packetOf(deed.id, deed.checksum, [0x31, VRID, 100, 1])
              : advert(1);
        if (deed.kind === "changed") packet[deed.at] = (packet[deed.at] as number) ^ deed.by;
        const isEqual = deed.kind === "known" || (deed.kind === "changed" && [4, 5, 10, 11].includes(deed.at));
        if (isEqual) equal++;
        else expected.push(packet);
        await send(packet);
      }
      expect(drained()).toEqual(expected.map((packet) => Buffer.from(packet)));
      expect(counted()).toBe(equal);
    }),
    { numRuns: 60 },
  );
});

test("a packet longer than any advert is told with its length, and cut", async () => {
  const long = packetOf(
    1,
    0,
    Array.from({ length: 6000 }, () => 7),
  );
  ear.know(long);
  await send(long);
  expect(ear.receive(buffer)).toBe(long.length);
  expect(ear.receive(buffer.subarray(0, 0))).toBe(-constants.errno.EAGAIN);
});

test("IPv6: a header stands before what came, also before what is no advert", async () => {
  ear.close();
  ear = native().openEar(fd, 6, 112, () => {});
  await send(Uint8Array.of(0x31, VRID, 100));
  await send(new Uint8Array());
  const [first, second] = drained();
  expect([first?.length, first?.[0], first?.[6], first?.[41]]).toEqual([43, 0x60, 112, VRID]);
  expect(second?.length).toBe(40);
});

test("is of no more use once it is closed", () => {
  ear.close();
  expect(() => ear.receive(buffer)).toThrow("the ear is closed");
});
