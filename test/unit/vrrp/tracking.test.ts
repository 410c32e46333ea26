import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conditionsOf, type Surroundings } from "../../../src/vrrp/conditions.ts";
import type { VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import {
  countResult,
  effectivePriority,
  initialScript,
  isFault,
  type ScriptState,
} from "../../../src/vrrp/tracking.ts";

const track = (weight: number, reverse = false) => ({ name: "t", weight, reverse });

describe("priority arithmetic of trackers (keepalived.conf(5), track_script)", () => {
  test.for([
    { weight: 20, up: true, reverse: false, priority: 120 },
    { weight: 20, up: false, reverse: false, priority: 100 },
    { weight: -20, up: true, reverse: false, priority: 100 },
    { weight: -20, up: false, reverse: false, priority: 80 },
    { weight: 20, up: true, reverse: true, priority: 80 },
    { weight: 20, up: false, reverse: true, priority: 100 },
    { weight: -20, up: false, reverse: true, priority: 120 },
    { weight: -20, up: true, reverse: true, priority: 100 },
    { weight: 20, up: undefined, reverse: false, priority: 100 },
    { weight: -20, up: undefined, reverse: false, priority: 100 },
    { weight: 0, up: false, reverse: false, priority: 100 },
    { weight: 253, up: true, reverse: false, priority: 254 },
    { weight: -253, up: false, reverse: false, priority: 1 },
  ])("weight $weight, up $up, reverse $reverse: 100 becomes $priority", ({ weight, up, reverse, priority }) => {
    expect(effectivePriority(100, [{ track: track(weight, reverse), up }])).toBe(priority);
  });

  test("an owner keeps 255, anybody else stays within 1 to 254, and order does not matter", () => {
    const anyTracked = fc.record({
      track: fc.record({ name: fc.constant("t"), weight: fc.integer({ min: -253, max: 253 }), reverse: fc.boolean() }),
      up: fc.constantFrom(true, false, undefined),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.array(anyTracked), (base, tracked) => {
        const priority = effectivePriority(base, tracked);
        if (base === 255) expect(priority).toBe(255);
        else expect(priority >= 1 && priority <= 254).toBe(true);
        expect(effectivePriority(base, tracked.toReversed())).toBe(priority);
      }),
    );
  });

  test.for([
    { up: false, reverse: false, fault: true },
    { up: true, reverse: false, fault: false },
    { up: true, reverse: true, fault: true },
    { up: false, reverse: true, fault: false },
    { up: undefined, reverse: false, fault: false },
  ])("weight 0, up $up, reverse $reverse: fault $fault", ({ up, reverse, fault }) => {
    expect(isFault({ track: track(0, reverse), up })).toBe(fault);
  });
});

describe("rise and fall of a vrrp_script", () => {
  const counted = (from: ScriptState, results: readonly boolean[], rise = 2, fall = 3): (boolean | undefined)[] => {
    let state = from;
    return results.map((success) => {
      state = countResult(state, success, { rise, fall });
      return state.up;
    });
  };
  const unknown = initialScript({ initFail: false }, undefined);

  test("the first result decides alone", () => {
    expect(counted(unknown, [false])).toEqual([false]);
    expect(counted(unknown, [true])).toEqual([true]);
  });
  test("fall failures in a row bring it down, a success in between starts again", () => {
    expect(counted({ up: true, against: 0 }, [false, false, true, false, false, false])).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });
  test("rise successes in a row bring it up", () => {
    expect(counted({ up: false, against: 0 }, [true, false, true, true])).toEqual([false, false, false, true]);
  });
  test("init_fail starts failed, and takes rise successes", () => {
    expect(counted(initialScript({ initFail: true }, undefined), [true, true])).toEqual([false, true]);
  });
  test("a result that is known from before goes on", () => {
    expect(initialScript({ initFail: true }, true)).toEqual({ up: true, against: 0 });
  });
});

describe("what stands in the way of an instance", () => {
  const plan = {
    name: "VI_1",
    interface: "eth0",
    family: 4,
    priority: 100,
    trackPrimary: true,
    trackScripts: [],
    trackInterfaces: [],
  } as unknown as VrrpInstancePlan;
  const fine: Surroundings = {
    link: "up",
    source: "192.0.2.1",
    sourceThere: true,
    socketError: undefined,
    missing: [],
    scriptUp: () => true,
    linkUp: () => true,
    processUp: () => true,
    bfdUp: () => true,
    balancingUp: () => true,
    serviceUp: () => true,
    fileValue: () => 0,
  };
  test.for([
    { name: "nothing", part: {}, around: {}, faults: [] },
    {
      name: "its source address is not there, and it tracks it",
      part: { trackSource: true },
      around: { sourceThere: false },
      faults: ["192.0.2.1 is not on interface eth0"],
    },
    {
      name: "unicast without a peer",
      part: { unicast: { peers: [], ttl: 255, checkSource: false } },
      around: {},
      faults: ["there is no unicast_peer to speak to"],
    },
    {
      name: "no such interface",
      part: {},
      around: { link: "missing", source: undefined },
      faults: ["interface eth0 does not exist"],
    },
    {
      name: "without an interface, its address on none",
      part: { interface: "" },
      around: { sourceThere: false },
      faults: ["192.0.2.1 is on no interface"],
    },
    {
      name: "without an interface, its address on none of the VRF",
      part: { interface: "", vrf: "blue" },
      around: { sourceThere: false },
      faults: ["192.0.2.1 is on no interface of VRF blue"],
    },
    {
      name: "without an interface, and no such VRF",
      part: { interface: "", vrf: "blue" },
      around: { link: "missing", sourceThere: false },
      faults: ["interface blue does not exist"],
    },
    { name: "interface down", part: {}, around: { link: "down" }, faults: ["interface eth0 is down"] },
    { name: "interface down, dont_track_primary", part: { trackPrimary: false }, around: { link: "down" }, faults: [] },
    {
      name: "no address",
      part: {},
      around: { source: undefined },
      faults: ["interface eth0 has no IPv4 address to send from"],
    },
    { name: "no socket", part: {}, around: { socketError: "no VRRP socket" }, faults: ["no VRRP socket"] },
    {
      name: "a failed script of weight 0",
      part: { trackScripts: [track(0)] },
      around: { scriptUp: () => false },
      faults: ["script t failed"],
    },
    {
      name: "a service of weight 0 that does not answer",
      part: { trackServices: [{ ...track(0), name: "tcp://127.0.0.1:3306" }] },
      around: { serviceUp: () => false },
      faults: ["service tcp://127.0.0.1:3306 does not answer"],
    },
    {
      name: "a failed script with a weight",
      part: { trackScripts: [track(-9)] },
      around: { scriptUp: () => false },
      faults: [],
    },
    {
      name: "a tracked interface down",
      part: { trackInterfaces: [{ ...track(0), name: "eth1" }] },
      around: { linkUp: () => false },
      faults: ["tracked interface eth1 is down"],
    },
    {
      name: "the own interface tracked as well",
      part: { trackInterfaces: [{ ...track(0), name: "eth0" }] },
      around: { linkUp: () => false },
      faults: [],
    },
  ])("$name", ({ part, around, faults }) => {
    const conditions = conditionsOf({ ...plan, ...part } as VrrpInstancePlan, {
      ...fine,
      ...(around as Partial<Surroundings>),
    });
    expect(conditions.faults).toEqual(faults);
  });

  test("a script of weight 0 that has not run holds the start; one with a weight does not", () => {
    const trackScripts = [track(0), { ...track(-20), name: "weighted" }];
    const { holds, faults, priority } = conditionsOf({ ...plan, trackScripts }, { ...fine, scriptUp: () => undefined });
    expect({ holds, faults, priority }).toEqual({
      holds: ["waiting for the first result of script t"],
      faults: [],
      priority: 100,
    });
  });

  test("so does a service without a result; its weight moves the priority, and reverse turns it round", () => {
    const service = (weight: number, reverse = false) => ({ name: "tcp://127.0.0.1:3306", weight, reverse });
    const judged = (weight: number, up: boolean | undefined, reverse = false) => {
      const trackServices = [service(weight, reverse)];
      const { holds, faults, priority } = conditionsOf({ ...plan, trackServices }, { ...fine, serviceUp: () => up });
      return { held: holds.length, faulty: faults.length, priority };
    };
    expect(judged(0, undefined)).toEqual({ held: 1, faulty: 0, priority: 100 });
    expect(judged(-20, undefined)).toEqual({ held: 0, faulty: 0, priority: 100 });
    expect(judged(-20, false)).toEqual({ held: 0, faulty: 0, priority: 80 });
    expect(judged(20, true)).toEqual({ held: 0, faulty: 0, priority: 120 });
    expect(judged(-20, false, true)).toEqual({ held: 0, faulty: 0, priority: 120 });
    expect(judged(0, true, true)).toEqual({ held: 0, faulty: 1, priority: 100 });
  });
});
