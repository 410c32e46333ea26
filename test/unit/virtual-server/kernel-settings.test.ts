import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { type HeldSettings, stepSettings, wantedSettings } from "../../../src/virtual-server/kernel-settings.ts";
import { createSettingsKeeper } from "../../../src/virtual-server/settings-apply.ts";
import { FakeIpvs } from "./fake-ipvs.ts";

const anySettings = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("0", "1", "2"));
const kernelOf = (values: Record<string, string>) => ({ a: "0", b: "0", c: "0", ...values });

test("after any row of configurations the kernel has what the last one wants, and for the rest what it had before", () => {
  fc.assert(
    fc.property(anySettings, fc.array(anySettings), (start, wishes) => {
      const before: Record<string, string> = kernelOf(start);
      let kernel = before;
      let held: HeldSettings = {};
      for (const wanted of wishes) {
        const step = stepSettings(wanted, held, kernel);
        kernel = { ...kernel, ...step.write };
        held = step.held;
        expect(kernel).toEqual({ ...before, ...wanted });
        expect(stepSettings(wanted, held, kernel).write).toEqual({});
      }
      kernel = { ...kernel, ...stepSettings({}, held, kernel).write };
      expect(kernel).toEqual(before);
    }),
  );
});

test("what somebody else has changed since is not put back, and what the kernel lacks is said", () => {
  const held = { a: { before: "0", ours: "1" } };
  expect(stepSettings({}, held, { a: "7" })).toEqual({ write: {}, held: {}, missing: [] });
  expect(stepSettings({ z: "1" }, {}, {})).toEqual({ write: {}, held: {}, missing: ["z"] });
});

test("lvs_timeouts in seconds, and what is 0 or left out is not touched", () => {
  expect(wantedSettings({ timeouts: { tcpMs: 900_000, udpMs: 5000 }, sysctl: { drop_entry: "1" } })).toEqual({
    "timeout tcp": "900",
    "timeout udp": "5",
    drop_entry: "1",
  });
});

/** A keeper over a kernel in memory. `told` is what a successor would have. */
function keeperOf(kernel: FakeIpvs, files: Map<string, string>, held?: HeldSettings) {
  const records: LogRecord[] = [];
  const told: object[] = [];
  const keeper = createSettingsKeeper({
    client: async () => kernel,
    sysctl: {
      read: (names) => Object.fromEntries([...files].filter(([name]) => names.includes(name))),
      write: (name, value) => {
        if (value === "99") throw new Error("EINVAL: invalid argument, write");
        files.set(name, value);
      },
    },
    sink: (record) => records.push(record),
    ...(held && { held }),
    onHeld: (part) => told.push(part),
  });
  return { keeper, records, told };
}

test("timeouts and sysctls are set, changed by a reload, and given back at the stop", async () => {
  const kernel = new FakeIpvs();
  const files = new Map([
    ["conn_reuse_mode", "1"],
    ["sync_threshold", "3 50"],
  ]);
  const { keeper, told } = keeperOf(kernel, files);
  await keeper.follow({ "timeout tcp": "100", conn_reuse_mode: "0" });
  expect(kernel.kernelTimeouts).toEqual({ tcpS: 100, tcpFinS: 120, udpS: 300 });
  expect(files.get("conn_reuse_mode")).toBe("0");
  await keeper.follow({ "timeout udp": "9", sync_threshold: "1 2" });
  expect(kernel.kernelTimeouts).toEqual({ tcpS: 900, tcpFinS: 120, udpS: 9 });
  expect(Object.fromEntries(files)).toEqual({ conn_reuse_mode: "1", sync_threshold: "1 2" });
  expect(told.at(-1)).toMatchObject({ "timeout tcp": null, "timeout udp": { before: "300", ours: "9" } });
  await keeper.stop(false);
  expect(kernel.kernelTimeouts).toEqual({ tcpS: 900, tcpFinS: 120, udpS: 300 });
  expect(files.get("sync_threshold")).toBe("3 50");
});

test("a successor gives back what its predecessor found", async () => {
  const kernel = new FakeIpvs();
  const first = keeperOf(kernel, new Map());
  await first.keeper.follow({ "timeout tcp": "100" });
  const second = keeperOf(kernel, new Map(), first.told.at(-1) as HeldSettings);
  await second.keeper.follow({ "timeout tcp": "100" });
  await second.keeper.stop(false);
  expect(kernel.kernelTimeouts.tcpS).toBe(900);
});

test("a stop that leaves the table leaves the settings; a refused one is told, and the others hold", async () => {
  const kernel = new FakeIpvs();
  const files = new Map([
    ["a", "1"],
    ["b", "1"],
  ]);
  const { keeper, records } = keeperOf(kernel, files);
  await keeper.follow({ a: "99", b: "0", nope: "1" });
  expect(records.map(({ text }) => text)).toEqual([
    "This kernel has no net.ipv4.vs.nope: it is passed over",
    "Cannot set net.ipv4.vs.a: EINVAL: invalid argument, write",
  ]);
  await keeper.stop(true);
  expect(files.get("b")).toBe("0");
});
