import fc from "fast-check";
import { expect, test } from "vitest";
import { createSchedule, type Due } from "../../../src/checkers/schedule.ts";

type Item = Due & { readonly name: number };
type Move = { readonly op: "set" | "delete"; readonly name: number; readonly dueMs: number };

const moves = fc.array(
  fc.record<Move>({ op: fc.constantFrom("set", "set", "delete"), name: fc.nat(15), dueMs: fc.nat(100) }),
  { maxLength: 80 },
);

test("whatever is added, moved and removed, what is due comes out in the order of its time, and nothing else", () => {
  fc.assert(
    fc.property(moves, fc.nat(100), (operations, nowMs) => {
      const schedule = createSchedule<Item>();
      const items = Array.from({ length: 16 }, (_, name): Item => ({ name, dueMs: 0, at: -1 }));
      const model = new Map<number, number>();
      for (const { op, name, dueMs } of operations) {
        if (op === "set") {
          schedule.set(items[name] as Item, dueMs);
          model.set(name, dueMs);
        } else {
          schedule.delete(items[name] as Item);
          model.delete(name);
        }
        expect(schedule.nextMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
      }
      const out: Item[] = [];
      for (let item = schedule.take(nowMs); item; item = schedule.take(nowMs)) out.push(item);
      const due = [...model].filter(([, dueMs]) => dueMs <= nowMs);
      expect(out.map(({ dueMs }) => dueMs)).toEqual(due.map(([, dueMs]) => dueMs).sort((a, b) => a - b));
      expect(new Set(out.map(({ name }) => name))).toEqual(new Set(due.map(([name]) => name)));
      expect(schedule.size).toBe(model.size - due.length);
      expect(out.every(({ at }) => at === -1)).toBe(true);
    }),
  );
});
