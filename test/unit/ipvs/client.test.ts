import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commandAttrs, commands, infoAttrs, serviceAttrs } from "../../../src/ipvs/attrs.ts";
import { openGenlClient } from "../../../src/ipvs/client.ts";
import { diffTables } from "../../../src/ipvs/diff.ts";
import {
  type Command,
  destinationKey,
  type ServiceReading,
  serviceKey,
  type Table,
  type TableEntry,
} from "../../../src/ipvs/model.ts";
import { type AttrValues, bytes, decodeAttrs, encodeAttrs, text, u16, u32, u64 } from "../../../src/netlink/attrs.ts";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import type { NetlinkMessage } from "../../../src/netlink/message.ts";
import { anyTable, destination, service } from "./tables.ts";

const controlAttrs = { familyId: [1, u16], familyName: [2, text(16)] } as const;
const FAMILY_ID = 34;
const nest = (type: number, body: Buffer): Buffer => encodeAttrs({ body: [type, bytes] } as const, { body });
const genl = (attributes: Buffer): Buffer => Buffer.concat([Buffer.alloc(4), attributes]);

type Attrs = AttrValues<typeof commandAttrs>;

/** IPVS as it stores what it is sent, attribute by attribute: `answer` says what it makes of one command. */
async function client(answer: (command: number, attrs: Attrs) => FakeAnswer) {
  const kernel = fakeKernel((request: NetlinkMessage): FakeAnswer => {
    if (request.type !== FAMILY_ID)
      return { payloads: [genl(encodeAttrs(controlAttrs, { familyId: FAMILY_ID, familyName: "IPVS" }))] };
    return answer(request.payload.readUInt8(0), decodeAttrs(commandAttrs, Buffer.from(request.payload.subarray(4))));
  });
  return openGenlClient({ open: kernel.open });
}

function storing() {
  const services = new Map<string, { service: Attrs["service"]; destinations: Attrs["destination"][] }>();
  const keyOf = ({ service: s }: Attrs): string =>
    JSON.stringify([s?.family, s?.protocol, Buffer.from(s?.address ?? []).toString("hex"), s?.port, s?.fwmark]);
  const answer = (command: number, attrs: Attrs): FakeAnswer => {
    const stored = services.get(keyOf(attrs));
    switch (command) {
      case commands.newService:
        services.set(keyOf(attrs), { service: attrs.service, destinations: [] });
        return { payloads: [] };
      case commands.newDest:
        stored?.destinations.push(attrs.destination);
        return stored ? { payloads: [] } : { errno: "ESRCH" };
      case commands.getService:
        return {
          payloads: [...services.values()].map((s) => genl(encodeAttrs(commandAttrs, { service: s.service ?? {} }))),
        };
      default:
        return {
          payloads: (stored?.destinations ?? []).map((d) => genl(encodeAttrs(commandAttrs, { destination: d ?? {} }))),
        };
    }
  };
  return answer;
}

const tableOf = (readings: readonly ServiceReading[]): Table =>
  new Map(
    readings.map(({ service: s, destinations }) => [
      serviceKey(s.id),
      { service: s, destinations: new Map(destinations.map(({ destination: d }) => [destinationKey(d), d])) },
    ]),
  );

test("what is written is what is read: every field of services and destinations survives the attributes", async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, async (wanted) => {
      const ipvs = await client(storing());
      expect(await ipvs.apply(diffTables(wanted, new Map()))).toEqual([]);
      expect(tableOf(await ipvs.read())).toEqual(wanted);
    }),
    { numRuns: 50 },
  );
});

/** What is told of each service beside its counters, by its key. */
async function rawOf(answer: ReturnType<typeof storing>, table: Table) {
  const ipvs = await client(answer);
  await ipvs.apply(diffTables(table, new Map()));
  const shown = new Map<string, { bytes: Buffer; entry: TableEntry }>();
  await ipvs.readRaw?.(({ service: s, bytes, destinations }) => {
    const entries = destinations().map((d) => [destinationKey(d), d] as const);
    shown.set(serviceKey(s.id), { bytes: Buffer.from(bytes), entry: { service: s, destinations: new Map(entries) } });
  });
  return shown;
}

/** As `storing()`, with connections and packets that are others at each look. */
function counting() {
  const store = storing();
  let looks = 0;
  return (command: number, attrs: Attrs): FakeAnswer => {
    if (command !== commands.getService && command !== commands.getDest) return store(command, attrs);
    const told = store(command, attrs);
    looks += 1;
    const stats = encodeAttrs({ connections: [1, u32] } as const, { connections: looks });
    const of = <R extends object>(row: R) => ({ ...row, stats32: stats, stats64: Buffer.concat([stats, stats]) });
    const connections = { activeConnections: looks, inactiveConnections: looks + 1, persistentConnections: looks + 2 };
    if (!("payloads" in told)) return told;
    return {
      payloads: told.payloads.map((payload) => {
        const { service: s, destination: d } = decodeAttrs(commandAttrs, Buffer.from(payload.subarray(4)));
        return genl(encodeAttrs(commandAttrs, s ? { service: of(s) } : { destination: of({ ...d, ...connections }) }));
      }),
    };
  };
}

