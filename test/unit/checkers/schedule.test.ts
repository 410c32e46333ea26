import fc from "fast-check";
import { expect, test } from "vitest";
import { createSchedule, type Due, type Schedule } from "../../../src/checkers/schedule.ts";

type Item = Due & { readonly name: number };

const itemOf = (name: number): Item => ({ name, dueMs: 0, slot: -1, at: -1 });

/** Due times of all sizes: within one wheel, about its edges, and years ahead. */
const dueMs = fc.oneof(
  fc.nat(600),
  fc.nat(70_000),
  fc.nat(20_000_000),
  fc.constantFrom(255, 256, 257, 65_535, 65_536, 65_537, 2 ** 24, 2 ** 32, 2 ** 32 + 1, 2 ** 41),
  fc.double({ min: 0, max: 1000, noNaN: true }),
);

type Move =
  | { readonly op: "set"; readonly name: number; readonly dueMs: number }
  | { readonly op: "delete"; readonly name: number }
  | { readonly op: "pass"; readonly ms: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ op: fc.constant("set" as const), name: fc.nat(15), dueMs }),
  fc.record({ op: fc.constant("delete" as const), name: fc.nat(15) }),
  fc.record({ op: fc.constant("pass" as const), ms: fc.oneof(fc.nat(300), fc.nat(100_000)) }),
);

const takeAll = (schedule: Schedule<Item>, nowMs: number): Item[] => {
  const out: Item[] = [];
  for (let item = schedule.take(nowMs); item; item = schedule.take(nowMs)) out.push(item);
  return out;
};

test("whatever is added, moved and removed as time passes, exactly what is due comes out, the earliest first", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const schedule = createSchedule<Item>();
      const items = Array.from({ length: 16 }, (_, name) => itemOf(name));
      const model = new Map<number, number>();
      let nowMs = 0;
      for (const step of moves) {
        if (step.op === "set") {
          schedule.set(items[step.name] as Item, nowMs + step.dueMs);
          model.set(step.name, Math.ceil(nowMs + step.dueMs));
        } else if (step.op === "delete") {
          schedule.delete(items[step.name] as Item);
          model.delete(step.name);
        } else {
          nowMs += step.ms;
          const out = takeAll(schedule, nowMs);
          const due = [...model].filter(([, at]) => at <= nowMs);
          expect(new Set(out.map(({ name }) => name))).toEqual(new Set(due.map(([name]) => name)));
          expect(out.map(({ name }) => model.get(name))).toEqual(due.map(([, at]) => at).sort((a, b) => a - b));
          expect(out.every(({ slot }) => slot === -1)).toBe(true);
          for (const { name } of out) model.delete(name);
        }
        expect(schedule.size).toBe(model.size);
        const next = schedule.nextMs();
        expect(next === undefined).toBe(model.size === 0);
        if (next !== undefined) expect(next).toBeLessThanOrEqual(Math.min(...model.values()));
      }
    }),
  );
});

test("who looks whenever it is told to finds each thing in its millisecond, after few looks", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 26), { minLength: 1, maxLength: 30 }), (times) => {
      const schedule = createSchedule<Item>();
      times.forEach((time, name) => {
        schedule.set(itemOf(name), time);
      });
      let looks = 0;
      for (let next = schedule.nextMs(); next !== undefined; next = schedule.nextMs()) {
        const now = next;
        looks += 1;
        for (const item of takeAll(schedule, now)) expect(item.dueMs).toBe(now);
      }
      expect(looks).toBeLessThanOrEqual(times.length * 5);
    }),
  );
});

test("what is due in the past is due now, and what was due while nobody looked comes out at once", () => {
  const schedule = createSchedule<Item>();
  schedule.set(itemOf(1), 1000);
  schedule.set(itemOf(2), 300_000);
  expect(takeAll(schedule, 100_000_000).map(({ name }) => name)).toEqual([1, 2]);
  schedule.set(itemOf(3), 5);
  expect(schedule.nextMs()).toBeLessThanOrEqual(100_000_000);
  expect(takeAll(schedule, 100_000_000).map(({ name }) => name)).toEqual([3]);
  expect(schedule.nextMs()).toBeUndefined();
});

test("a time beyond all wheels is far away, not soon", () => {
  const schedule = createSchedule<Item>();
  for (const time of [2 ** 40, 2 ** 45, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) schedule.set(itemOf(0), time);
  expect(takeAll(schedule, 2 ** 39)).toEqual([]);
  expect(schedule.size).toBe(4);
});
