import fc from "fast-check";
import { expect, test } from "vitest";
import { diffTables } from "../../../src/ipvs/diff.ts";
import { ModelKernel, serves } from "./model-kernel.ts";
import { anyTable, destination, service, table } from "./tables.ts";

test("applying the difference reaches the desired table without a refusal, and then there is no difference", () => {
  fc.assert(
    fc.property(anyTable, anyTable, (desired, actual) => {
      const kernel = new ModelKernel(actual);
      const refused = diffTables(desired, actual).flatMap((command) => kernel.run(command) ?? []);
      expect([refused, kernel.table(), diffTables(desired, kernel.table())]).toEqual([[], desired, []]);
    }),
  );
});

test("a service that serves before and after serves after every single command between", () => {
  fc.assert(
    fc.property(anyTable, anyTable, (desired, actual) => {
      const kernel = new ModelKernel(actual);
      const served = [...desired]
        .filter(([key, entry]) => serves(entry) && serves(actual.get(key)))
        .map(([key]) => key);
      for (const command of diffTables(desired, actual)) {
        kernel.run(command);
        expect(served.filter((key) => !kernel.serves(key))).toEqual([]);
      }
    }),
  );
});

test("services of others stay as they are", () => {
  fc.assert(
    fc.property(anyTable, anyTable, (desired, actual) => {
      const kernel = new ModelKernel(actual);
      for (const command of diffTables(desired, actual, () => false)) kernel.run(command);
      expect(kernel.table()).toEqual(new Map([...actual, ...desired]));
    }),
  );
});

const a = destination("192.0.2.1");
const b = destination("192.0.2.2");

test.for([
  { name: "nothing", desired: table([service(), a]), actual: table([service(), a]), ops: [] },
  {
    name: "a new service, then its destinations",
    desired: table([service(), a, b]),
    actual: table(),
    ops: ["addService", "addDest", "addDest"],
  },
  {
    name: "the scheduler",
    desired: table([service({ scheduler: "wlc" }), a]),
    actual: table([service(), a]),
    ops: ["setService"],
  },
  { name: "the flags", desired: table([service({ flags: 1 })]), actual: table([service()]), ops: ["setService"] },
  {
    name: "the persistence timeout",
    desired: table([service({ timeoutS: 50 })]),
    actual: table([service()]),
    ops: ["setService"],
  },
  {
    name: "the persistence netmask",
    desired: table([service({ netmaskBits: 24 })]),
    actual: table([service()]),
    ops: ["setService"],
  },
  {
    name: "the persistence engine",
    desired: table([service({ engine: "sip" })]),
    actual: table([service()]),
    ops: ["setService"],
  },
  {
    name: "IP_VS_SVC_F_HASHED is the kernel's own",
    desired: table([service()]),
    actual: table([service({ flags: 2 })]),
    ops: [],
  },
  {
    name: "a weight",
    desired: table([service(), { ...a, weight: 2 }]),
    actual: table([service(), a]),
    ops: ["setDest"],
  },
  {
    name: "a connection threshold alone",
    desired: table([service(), { ...a, upperThreshold: 10 }]),
    actual: table([service(), a]),
    ops: ["setDest"],
  },
  {
    name: "the forwarding method",
    desired: table([service(), { ...a, forwarding: { method: "nat" } }]),
    actual: table([service(), a]),
    ops: ["setDest"],
  },
  {
    name: "a destination on this host, which the kernel calls local whatever method was asked for",
    desired: table([service(), a]),
    actual: table([service(), { ...a, forwarding: { method: "local" } }]),
    ops: [],
  },
  {
    name: "a replaced destination comes before the old one goes",
    desired: table([service(), b]),
    actual: table([service(), a]),
    ops: ["addDest", "delDest"],
  },
  {
    name: "a destination gains its weight before another loses its own",
    desired: table([service(), { ...a, weight: 0 }, b]),
    actual: table([service(), a, { ...b, weight: 0 }]),
    ops: ["setDest 192.0.2.2", "setDest 192.0.2.1"],
  },
  {
    name: "a whole service goes with one command",
    desired: table(),
    actual: table([service(), a, b]),
    ops: ["delService"],
  },
])("what changes is sent and no more: $name", ({ desired, actual, ops }) => {
  const commands = diffTables(desired, actual).map((c) =>
    "destination" in c ? `${c.op} ${c.destination.address}` : c.op,
  );
  expect(commands.map((text, i) => (ops[i]?.includes(" ") ? text : text.split(" ")[0]))).toEqual(ops);
});
