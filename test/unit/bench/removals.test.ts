import { expect, test } from "vitest";
import { removalsIn } from "../../../bench/removals.ts";
import { encodeCommand } from "../../../src/ipvs/genl-codec.ts";
import type { Command, Destination } from "../../../src/ipvs/model.ts";
import { genlMessage } from "../../../src/netlink/genl-message.ts";
import { encodeMessages, flags } from "../../../src/netlink/message.ts";
import { desiredEntry } from "../../../src/virtual-server/desired.ts";
import { start } from "../../../src/virtual-server/state.ts";
import { server, service, view } from "../virtual-server/plans.ts";

const FAMILY = 0x1c;
const plan = service(1, [server(2), server(3), server(4)]);
const { service: of, destinations } = desiredEntry(plan, start(plan, view(), 0).state, plan.id);
const [second, third, fourth] = [...destinations.values()] as [Destination, Destination, Destination];

/** A record of a capture: these commands in one datagram, as they are sent. */
function record(timeS: number, timeUs: number, commands: readonly Command[], family = FAMILY): Buffer {
  const requests = commands.map((command) => genlMessage(family, 1, encodeCommand(command), flags.request));
  const bytes = Buffer.concat([Buffer.alloc(16), encodeMessages(requests, 1)]);
  const head = Buffer.alloc(16);
  for (const [i, word] of [timeS, timeUs, bytes.length, bytes.length].entries()) head.writeUInt32LE(word, i * 4);
  return Buffer.concat([head, bytes]);
}

test("when each destination was taken out: the first time, of whole batches, and of IPVS alone", () => {
  const taken = (destination: Destination): Command => ({ op: "delDest", service: of, destination });
  const capture = Buffer.concat([
    Buffer.alloc(24),
    record(100, 250_000, [taken(second), { op: "setDest", service: of, destination: fourth }, taken(third)]),
    record(101, 0, [taken(fourth)], FAMILY + 1),
    record(102, 500_000, [taken(second)]),
  ]);
  const found = removalsIn(capture, FAMILY);
  expect([...found]).toEqual([
    ["0A000002", 100.25],
    ["0A000003", 100.25],
  ]);
  expect(removalsIn(capture.subarray(0, 60), FAMILY).size).toBe(0);
});
