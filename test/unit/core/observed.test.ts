import { expect, test } from "vitest";
import { Observed } from "../../../src/core/observed.ts";

const isUnchanged = (observed: Observed): boolean => observed.changes()?.size === 0;

test("nothing has changed while every answer is as it was", () => {
  const observed = new Observed();
  const world = { user: "one", size: 1 };
  expect(observed.see("user", () => ({ name: world.user }))).toEqual({ name: "one" });
  observed.see(
    "size",
    () => world.size,
    (then, now) => Math.sign(then) === Math.sign(now),
  );
  expect(isUnchanged(observed)).toBe(true);
  world.size = 2;
  expect(isUnchanged(observed)).toBe(true);
  world.user = "two";
  expect(isUnchanged(observed)).toBe(false);
});

test("the first answer to a question is the one that counts", () => {
  const observed = new Observed();
  let asked = 0;
  observed.see("count", () => ++asked > 1);
  observed.see("count", () => true);
  expect(isUnchanged(observed)).toBe(false);
});

test("who is asked again knows the answer, and gives it back where it holds, which is then not compared", () => {
  const observed = new Observed();
  const answers: unknown[] = [];
  observed.see(
    "file",
    (then?: { readonly size: number }) => {
      answers.push(then);
      return then ?? { size: 1 };
    },
    () => false,
  );
  expect(isUnchanged(observed)).toBe(true);
  expect(answers).toEqual([undefined, { size: 1 }]);
});

test("what cannot be asked any more has changed, and what is random always has", () => {
  const observed = new Observed();
  let broken = false;
  observed.see("file", () => {
    if (broken) throw new Error("gone");
    return 1;
  });
  expect(isUnchanged(observed)).toBe(true);
  broken = true;
  expect(isUnchanged(observed)).toBe(false);
  const random = new Observed();
  random.never("dice");
  expect(isUnchanged(random)).toBe(false);
});

test("what has changed is told with the new answer, which another can be given in place of asking", () => {
  const world = { a: 1, b: 1 };
  const observed = new Observed();
  observed.see("a", () => world.a);
  observed.see("b", () => world.b);
  world.b = 2;
  const changes = observed.changes();
  expect([...(changes ?? [])]).toEqual([["b", 2]]);
  const later = new Observed(changes);
  expect(later.see("b", () => Number.NaN)).toBe(2);
  expect(isUnchanged(observed.and(later))).toBe(false); // the later question is asked as it was put: NaN
});
