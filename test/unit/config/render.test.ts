import { expect, test } from "vitest";
import { Problems } from "../../../src/config/diagnostic.ts";
import { displayWidth, renderDiagnostics, summaryLine } from "../../../src/config/render.ts";
import { sourceOf } from "./reading.ts";

/** The drawing of one error at the first place of `marked` in `text`. */
function draw(text: string, marked: string, color = false): string[] {
  const source = sourceOf(text, "k.conf");
  const start = text.indexOf(marked);
  const problems = new Problems();
  problems.error("a/b", "wrong", { source, start, end: start + marked.length }, { hint: "mend it" });
  return renderDiagnostics(problems.list, [source], { color }).split("\n");
}

test("the line, and carets under the place with the hint", () => {
  expect(draw("a\n  b ccc d\n", "ccc")).toEqual([
    "error[a/b]: wrong",
    " --> k.conf:2:5",
    "2 |   b ccc d",
    "  |     ^^^ mend it",
    "",
  ]);
});

test("tabs are drawn as blanks, before the place and in it", () => {
  expect(draw("\ta\tb c\n", "b c").slice(2, 4)).toEqual(["1 |     a   b c", "  |         ^^^ mend it"]);
});

test("wide characters take two columns, combining ones none", () => {
  expect(draw("测试 x\u0301 y\n", "y").slice(2, 4)).toEqual(["1 | 测试 x\u0301 y", "  |        ^ mend it"]);
  expect(["a", "测", "😀", "\u0301", "ｱ"].map(displayWidth)).toEqual([1, 2, 2, 0, 1]);
});

test("a long line is cut around the place", () => {
  const [, place, line, carets] = draw(`${"x ".repeat(500)}HERE${" y".repeat(500)}\n`, "HERE");
  expect(place).toBe(" --> k.conf:1:1001");
  expect(line?.length).toBeLessThan(130);
  expect(line?.indexOf("HERE")).toBe(carets?.indexOf("^^^^"));
});

test("control characters do not reach the terminal", () => {
  expect(draw("a \u001b[31mred\u0007 b\n", "b")[2]).toBe("1 | a ·[31mred· b");
});

test("colours only when asked for", () => {
  expect(draw("x\n", "x").join("")).not.toContain("\u001b");
  expect(draw("x\n", "x", true)[0]).toBe("\u001b[31merror[a/b]\u001b[0m\u001b[1m: wrong\u001b[0m");
});

test("a place whose text is not at hand is given without its line", () => {
  const source = sourceOf("x", "gone.conf");
  const problems = new Problems();
  problems.warning("a/b", "odd", { source, start: 0, end: 1 });
  expect(renderDiagnostics(problems.list, [], { color: false })).toBe("warning[a/b]: odd\n --> gone.conf:1:1\n");
});

test("the summary counts", () => {
  const source = sourceOf("x");
  const problems = new Problems();
  expect(summaryLine(problems.list, "f")).toBe("f: no problems found");
  for (let i = 0; i < 3; i++) problems.error("a", "b", { source, start: 0, end: 1 });
  problems.warning("a", "b", { source, start: 0, end: 1 });
  expect(summaryLine(problems.list, "f")).toBe("3 errors, 1 warning in f");
});
