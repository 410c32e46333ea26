import { expect, test } from "vitest";
import { familySections } from "../../../src/api/metrics/page.ts";
import {
  alertExpressions,
  alertRules,
  dashboardExpressions,
  dashboardVariables,
  filledIn,
} from "../../lab/lib/expressions.ts";

/** The names of time series that /metrics may have → their labels. */
const series = new Map(
  familySections
    .flatMap(({ families }) => families)
    .flatMap(({ name, type, labels }) => {
      const names = { counter: [`${name}_total`], info: [`${name}_info`], gauge: [name] };
      const ends = type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => `${name}${end}`) : names[type];
      return ends.map((one) => [one, [...labels, ...(one.endsWith("_bucket") ? ["le"] : [])]] as const);
    }),
);
const GIVEN = ["job", "instance"];

const all = [...alertExpressions(), ...dashboardExpressions(), ...dashboardVariables()];

test("there are alerts, panels and variables", () => {
  expect(alertExpressions()).toHaveLength(alertRules().split("- alert:").length - 1);
  expect(alertExpressions().length).toBeGreaterThan(15);
  expect(dashboardExpressions().length).toBeGreaterThan(30);
  expect(dashboardVariables()).toHaveLength(3);
});

test.for(all)("$where uses metrics that there are, and labels that they have", ({ expr }) => {
  const names = [...expr.matchAll(/\blvskeeper_\w+/g)].map(([name]) => name);
  expect(names.filter((name) => !series.has(name))).toEqual([]);
  for (const [, name, selector = ""] of expr.matchAll(/\b(lvskeeper_\w+)\{([^}]*)\}/g)) {
    const labels = [...selector.matchAll(/(\w+)\s*=~?"/g)].map((match) => match[1] as string);
    expect(labels.filter((label) => !GIVEN.includes(label) && !series.get(name as string)?.includes(label))).toEqual(
      [],
    );
  }
  const known = new Set([...GIVEN, ...names.flatMap((name) => series.get(name) ?? [])]);
  const grouped = [...expr.matchAll(/\b(?:by|on|group_left) \(([^)]*)\)/g)].flatMap((match) =>
    (match[1] as string).split(/, ?/),
  );
  expect(grouped.filter((label) => !known.has(label))).toEqual([]);
  expect(filledIn(expr)).not.toContain("$");
});

test("each alert says who it is about and what to do", () => {
  const rules = alertRules().split("- alert:").slice(1);
  for (const rule of rules) {
    expect(rule).toMatch(/severity: (critical|warning)/);
    expect(rule).toMatch(/summary: ".*\{\{ \$(labels\.|value)/);
    expect(rule).toMatch(/description: ".+\."/);
  }
});
