import { expect, test } from "vitest";
import { plainText, withoutUnsafe } from "../../../src/core/plain-text.ts";

test.for([
  ["plain (ASCII) ~ text", "plain (ASCII) ~ text"],
  ["服务器 é 😀", "服务器 é 😀"],
  ["a\u001b[2Jb", "a?[2Jb"],
  ["a\u009b2Jb", "a?2Jb"],
  ["a\r\n\u0000b", "a?b"],
  ["a\u202eb\u2066c\u061cd", "a?b?c?d"],
  ["a\u2028b\u2029c", "a?b?c"],
] as const)("what a terminal would act upon in %j", ([text, safe]) => {
  expect(withoutUnsafe(text, "?")).toBe(safe);
});

test("text of others has no blanks at its ends and no half characters", () => {
  expect(plainText(" \u0007one\ttwo\ud800\n")).toBe("one two\ufffd");
  expect(plainText(" one ")).toBe("one");
});
