import { expect, test } from "vitest";
import { keywordHint } from "../../../src/config/keyword-hints.ts";
import { root } from "../../../src/process/options.ts";

const instance = root.byName.get("vrrp_instance");

test.for([
  ["prority", undefined, "did you mean `priority`?"],
  ["Virtual-Router-Id", undefined, "did you mean `virtual_router_id`?"],
  ["priority:", "100", "write `priority` without the `:`"],
  ["state=BACKUP", undefined, "write `state BACKUP`, without `=`"],
  ["prority=90", undefined, "write `priority 90`, without `=`"],
  ["//", "comment", "comments begin with `#` or `!`, and end with their line"],
  ["/*", "comment", "comments begin with `#` or `!`, and end with their line"],
  ["\u201cx\u201d", undefined, "write plain quotes instead of typographic ones"],
  ["12", "priority", "is it the number of the line? remove it here and on all lines"],
  ["12", "x", undefined],
  ["something_else", undefined, undefined],
] as const)("%s: %s", ([word, next, hint]) => {
  if (instance?.kind !== "block") throw new Error("vrrp_instance is a block");
  expect(keywordHint(word, instance, next)).toBe(hint);
});
