import { expect, test } from "vitest";
import type { Outline, Row } from "../../../src/outline/model.ts";
import { outlineOf } from "../../../src/outline/status.ts";
import { hasAges, isAge, markedContext, withAges, withoutAges } from "../../../src/page/ages.ts";
import { situations } from "../cli/situations.ts";

const textsOf = ({ about, sections }: Outline): string[] => {
  const ofRow = ({ cells, children }: Row): string[] => [...cells.map(({ text }) => text), ...children.flatMap(ofRow)];
  return [...about, ...sections.flatMap(({ rows, remarks }) => [...rows.flatMap(ofRow), ...remarks])];
};

test.for(Object.entries(situations))("marks become the ages of a status as it is printed: %s", ([, { status }]) => {
  const marked = textsOf(outlineOf(status, markedContext(status.nowWallMs)));
  expect(marked.some(hasAges)).toBe(true);
  expect(marked.map((text) => withAges(text, status.nowWallMs))).toEqual(textsOf(outlineOf(status)));
});

test("ages run on, what is due comes nearer, and both stop at 0", () => {
  const { since, due } = markedContext(0);
  const text = `since ${since(10_000)}, next in ${due(20_000)}`;
  expect(withAges(text, 15_000)).toBe("since 5 s, next in 5 s");
  expect(withAges(text, 75_000)).toBe("since 1 min 5 s, next in 0 s");
  expect(withAges(text, 0)).toBe("since 0 s, next in 20 s");
  expect(withoutAges(text)).toBe("since , next in ");
});

test("a cell that is an age and nothing else is told from others", () => {
  const { since } = markedContext(0);
  expect([since(5), `since ${since(5)}`, `${since(5)} ago`, "", "up"].map(isAge)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
