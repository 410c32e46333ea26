import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HeardWord } from "../../../src/vrrp/claims.ts";
import { masterDownMs } from "../../../src/vrrp/timing.ts";
import { Agenda, createRandom, Network, wholeDelayMs } from "./simulation-network.ts";
import { Router, type Seen, timerLateMs } from "./simulation-router.ts";
import type { RouterSetup, Scenario, Trouble } from "./simulation-scenario.ts";

// Routers with takeover_check whose adverts are filtered between some of them while ARP passes, and which lose their power.
// Times of events are in advert intervals.

type Happening = { readonly at: number; readonly for: number } & (
  | { readonly do: "filter"; readonly apart: number }
  | { readonly do: "crash"; readonly router: number }
);
type Story = {
  readonly seed: number;
  readonly version: 2 | 3;
  readonly timeoutMs: number;
  readonly preempt: boolean;
  readonly priorities: readonly number[];
  readonly happenings: readonly Happening[];
};

const ALL = 2 ** 5 - 1;
const LASTS = 60;

const setup = (priority: number, preempt: boolean): RouterSetup => ({
  priority,
  preempt,
  preemptDelay: 0,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  downTimerAdverts: 3,
});

/** The laws that were broken, in words. */
async function tell({ seed, version, timeoutMs, preempt, priorities, happenings }: Story): Promise<readonly string[]> {
  const intervalMs = version === 2 ? 1000 : 200;
  const scenario: Scenario = {
    ...{ seed, version, family: 4, unicast: false, auth: "none", intervalMs, instances: 1, actions: [] },
    routers: priorities.map((priority) => setup(priority, preempt)),
    takeoverCheck: { timeoutMs, onConflict: "hold", noWitness: "hold", witnesses: [] },
  };
  const agenda = new Agenda();
  const random = createRandom(seed);
  const routers: Router[] = [];
  const broken = new Set<string>();
  const heardAt = priorities.map(() => Number.NEGATIVE_INFINITY);
  const downMs = masterDownMs({ version, priority: 1, intervalMs }, 3);
  const slackMs = 2 * wholeDelayMs(intervalMs) + 4 * timerLateMs(intervalMs) + 4;
  const masters = (): Router[] => routers.filter((r) => r.instances[0]?.state.name === "master");
  const network = new Network(scenario, agenda, random, (to, packet) => {
    heardAt[to] = agenda.now;
    routers[to]?.receive(packet, false);
  });
  const word = (kind: HeardWord["kind"], from: number): HeardWord => ({
    ...{ kind, address: "192.0.2.100", interface: "eth0", hardwareAddress: `52:54:00:00:00:0${from}` },
  });
  const onLink = (deed: () => void): void => agenda.plan(agenda.now + wholeDelayMs(intervalMs) * random(), deed);
  const say = (kind: HeardWord["kind"], from: number, to: number): void =>
    onLink(() => routers[to]?.hearWord(0, word(kind, from), from > to));
  const others = (number: number): number[] => priorities.map((_, i) => i).filter((i) => i !== number);
  const seen: Seen = {
    sent(from, _index, packet) {
      for (const to of others(from)) network.send(from, to, packet, 20);
    },
    announced(from) {
      for (const to of others(from)) say("claim", from, to);
    },
    asked(from) {
      for (const to of others(from)) {
        say("probe", from, to);
        onLink(() => {
          if ((routers[to]?.held.size ?? 0) > 0) say("claim", to, from);
        });
      }
    },
    moved(number, _index, _from, state) {
      if (state !== "master" || masters().length < 2) return;
      // A master that it hears it preempts, as ever.
      if (agenda.now - (heardAt[number] as number) > downMs + slackMs)
        broken.add("nobody takes over by silence while there is a master");
    },
    accepted: () => {},
  };
  for (let number = 0; number < priorities.length; number++)
    routers.push(new Router(scenario, number, agenda, seen, random));
  for (const router of routers) agenda.plan(random() * intervalMs, () => router.start(false));
  for (const what of happenings) {
    const [begins, ends] = [what.at * intervalMs, (what.at + what.for) * intervalMs];
    if (what.do === "filter") {
      const wall = (from: number, to: number): Trouble => ({
        ...{ do: "trouble", from, to, lost: 1, doubled: 0, spoiled: 0, delay: 0 },
      });
      const walls = [wall(what.apart, ALL & ~what.apart), wall(ALL & ~what.apart, what.apart)];
      agenda.plan(begins, () => walls.forEach((w) => void network.troubles.add(w)));
      agenda.plan(ends, () => walls.forEach((w) => void network.troubles.delete(w)));
    } else {
      const router = routers[what.router % routers.length] as Router;
      agenda.plan(begins, () => {
        router.crash();
        router.held.clear();
      });
      agenda.plan(ends, () => router.start(false));
    }
  }
  // Held, resting, letting others go first, and then asking: six times the timeout.
  const mostMs = downMs + 6 * timeoutMs + slackMs;
  let nobodySince = 0;
  while (agenda.next(LASTS * intervalMs)) {
    for (const router of routers) await router.settle();
    const someoneCould = routers.some((r) => r.on && agenda.now - r.startedAt > mostMs);
    if (masters().length > 0 || !someoneCould) nobodySince = agenda.now;
    if (agenda.now - nobodySince > mostMs) broken.add("somebody takes over when there is no master");
  }
  return [...broken];
}

const time = (most: number): fc.Arbitrary<number> => fc.nat(most * 20).map((n) => n / 20);
const happening: fc.Arbitrary<Happening> = fc
  .tuple(
    time(40),
    time(20),
    fc.oneof(
      fc.record({ do: fc.constant("filter" as const), apart: fc.integer({ min: 1, max: ALL - 1 }) }),
      fc.record({ do: fc.constant("crash" as const), router: fc.nat(4) }),
    ),
  )
  .map(([at, length, what]) => ({ at, for: length, ...what }));
const stories: fc.Arbitrary<Story> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  version: fc.constantFrom(2 as const, 3 as const),
  timeoutMs: fc.constantFrom(100, 300, 1000),
  preempt: fc.boolean(),
  priorities: fc.array(fc.constantFrom(100, 100, 101, 150), { minLength: 2, maxLength: 4 }),
  happenings: fc.array(happening, { maxLength: 8 }),
});

const SEARCH_MS = 4000;

describe("takeover_check, while only VRRP is filtered", () => {
  test("nobody takes over by silence while there is a master, and a real crash is taken over", {
    timeout: 8 * SEARCH_MS,
  }, async () => {
    const property = fc.asyncProperty(stories, async (story) => {
      expect(await tell(story)).toEqual([]);
    });
    await fc.assert(property, { seed: 1, numRuns: 1000, interruptAfterTimeLimit: SEARCH_MS });
  });

  test("of backups with one priority, all cut off from each other, one takes over from a master that dies", async () => {
    const apart = [0b0001, 0b0010, 0b0100].map((mask) => ({ do: "filter", at: 10, for: 50, apart: mask }) as const);
    const happenings = [{ do: "crash", at: 15, for: 60, router: 0 } as const, ...apart];
    const story = { seed: 7, version: 3, timeoutMs: 300, preempt: true, priorities: [150, 100, 100, 100] } as const;
    expect(await tell({ ...story, happenings })).toEqual([]);
  });
});
