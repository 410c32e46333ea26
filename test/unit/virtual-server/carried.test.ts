import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import type { TableEntry } from "../../../src/ipvs/model.ts";
import { unsupported } from "../../../src/ipvs/sockopt-structs.ts";
import { openTableKeeper } from "../../../src/virtual-server/apply.ts";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { server, service, view } from "./plans.ts";

/** A kernel that is reached by socket options. */
class OldKernel extends FakeIpvs {
  readonly lacks = unsupported;
}

const plan = service(1, [server(2), server(3)]);
const whole = new Map(desiredTable([plan], startFleet([plan], view({}), 0).fleet));
const [key, entry] = [...whole][0] as [string, TableEntry];
const gre = { method: "tun", tunnel: { type: "gre", checksum: "none" } } as const;
const [first, second] = [...entry.destinations] as [[string, never], [string, never]];
const mixed: TableEntry = {
  service: entry.service,
  destinations: new Map([first, [second[0], { ...(second[1] as object), forwarding: gre }]] as never),
};
const six: TableEntry = {
  ...entry,
  service: { ...entry.service, id: { kind: "address", protocol: "tcp", address: "2001:db8::1", port: 80 } },
};

test("what socket options cannot say is left out and told once, with its reason in one line; the rest holds", async () => {
  const kernel = new OldKernel();
  const records: LogRecord[] = [];
  const keeper = await openTableKeeper(kernel, (record) => records.push(record), { flush: false, resyncMs: () => 0 });
  const table = new Map([
    [key, mixed],
    ["tcp:2001:db8::1:80", six],
  ]);
  await keeper.want({ table });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1"]);
  expect(records.map(({ event, fields }) => [event, (fields as { hint?: string }).hint])).toEqual([
    ["ipvs.refused", "a gre tunnel needs"],
    ["ipvs.refused", "IPv6 needs"],
  ]);
  expect(keeper.status().error).toMatch(/^cannot add .*10\.0\.0\.3.*: a gre tunnel needs$/);
  const written = kernel.commands.length;
  await keeper.want({ table: new Map(table) });
  expect([kernel.commands.length, records.length]).toEqual([written, 2]);
  await keeper.want({ table: whole });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  expect(keeper.status()).not.toHaveProperty("error");
});
