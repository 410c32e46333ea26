import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lane, Lanes } from "../../../src/checkers/lanes.ts";

const always = (): boolean => true;

test("however many slow ones come, there is a place for fast ones, and the other way round", () => {
  const lanes = new Lanes<string>(8);
  const slow = Array.from({ length: 100 }, (_, i) => lanes.enter(`slow ${i}`, "slow"));
  expect(slow.filter(Boolean)).toHaveLength(6);
  expect([lanes.enter("fast 0", "fast"), lanes.enter("fast 1", "fast"), lanes.enter("fast 2", "fast")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(lanes.leave("slow", always)).toEqual({ item: "fast 2", lane: "fast" });
  expect(lanes.leave("slow", always)).toEqual({ item: "slow 6", lane: "slow" });
});

test("the slow ones get their quarter of the places while fast ones keep coming", () => {
  const lanes = new Lanes<string>(8);
  for (let i = 0; i < 100; i += 1) lanes.enter(`fast ${i}`, "fast");
  for (let i = 0; i < 100; i += 1) lanes.enter(`slow ${i}`, "slow");
  const begun = Array.from({ length: 4 }, () => lanes.leave("fast", always)?.item);
  expect(begun).toEqual(["slow 0", "slow 1", "fast 8", "fast 9"]);
});

test("no more than the limit are under way, who came first begins first, and nobody is forgotten", () => {
  const coming = fc.array(fc.record({ lane: fc.constantFrom<Lane>("fast", "slow"), gone: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      coming,
      fc.array(fc.nat(100), { maxLength: 40 }),
      (limit, all, ends) => {
        const lanes = new Lanes<number>(limit);
        const running: { item: number; lane: Lane }[] = [];
        const begun: Record<Lane, number[]> = { fast: [], slow: [] };
        const begin = (item: number, lane: Lane): void => {
          running.push({ item, lane });
          begun[lane].push(item);
        };
        const isWanted = (item: number): boolean => all[item]?.gone !== true;
        const end = (which: number): void => {
          const [over] = running.splice(which % running.length, 1);
          const next = over && lanes.leave(over.lane, isWanted);
          if (next) begin(next.item, next.lane);
        };
        all.forEach(({ lane }, item) => {
          if (lanes.enter(item, lane)) begin(item, lane);
          const which = ends[item];
          if (which !== undefined && running.length > 0) end(which);
          expect(running.length).toBeLessThanOrEqual(limit);
        });
        while (running.length > 0) end(0);
        for (const lane of ["fast", "slow"] as const) {
          expect(begun[lane]).toEqual([...begun[lane]].sort((a, b) => a - b));
          const wanted = all.flatMap((one, item) => (one.lane === lane && isWanted(item) ? [item] : []));
          expect(wanted.filter((item) => !begun[lane].includes(item))).toEqual([]);
        }
        expect(lanes.waiting).toBe(0);
      },
    ),
  );
});
