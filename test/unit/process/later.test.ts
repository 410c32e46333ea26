import { expect, test } from "vitest";
import { createLater } from "../../../src/process/later.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what can wait is done in its order, behind what the next turn of the event loop does", async () => {
  const done: string[] = [];
  const later = createLater();
  later(() => done.push("line"));
  later(() => done.push("message"));
  setImmediate(() => done.push("address"));
  await turn();
  expect(done).toEqual(["address"]);
  later(() => done.push("another line"));
  await turn();
  await turn();
  expect(done).toEqual(["address", "line", "message", "another line"]);
});

test("at the end what is left is done at once, and nothing twice", async () => {
  const done: string[] = [];
  const later = createLater();
  later(() => done.push("first"));
  later(() => later(() => done.push("asked for meanwhile")));
  later.flush();
  expect(done).toEqual(["first"]);
  await turn();
  await turn();
  expect(done).toEqual(["first", "asked for meanwhile"]);
});

test("what is asked for turn after turn is held, but not for ever", async () => {
  const done: number[] = [];
  const later = createLater(30);
  const began = performance.now();
  let asked = 0;
  while (done.length === 0) {
    const n = asked;
    later(() => done.push(n));
    asked += 1;
    await turn();
  }
  expect(performance.now() - began).toBeGreaterThanOrEqual(30);
  expect(done).toEqual(Array.from({ length: done.length }, (_, n) => n));
  await turn();
  await turn();
  await turn();
  expect(done).toHaveLength(asked);
});
