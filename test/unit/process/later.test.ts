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
