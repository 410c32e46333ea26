import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DirectorError } from "../../../src/core/errors.ts";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import { createFib, type FibItems } from "../../../src/vrrp/fib.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { RoutePlan, RulePlan } from "../../../src/vrrp/route-model.ts";
import { routeRequest, routeText } from "../../../src/vrrp/route-requests.ts";

const route = (third: number, part: Partial<RoutePlan> = {}): RoutePlan => ({
  family: 4,
  type: 1,
  destination: { address: `10.0.${third}.0`, prefixLength: 24 },
  interface: "eth0",
  table: 254,
  metric: 0,
  scope: 253,
  protocol: 18,
  tos: 0,
  onlink: false,
  place: "prepend",
  track: true,
  ...part,
});
const rule = (preference: number): RulePlan => ({
  family: 4,
  invert: false,
  tos: 0,
  preference,
  protocol: 18,
  action: { do: "table", table: 100 },
  track: true,
});
const items = (routes: RoutePlan[], rules: RulePlan[] = []): FibItems => ({ routes, rules });

/** A kernel of routes and rules, and what was asked of it. */
function fake() {
  const there = new Set<string>();
  const asked: string[] = [];
  const records: LogRecord[] = [];
  let listener = (): void => {};
  let refuse: string | undefined;
  const change = async (name: string, add: boolean): Promise<void> => {
    asked.push(`${add ? "add" : "del"} ${name}`);
    if (add && refuse) throw new DirectorError(refuse, refuse);
    if (add === there.has(name)) throw new DirectorError(add ? "EEXIST" : "ESRCH", "so it is");
    if (add) there.add(name);
    else there.delete(name);
  };
  const fib = createFib({
    network: {
      link: (name) => (name === "eth0" ? ({ index: 2 } as never) : undefined),
      addRoute: (r) => change(r.destination.address, true),
      deleteRoute: (r) => change(r.destination.address, false),
      addRule: (r) => change(String(r.preference), true),
      deleteRule: (r) => change(String(r.preference), false),
      watchFib: (_concerns, call) => {
        listener = call;
      },
    },
    log: createLogger(vrrpEvents, (record) => records.push(record)),
    onRestored: () => {},
  });
  const state = {
    fib,
    there,
    asked,
    records,
    lost: (name: string) => {
      there.delete(name);
      listener();
    },
    set refuse(errno: string | undefined) {
      refuse = errno;
    },
  };
  return state;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("virtual routes and rules", () => {
  test("routes come before rules, and go after them", async () => {
    const { fib, asked } = fake();
    const both = items([route(1), route(2)], [rule(1000)]);
    await fib.hold("A", both);
    await fib.release("A", both);
    expect(asked).toEqual(["add 10.0.1.0", "add 10.0.2.0", "add 1000", "del 1000", "del 10.0.2.0", "del 10.0.1.0"]);
  });

  test("a release removes what a killed predecessor left, and what is not there is no error", async () => {
    const { fib, there, records } = fake();
    there.add("10.0.1.0");
    await fib.release("A", items([route(1), route(2)]));
    expect([there.size, records]).toEqual([0, []]);
  });

  test("a new list removes what is not in it any more; what another owner holds stays", async () => {
    const { fib, there } = fake();
    await fib.hold("A", items([route(1), route(2)]));
    await fib.hold("B", items([route(2)]));
    await fib.hold("A", items([route(3)]));
    expect([...there].sort()).toEqual(["10.0.2.0", "10.0.3.0"]);
  });

  test("removed by somebody else they are put back, with growing patience", async () => {
    const { fib, there, lost, records } = fake();
    await fib.hold("A", items([route(1)]));
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const start = performance.now();
      lost("10.0.1.0");
      await vi.advanceTimersByTimeAsync(0);
      for (let ms = 0; !there.has("10.0.1.0") && ms < 60_000; ms += 100) await vi.advanceTimersByTimeAsync(100);
      waits.push(Math.round((performance.now() - start) / 1000));
    }
    expect(waits).toEqual([0, 1, 2, 4]);
    expect(records.filter((r) => r.event === "fib.restored").length).toBe(4);
  });

  test("a refused one is told once and tried again; an interface that is missing is waited for", async () => {
    const state = fake();
    const { fib, there, records } = state;
    state.refuse = "ENETUNREACH";
    await fib.hold("A", items([route(1), route(2, { interface: "eth9" })]));
    await vi.advanceTimersByTimeAsync(5000);
    expect(records.map((r) => r.event)).toEqual(["fib.failed", "fib.failed"]);
    state.refuse = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([...there]).toEqual(["10.0.1.0"]);
    await fib.release("A", items([route(1), route(2, { interface: "eth9" })]));
    expect(there.size).toBe(0);
  });
});

test("a next hop on an interface that does not exist is ENODEV, which passes", () => {
  const plan = route(1, { nexthops: [{ interface: "eth9", weight: 1, onlink: false }] });
  expect(() => routeRequest(plan, (name) => (name === "eth0" ? { index: 2 } : undefined))).toThrow(
    expect.objectContaining({ code: "ENODEV" }),
  );
});

test("a route of a VRF goes into the table that the VRF has when it is asked for; without one it waits", () => {
  const plan = route(1, { vrf: "blue" });
  const links = new Map([["eth0", { index: 2 }]]);
  expect(() => routeRequest(plan, (name) => links.get(name))).toThrow("VRF blue does not exist");
  links.set("blue", { index: 9, vrfTable: 1010 } as { index: number });
  expect(routeRequest(plan, (name) => links.get(name)).table).toBe(1010);
  expect(routeText(plan)).toContain(" vrf blue");
});
