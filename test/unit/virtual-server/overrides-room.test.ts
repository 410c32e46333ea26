import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { overridesFileOf, readOverrides } from "../../../src/process/overrides-file.ts";
import { parseRsCommand, type RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { processPlan, service } from "./plans.ts";
import { elapse, guarded, type Harness, refused, reload, roomOf, status, survivorOf } from "./room.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "overrides-"));
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const both = processPlan([service(1, [guarded(2), guarded(3)])]);
const given = (words: object): RsCommand => parseRsCommand(words) as RsCommand;
const say = async ({ room }: Harness, words: object) => {
  const answer = room.override?.(given(words));
  await elapse(1);
  return answer;
};
const overrideOf = ({ room }: Harness, n = 0) => status(room).virtualServers[0]?.realServers[n]?.override;

describe("drain", () => {
  test("weight 0 at once, out when the last connection is gone; status says how far it is", async () => {
    const harness = await roomOf(both);
    harness.kernel.active.set("10.0.0.2:80", 3);
    expect(await say(harness, { do: "drain", server: "10.0.0.2" })).toEqual({
      servers: [{ realServer: "[10.0.0.2]:tcp:80", virtualServer: "[10.0.1.1]:tcp:80", what: "drains" }],
    });
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w0, 10.0.0.3:80 w1"]);
    await elapse(5000);
    expect(overrideOf(harness)).toMatchObject({ mode: "drain", activeConnections: 3 });
    harness.kernel.active.set("10.0.0.2:80", 0);
    await elapse(1100);
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
    expect(overrideOf(harness)).toMatchObject({ mode: "drain", drained: "empty" });
    await say(harness, { do: "enable", server: "10.0.0.2" });
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
    expect(overrideOf(harness)).toBeUndefined();
    expect(harness.runs).toEqual([]); // notify scripts are about health
  });

  test("begun again it is counted anew", async () => {
    const harness = await roomOf(both);
    await say(harness, { do: "drain", server: "10.0.0.2" });
    await elapse(1100);
    expect(overrideOf(harness)?.drained).toBe("empty");
    await say(harness, { do: "enable", server: "10.0.0.2" });
    await say(harness, { do: "drain", server: "10.0.0.2" });
    expect(overrideOf(harness)).not.toHaveProperty("activeConnections");
  });

  test("goes on in a successor, with the deadline it had", async () => {
    const first = await roomOf(both);
    first.kernel.active.set("10.0.0.2:80", 3);
    await say(first, { do: "drain", server: "10.0.0.2", deadlineMs: 60_000 });
    await elapse(30_000);
    const second = await roomOf(both, { kernel: survivorOf(first), saved: first.saved.value() });
    await elapse(28_000);
    expect(overrideOf(second)?.drained).toBeUndefined();
    await elapse(3000);
    expect(overrideOf(second)?.drained).toBe("deadline");
    expect(second.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
  });
});

test("a table that could not be read or written yet says nothing of connections: what drains goes on", async () => {
  const first = await roomOf(both);
  first.kernel.active.set("10.0.0.2:80", 3);
  await say(first, { do: "drain", server: "10.0.0.2" });
  const kernel = new FakeIpvs();
  kernel.refuse = () => "ENOMEM";
  const second = await roomOf(both, { kernel, saved: first.saved.value() });
  await elapse(2500);
  expect(overrideOf(second)?.drained).toBeUndefined();
  kernel.active.set("10.0.0.2:80", 3);
  kernel.refuse = () => undefined;
  await elapse(60_000);
  expect(second.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w0, 10.0.0.3:80 w1"]);
  kernel.active.set("10.0.0.2:80", 0);
  await elapse(1100);
  expect(overrideOf(second)?.drained).toBe("empty");
});

test("one that fails its check while it drains has drained when it is out, and stays out when it returns", async () => {
  const harness = await roomOf(both);
  harness.kernel.active.set("10.0.0.2:80", 3);
  await say(harness, { do: "drain", server: "10.0.0.2" });
  harness.results.set("10.0.0.2", refused);
  await elapse(5000);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
  expect(overrideOf(harness)?.drained).toBe("empty");
  harness.results.clear();
  await elapse(5000);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
});

test("what is said is kept over reloads that take the server away and bring it back, and shown meanwhile", async () => {
  const harness = await roomOf(both);
  await say(harness, { do: "disable", server: "10.0.0.2" });
  await reload(harness, processPlan([service(1, [guarded(3)])]));
  expect(status(harness.room).dormantOverrides).toMatchObject([{ address: "10.0.0.2", mode: "disable" }]);
  await reload(harness, both);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
});

test("kept in a file for the next start of the daemon", async () => {
  const overridesFile = path.join(folder, "state", "overrides.json");
  const first = await roomOf(both, { overridesFile });
  await say(first, { do: "weight", server: "10.0.0.3", weight: 7 });
  await first.room.stop({ orphaned: false });
  const second = await roomOf(both, { overridesFile });
  expect(second.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w7"]);
  await say(second, { do: "enable", server: "10.0.0.3" });
  expect(readOverrides(overridesFile)).toEqual({ overrides: {} });
  expect(readdirSync(path.dirname(overridesFile))).toEqual(["overrides.json"]);
});

test("a file that cannot be written or read never stops the service, and is told", async () => {
  const overridesFile = path.join(folder, "file", "overrides.json");
  writeFileSync(path.join(folder, "file"), "not a folder");
  const harness = await roomOf(both, { overridesFile });
  const answer = await say(harness, { do: "disable", server: "10.0.0.2" });
  expect(answer?.notKept).toMatch(/EEXIST|ENOTDIR/);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
  expect(harness.records.map(({ event }) => event)).toContain("overrides.notKept");

  const broken = path.join(folder, "broken.json");
  writeFileSync(broken, '{"overrides": [');
  const other = await roomOf(both, { overridesFile: broken });
  expect(other.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  expect(other.records.map(({ event }) => event)).toContain("overrides.unreadable");
  expect(readFileSync(broken, "utf8")).toBe('{"overrides": ['); // for whoever wants to mend it
});

test("each daemon of a host has a file of its own", () => {
  const files = ["/run/lvskeeper/lvskeeper.pid", "/run/a.pid", "/run/b.pid"].map(overridesFileOf);
  expect(new Set(files).size).toBe(3);
  expect(files[0]).toBe("/var/lib/lvskeeper/overrides.json");
});

test("slow_start: the weight rises from 1 after a server came back, not at the start; and after it is enabled", async () => {
  const slow = { ...guarded(2), weight: 10, slowStartMs: 10_000 };
  const harness = await roomOf(processPlan([service(1, [slow, guarded(3)])]));
  const weight = () => /10\.0\.0\.2:80 w(\d+)/.exec(harness.kernel.show()[0] ?? "")?.[1];
  expect(weight()).toBe("10");
  harness.results.set("10.0.0.2", refused);
  await elapse(3000);
  expect(weight()).toBeUndefined();
  harness.results.clear();
  await elapse(1100);
  const seen = [weight()];
  for (let s = 0; s < 11; s++) {
    await elapse(1000);
    seen.push(weight());
  }
  expect(seen[0]).toBe("1");
  expect(seen.at(-1)).toBe("10");
  expect(seen.map(Number)).toEqual([...seen.map(Number)].sort((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(8);
  await say(harness, { do: "disable", server: "10.0.0.2" });
  await say(harness, { do: "enable", server: "10.0.0.2" });
  expect(weight()).toBe("1");
});

test("slow_start goes on in a successor", async () => {
  const plan = processPlan([service(1, [{ ...guarded(2), weight: 10, slowStartMs: 10_000 }])]);
  const first = await roomOf(plan);
  first.results.set("10.0.0.2", refused);
  await elapse(2000);
  first.results.clear();
  await elapse(6000);
  const second = await roomOf(plan, { kernel: survivorOf(first), saved: first.saved.value() });
  await elapse(1500);
  const [, weight] = /w(\d+)/.exec(second.kernel.show()[0] ?? "") ?? [];
  expect(Number(weight)).toBeGreaterThan(4);
  expect(Number(weight)).toBeLessThan(10);
});
