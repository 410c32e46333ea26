import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventHub } from "../../../src/api/event-hub.ts";
import { Shared } from "../../../src/core/shared.ts";
import { EventRing } from "../../../src/process/event-ring.ts";
import type { DirectorEvent, EventDraft } from "../../../src/process/events.ts";

const draft = (n: number): EventDraft => ({ atWallMs: n, level: "info", event: "rs.up", text: `${n}`, facts: { n } });
const numbers = (events: readonly DirectorEvent[]): unknown[] => events.map(({ facts }) => facts.n);

/** A parent with a ring, which tells a hub what happens unless `deaf`, as the messages between them would. */
function parent() {
  const ring = new EventRing(1);
  let deaf = false;
  let told: ((events: readonly DirectorEvent[]) => void) | undefined;
  ring.listen((events) => {
    if (!deaf) told?.(events);
  });
  let n = 0;
  const hub: EventHub = new EventHub({
    ask: async (after) => {
      told = (events) => hub.happened(events);
      return ring.after(after);
    },
    quiet: () => {
      told = undefined;
    },
  });
  const happen = (count = 1): void =>
    ring.push(
      "vrrp",
      Array.from({ length: count }, () => draft(++n)),
    );
  return { hub, happen, setDeaf: (is: boolean) => (deaf = is) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("readers of events", () => {
  test("get what is kept, then what happens, each once and in order", async () => {
    const { hub, happen } = parent();
    happen(3);
    const first: unknown[] = [];
    const stop = await hub.read(undefined, (events) => first.push(...numbers(events)));
    happen(2);
    const second: unknown[] = [];
    await hub.read("1-4", (events) => second.push(...numbers(events)));
    stop?.();
    happen();
    expect(first).toEqual([1, 2, 3, 4, 5]);
    expect(second).toEqual([5, 6]);
    expect(numbers((await hub.after("1-2")) ?? [])).toEqual([3, 4, 5, 6]);
  });

  test("miss nothing when the parent had stopped telling", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })), { maxLength: 12 }),
        async (steps) => {
          const { hub, happen, setDeaf } = parent();
          const heard: unknown[] = [];
          await hub.read(undefined, (events) => heard.push(...numbers(events)));
          let count = 0;
          for (const [deaf, more] of steps) {
            setDeaf(deaf);
            happen(more);
            count += more;
            await turn();
          }
          setDeaf(false);
          happen();
          await turn();
          expect(heard).toEqual(Array.from({ length: count + 1 }, (_, i) => i + 1));
        },
      ),
    );
  });

  test("are told when the parent does not answer", async () => {
    const hub = new EventHub({ ask: async () => undefined, quiet: () => {} });
    expect(await hub.after(undefined)).toBeUndefined();
    expect(await hub.read(undefined, () => {})).toBeUndefined();
  });
});

describe("one answer for all who ask", () => {
  test("however many ask, two are made: the one under way, and one that begins after they asked", async () => {
    let made = 0;
    const shared = new Shared(async () => {
      made += 1;
      const mine = made;
      await turn();
      return mine;
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => shared.get(0)));
    expect(made).toBe(2);
    expect(answers).toEqual([1, ...Array.from({ length: 49 }, () => 2)]);
  });

  test("an answer that is young enough is given again; a failure is nobody's answer but of those who waited", async () => {
    let made = 0;
    const shared = new Shared(async () => {
      made += 1;
      if (made === 2) throw new Error("no");
      return made;
    });
    expect([await shared.get(0, 0), await shared.get(1e12)]).toEqual([1, 1]);
    await expect(shared.get(0, Number.POSITIVE_INFINITY)).rejects.toThrow("no");
    expect(await shared.get(0, Number.POSITIVE_INFINITY)).toBe(3);
  });
});
