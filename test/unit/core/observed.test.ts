import { expect, test } from "vitest";
import { Observed } from "../../../src/core/observed.ts";

test("nothing has changed while every answer is as it was", () => {
  const observed = new Observed();
  const world = { user: "one", size: 1 };
  expect(observed.see("user", () => ({ name: world.user }))).toEqual({ name: "one" });
  observed.see(
    "size",
    () => world.size,
    (then, now) => Math.sign(then) === Math.sign(now),
  );
  expect(observed.isUnchanged()).toBe(true);
  world.size = 2;
  expect(observed.isUnchanged()).toBe(true);
  world.user = "two";
  expect(observed.isUnchanged()).toBe(false);
});

test("the first answer to a question is the one that counts", () => {
  const observed = new Observed();
  let asked = 0;
  observed.see("count", () => ++asked > 1);
  observed.see("count", () => true);
  expect(observed.isUnchanged()).toBe(false);
});

test("what cannot be asked any more has changed, and what is random always has", () => {
  const observed = new Observed();
  let broken = false;
  observed.see("file", () => {
    if (broken) throw new Error("gone");
    return 1;
  });
  expect(observed.isUnchanged()).toBe(true);
  broken = true;
  expect(observed.isUnchanged()).toBe(false);
  const random = new Observed();
  random.never("dice");
  expect(random.isUnchanged()).toBe(false);
});
