import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPacedTask } from "../../../src/vrrp/paced-task.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("it is done once for all who ask, at once, and after a rest of four times its length", () => {
  let now = 0;
  const done: number[] = [];
  const task = createPacedTask(
    () => {
      done.push(now);
      now += 5;
    },
    () => now,
  );
  task.soon();
  task.soon();
  expect(done).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(done).toEqual([0]);
  task.soon();
  vi.advanceTimersByTime(19);
  expect(done).toEqual([0]);
  now += 20;
  vi.advanceTimersByTime(1);
  expect(done).toEqual([0, 25]);
  now += 100;
  task.soon();
  vi.advanceTimersByTime(0);
  expect(done).toEqual([0, 25, 130]);
});

test("closed, it is not done any more", () => {
  const run = vi.fn();
  const task = createPacedTask(run);
  task.soon();
  task.close();
  vi.advanceTimersByTime(100);
  task.soon();
  vi.advanceTimersByTime(100);
  expect(run).not.toHaveBeenCalled();
});
