import fc from "fast-check";
import { expect, test } from "vitest";
import { commandAttrs, commands, infoAttrs } from "../../../src/ipvs/attrs.ts";
import { openGenlClient } from "../../../src/ipvs/client.ts";
import { encodeCommand } from "../../../src/ipvs/genl-codec.ts";
import type { ServiceEntry } from "../../../src/ipvs/model.ts";
import { readPlainly } from "../../../src/ipvs/plain-read.ts";
import { decodePlainService } from "../../../src/ipvs/plain-service.ts";
import { encodeAttrs, text, u16 } from "../../../src/netlink/attrs.ts";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import { readU16 } from "../../../src/netlink/host-order.ts";
import { flags, type NetlinkMessage, splitMessages } from "../../../src/netlink/message.ts";
import { anyTable } from "./tables.ts";

const controlAttrs = { familyId: [1, u16], familyName: [2, text(16)] } as const;
const FAMILY_ID = 34;
const genl = (attributes: Uint8Array): Buffer => Buffer.concat([Buffer.alloc(4), attributes]);
const family = genl(encodeAttrs(controlAttrs, { familyId: FAMILY_ID, familyName: "IPVS" }));
const info = genl(encodeAttrs(infoAttrs, { version: 0x10201, connectionTableSize: 4096 }));

/** IPVS with these services, each as the bytes that add it. */
const ipvs =
  (services: readonly Uint8Array[]) =>
  ({ type, payload }: NetlinkMessage): FakeAnswer => {
    if (type !== FAMILY_ID) return { payloads: [family] };
    return { payloads: payload[0] === commands.getInfo ? [info] : services.map(genl) };
  };

const anyServices = anyTable.map((table) =>
  [...table.values()].map(({ service }) => encodeCommand({ op: "addService", service }).attributes),
);

/** Of attributes that lie one behind the other. */
function decoded(services: Buffer): ServiceEntry[] {
  const all: ServiceEntry[] = [];
  for (let at = 0; at < services.length; at += (readU16(services, at) + 3) & ~3) {
    const entry = decodePlainService(services, at, at + readU16(services, at));
    if (entry) all.push(entry);
  }
  return all;
}

test("it reads what the client with its queue reads", async () => {
  await fc.assert(
    fc.asyncProperty(anyServices, async (services) => {
      const client = await openGenlClient({ open: fakeKernel(ipvs(services)).open });
      const read = readPlainly(fakeKernel(ipvs(services)).plain);
      expect(read && decoded(read)).toEqual(await client.services(false));
      client.close();
    }),
  );
});

test("a dump that is longer than usual is read whole", () => {
  const many = Array.from({ length: 70 }, (_, i) =>
    encodeAttrs(commandAttrs, {
      service: { family: 2, fwmark: i + 1, scheduler: "rr", address: Buffer.alloc(60_000) },
    }),
  );
  const marks = decoded(readPlainly(fakeKernel(ipvs(many)).plain) ?? Buffer.alloc(4));
  expect(marks.map(({ service: { id } }) => id.kind === "fwmark" && id.fwmark)).toEqual(many.map((_, i) => i + 1));
});

const one = encodeAttrs(commandAttrs, { service: { family: 2, fwmark: 1, scheduler: "rr" } });

test.for([
  { name: "a kernel without the family", answer: () => ({ errno: "ENOENT" }) },
  {
    name: "without the privilege",
    answer: ({ type }: NetlinkMessage) => (type === FAMILY_ID ? { errno: "EPERM" } : { payloads: [family] }),
  },
  { name: "an answer that is none", answer: () => ({ payloads: [Buffer.alloc(2)] }) },
  { name: "silence", answer: () => undefined },
])("$name: nothing is read, the other way says what is wrong", ({ answer }) => {
  expect(readPlainly(fakeKernel(answer).plain)).toBeUndefined();
});

test("the controller is asked for the family as the client asks", async () => {
  const [plain, queued] = [fakeKernel(ipvs([])), fakeKernel(ipvs([]))];
  readPlainly(plain.plain);
  (await openGenlClient({ open: queued.open })).close();
  const { type, payload, flags: set } = queued.requests[0] as NetlinkMessage;
  expect(plain.requests[0]).toMatchObject({ type, payload, flags: set & ~flags.ack });
});

test.for([
  { name: "interrupted by a change", damage: (b: Buffer) => b.writeUInt16LE(flags.multi | flags.dumpInterrupted, 6) },
  { name: "of another request", damage: (b: Buffer) => b.writeUInt32LE(77, 8) },
  { name: "of a length that cannot be", damage: (b: Buffer) => b.writeUInt32LE(3, 0) },
  { name: "longer than it is", damage: (b: Buffer) => b.writeUInt32LE(60_000, 0) },
  { name: "an error in the middle", damage: (b: Buffer) => b.writeUInt16LE(2, 4) },
])("a dump $name: nothing is read", ({ damage }) => {
  const { plain } = fakeKernel(ipvs([one, one]));
  const damaged = {
    ...plain,
    receive: () => {
      const datagram = plain.receive();
      const isDump = datagram !== undefined && ((splitMessages(datagram)[0]?.flags ?? 0) & flags.multi) !== 0;
      if (isDump) damage(datagram);
      return datagram;
    },
  };
  expect(decoded(readPlainly(plain) ?? Buffer.alloc(0))).toHaveLength(2);
  expect(readPlainly(damaged)).toBeUndefined();
});
