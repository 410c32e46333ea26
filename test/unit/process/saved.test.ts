import { expect, test } from "vitest";
import { createSavedState } from "../../../src/process/saved.ts";

test("parts are laid over what is kept, entry by entry in each record", () => {
  const saved = createSavedState();
  expect(saved.value()).toBeUndefined();
  saved.merge({ instances: { VI_1: { state: "backup" }, VI_2: { state: "master" } } });
  saved.merge({ instances: { VI_1: { state: "master" } }, scripts: { chk: true } });
  expect(JSON.parse(JSON.stringify(saved.value()))).toEqual({
    instances: { VI_1: { state: "master" }, VI_2: { state: "master" } },
    scripts: { chk: true },
  });
});

test("an entry that is null is forgotten", () => {
  const saved = createSavedState();
  saved.merge({ checkers: { a: { up: true }, b: { up: false } } });
  saved.merge({ checkers: { a: null } });
  expect(JSON.parse(JSON.stringify(saved.value()))).toEqual({ checkers: { b: { up: false } } });
});

test("parts folded together on the way still say what is forgotten", () => {
  const folded = createSavedState({ keepNulls: true });
  folded.merge({ checkers: { a: { up: true } } });
  folded.merge({ checkers: { a: null } });
  const saved = createSavedState();
  saved.merge({ checkers: { a: { up: true } } });
  saved.merge(folded.value() ?? {});
  expect(JSON.parse(JSON.stringify(saved.value()))).toEqual({ checkers: {} });
});

test("a name such as __proto__ is a name like any other", () => {
  const saved = createSavedState();
  saved.merge(JSON.parse('{"instances":{"__proto__":{"state":"master"}}}') as object);
  expect(JSON.stringify(saved.value())).toBe('{"instances":{"__proto__":{"state":"master"}}}');
  expect(({} as { state?: string }).state).toBeUndefined();
});