test("a table told in bytes is the table, and the bytes differ where and only where the entries do", async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, anyTable, async (one, other) => {
      const [left, right] = [await rawOf(counting(), one), await rawOf(counting(), other)];
      expect([...left.keys()]).toEqual([...one.keys()]);
      for (const [key, { bytes: told, entry }] of left) {
        expect(entry).toEqual(one.get(key));
        const same = right.get(key)?.bytes.equals(told) ?? false;
        expect(same).toBe(isDeepStrictEqual(ordered(one.get(key)), ordered(other.get(key))));
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});

const ordered = (entry: TableEntry | undefined) => entry && [entry.service, ...entry.destinations.values()];

const commandOf = (op: Command["op"]): Command => {
  const base = { service: service({ scheduler: "nope" }), destination: destination("224.0.0.1") };
  return op.endsWith("Service") ? ({ op, service: base.service } as Command) : ({ op, ...base } as Command);
};

test.for([
  { op: "addService", errno: "ENOENT", hint: /scheduler `nope`: modprobe ip_vs_nope/ },
  { op: "addService", errno: "EEXIST", hint: /in the table already/ },
  { op: "setService", errno: "ESRCH", hint: /not in the table any more/ },
  { op: "addDest", errno: "EINVAL", hint: /224\.0\.0\.1 must be a unicast address/ },
  { op: "addDest", errno: "EEXIST", hint: /in the virtual service already/ },
  { op: "setDest", errno: "ENOENT", hint: /something else removed it/ },
  { op: "delDest", errno: "ENOENT", hint: /gone already/ },
  { op: "delService", errno: "EBUSY", hint: /no other reason/ },
] as const)(
  "$op refused with $errno is told with its remedy, and the commands around it hold",
  async ({ op, errno, hint }) => {
    const refused = commandOf(op);
    let carriedOut = 0;
    const ipvs = await client((command) => {
      if (command === commands.newService && refused.op !== "addService") {
        carriedOut += 1;
        return { payloads: [] };
      }
      return { errno };
    });
    const around = { op: "addService", service: service() } as const;
    const failures = await ipvs.apply(op === "addService" ? [refused] : [around, refused, around]);
    expect(failures).toEqual([{ command: refused, errno, hint: expect.stringMatching(hint) }]);
    expect(carriedOut).toBe(op === "addService" ? 0 : 2);
  },
);

test("without privilege nothing is carried out, which is one error and not one for each command", async () => {
  const ipvs = await client(() => ({ errno: "EPERM" }));
  const add = { op: "addService", service: service() } as const;
  await expect(ipvs.apply([add, add])).rejects.toMatchObject({ code: "EPERM", hint: expect.stringContaining("root") });
  await expect(ipvs.read()).rejects.toMatchObject({ code: "EPERM" });
});

test("a scheduler name that no message can carry is refused like the kernel would, and the others are sent", async () => {
  const ipvs = await client(storing());
  const long = { op: "addService", service: service({ scheduler: "a-name-of-sixteen" }) } as const;
  const failures = await ipvs.apply([long, { op: "addService", service: service() }]);
  expect(failures).toEqual([{ command: long, errno: "ERANGE", hint: expect.stringContaining("15 bytes") }]);
  expect(await ipvs.read()).toHaveLength(1);
});

test("the version and the size of the connection table", async () => {
  const attributes = encodeAttrs(infoAttrs, { version: 0x010201, connectionTableSize: 4096 });
  const ipvs = await client(() => ({ payloads: [genl(attributes)] }));
  await expect(ipvs.info()).resolves.toEqual({ version: "1.2.1", connectionTableSize: 4096 });
});

const identity = { family: 2, protocol: 6, address: Buffer.from([192, 0, 2, 1, ...Array(12).fill(0)]), port: 80 };
const stats32Row = { connections: [1, u32], bytesIn: [4, u64] } as const;
const stats64Row = { connections: [1, u64], bytesIn: [4, u64] } as const;

test("counters of 64 bits are taken where the kernel has them, those of 32 bits where not", async () => {
  const read = async (attrs: Buffer) => {
    const service = Buffer.concat([encodeAttrs(serviceAttrs, identity), attrs]);
    const ipvs = await client((command) => ({
      payloads: command === commands.getService ? [genl(nest(1, service))] : [],
    }));
    return (await ipvs.read())[0]?.stats;
  };
  const old = nest(10, encodeAttrs(stats32Row, { connections: 7, bytesIn: 5n }));
  const recent = nest(12, encodeAttrs(stats64Row, { connections: 2n ** 40n, bytesIn: 6n }));
  expect(await read(old)).toMatchObject({ connections: 7n, bytesIn: 5n, packetsOut: 0n });
  expect(await read(Buffer.concat([old, recent]))).toMatchObject({ connections: 2n ** 40n, bytesIn: 6n });
});

test("timeouts are asked for and set, and the options of a sync daemon survive the attributes", async () => {
  let timeouts: Attrs = { tcpS: 900, tcpFinS: 120, udpS: 300 };
  const daemons: Attrs[] = [];
  const ipvs = await client((command, attrs) => {
    if (command === commands.setConfig) timeouts = { ...timeouts, ...attrs };
    if (command === commands.newDaemon) daemons.push(attrs);
    if (command === commands.getConfig) return { payloads: [genl(encodeAttrs(commandAttrs, timeouts))] };
    if (command === commands.getDaemon)
      return { payloads: daemons.map((attrs) => genl(encodeAttrs(commandAttrs, attrs))) };
    return { payloads: [] };
  });
  await ipvs.setTimeouts({ tcpS: 100, udpS: 5 });
  expect(await ipvs.timeouts()).toEqual({ tcpS: 100, tcpFinS: 120, udpS: 5 });
  const options = { maxLength: 9000, port: 9999, ttl: 7 };
  const four = { role: "master", interface: "eth0", syncId: 3, ...options, group: "239.1.2.3" } as const;
  const six = { role: "backup", interface: "eth0", syncId: 4, ...options, group: "ff05::1" } as const;
  await ipvs.startSyncDaemon(four);
  await ipvs.startSyncDaemon(six);
  expect(await ipvs.syncDaemons()).toEqual([four, six]);
});
