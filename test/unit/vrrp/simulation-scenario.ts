import fc from "fast-check";
import type { TakeoverCheckPlan } from "../../../src/vrrp/takeover-model.ts";

// Scenarios of the simulation: routers that share virtual addresses, and what goes wrong around them. All times in a
// scenario's actions are in units of its advert interval, so that one shape of trouble fits any configuration.

export type RouterSetup = {
  readonly priority: number;
  readonly preempt: boolean;
  /** In intervals; 0 for none. */
  readonly preemptDelay: number;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly downTimerAdverts: number;
};

/** Packets from some routers to others, as masks of bits: lost and doubled with these chances, late by up to `delay`
 *  intervals (so they also change their order), or with a bit of them turned over. A chance of 1 cuts the way. */
export type Trouble = {
  readonly do: "trouble";
  readonly from: number;
  readonly to: number;
  readonly lost: number;
  readonly doubled: number;
  readonly spoiled: number;
  readonly delay: number;
};

export type Action = { readonly at: number; readonly for: number } & (
  | Trouble
  /** The process stands still; what it is sent waits. */
  | { readonly do: "pause"; readonly router: number }
  /** It dies, and starts again: with what it had told its parent, or with nothing, as after a loss of power. */
  | { readonly do: "crash"; readonly router: number; readonly saved: boolean }
  | { readonly do: "stop"; readonly router: number }
  /** Its interface is down, which only itself sees. */
  | { readonly do: "fault"; readonly router: number; readonly instance: number }
  /** A tracker takes this much from its priority. */
  | { readonly do: "weight"; readonly router: number; readonly weight: number }
  | { readonly do: "reload"; readonly router: number; readonly setup: Partial<RouterSetup> }
);

export type Scenario = {
  readonly seed: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly unicast: boolean;
  readonly auth: "none" | "pass" | "ah" | "hmac";
  readonly intervalMs: number;
  readonly takeoverCheck?: TakeoverCheckPlan;
  /** 2: two instances in a sync group on each router. */
  readonly instances: 1 | 2;
  readonly routers: readonly RouterSetup[];
  readonly actions: readonly Action[];
};

const MOST_ROUTERS = 5;
const LAST_START = 40;
const LONGEST = 16;

const setup: fc.Arbitrary<RouterSetup> = fc.record({
  priority: fc.oneof(fc.constantFrom(1, 100, 100, 101, 150, 254), fc.constantFrom(90, 100, 255)),
  preempt: fc.boolean(),
  preemptDelay: fc.constantFrom(0, 0, 5, 12),
  lowerPrioNoAdvert: fc.boolean(),
  higherPrioSendAdvert: fc.boolean(),
  downTimerAdverts: fc.constantFrom(2, 3, 3, 3, 5),
});

const router = fc.nat(MOST_ROUTERS - 1);
const mask = fc.integer({ min: 1, max: 2 ** MOST_ROUTERS - 1 });
const chance = fc.constantFrom(0, 0, 0.2, 0.5, 0.9, 1);
const what = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("trouble" as const),
      from: mask,
      to: mask,
      lost: chance,
      doubled: chance,
      spoiled: fc.constantFrom(0, 0, 0.5),
      delay: fc.constantFrom(0, 0, 0.3, 2, 6),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), router }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), router, saved: fc.boolean() }) },
  fc.record({ do: fc.constant("stop" as const), router }),
  fc.record({ do: fc.constant("fault" as const), router, instance: fc.nat(1) }),
  fc.record({ do: fc.constant("weight" as const), router, weight: fc.constantFrom(-150, -60, -50, -1, 50) }),
  fc.record({
    do: fc.constant("reload" as const),
    router,
    setup: fc.oneof(
      fc.record({ priority: fc.constantFrom(50, 100, 101, 254, 255) }),
      fc.record({ preempt: fc.boolean() }),
      fc.record({ downTimerAdverts: fc.constantFrom(2, 3, 5), preemptDelay: fc.constantFrom(0, 8) }),
      fc.constant({}),
    ),
  }),
);

const time = (most: number): fc.Arbitrary<number> => fc.nat(most * 20).map((n) => n / 20);
const action: fc.Arbitrary<Action> = fc
  .tuple(time(LAST_START), time(LONGEST), what)
  .map(([at, duration, deed]) => ({ at, for: duration, ...deed }));

/** Any configuration that a group of routers can be given, and any trouble. */
export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.nat(2 ** 31 - 1),
    version: fc.constantFrom(2 as const, 3 as const),
    six: fc.boolean(),
    unicast: fc.boolean(),
    auth: fc.constantFrom("none" as const, "pass" as const, "ah" as const),
    signed: fc.boolean(),
    fast: fc.constantFrom(10, 100, 1000),
    slow: fc.constantFrom(1000, 2000),
    instances: fc.constantFrom(1 as const, 1 as const, 2 as const),
    routers: fc.array(setup, { minLength: 2, maxLength: MOST_ROUTERS }),
    actions: fc.array(action, { maxLength: 12 }),
  })
  .map(({ seed, version, six, unicast, auth, signed, fast, slow, instances, routers, actions }) => ({
    seed,
    version,
    family: version === 3 && six ? 6 : 4,
    unicast,
    auth: version === 2 ? auth : signed ? "hmac" : "none",
    intervalMs: version === 2 ? slow : fast,
    instances,
    routers,
    actions,
  }));
