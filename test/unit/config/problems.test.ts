import { expect, test } from "vitest";
import { Problems, quote } from "../../../src/config/diagnostic.ts";
import { sourceOf } from "./reading.ts";

const source = sourceOf("one\ntwo\n", "a");
const at = { source, start: 4, end: 7 };

test("the same warning again and again is told twenty times, the others are counted", () => {
  const problems = new Problems();
  for (let i = 0; i < 50; i++) problems.warning("lint/x", "odd", at);
  problems.warning("lint/y", "other", { source, start: 0, end: 1 });
  const told = problems.sorted(["a"]);
  expect(told).toHaveLength(22);
  expect(told[0]).toMatchObject({ code: "lint/y", span: { line: 1 } });
  expect(told.at(-1)).toMatchObject({ code: "conf/too-many", message: "30 more problems are not listed" });
  expect(problems.failed).toBe(false);
});

test("an error is told however many warnings came before it", () => {
  const problems = new Problems();
  for (let i = 0; i < 2000; i++) problems.warning(`lint/${i}`, "odd", at);
  problems.error("conf/x", "wrong", at);
  expect(problems.failed).toBe(true);
  expect(problems.sorted(["a"]).some(({ severity }) => severity === "error")).toBe(true);
});

test("problems come by file as it was read, then by place", () => {
  const problems = new Problems();
  const other = sourceOf("x", "b");
  problems.error("1", "", { source: other, start: 0, end: 1 });
  problems.error("2", "", at);
  problems.error("3", "", { source, start: 0, end: 1 });
  expect(problems.sorted(["a", "b"]).map(({ code }) => code)).toEqual(["3", "2", "1"]);
});

test("text of a file in a message is one line, and bounded", () => {
  expect(quote("a`b\n\u001b[31m")).toBe("`a'b··[31m`");
  expect(quote("x".repeat(1000))).toHaveLength(48);
});
