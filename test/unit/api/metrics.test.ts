import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exposition, formatFor } from "../../../src/api/metrics/exposition.ts";
import type { Family, Reading } from "../../../src/api/metrics/family.ts";
import { bounded, familySections, metricsPage } from "../../../src/api/metrics/page.ts";
import { metricsInputOf } from "./metrics-input.ts";

const families = familySections.flatMap((section) => section.families);

describe("the families", () => {
  test("have names of their own, in Prometheus' words, with their unit at the end", () => {
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { name, unit, type, labels, help } of families) {
      expect(name).toMatch(/^lvskeeper_[a-z0-9_]+$/);
      expect(name).not.toMatch(/_(total|info|count|sum|bucket)$/);
      if (unit) expect(name).toMatch(new RegExp(`_${unit}$`));
      else expect(name).not.toMatch(/_(seconds|bytes)$/);
      if (type === "histogram") expect(unit).toBeDefined();
      for (const label of labels) expect(label).toMatch(/^[a-z_]+$/);
      expect(help).toMatch(/\.$/);
    }
  });

  test("of one director with everything all have a sample, but for those of the bound", () => {
    const page = metricsPage(metricsInputOf(), 20_000, "openmetrics");
    const missing = families.filter(({ name }) => !page.includes(`# TYPE ${name} `)).map(({ name }) => name);
    expect(missing).toEqual(["lvskeeper_metrics_omitted_series"]);
  });
});

const gauge: Family = { name: "a", type: "gauge", help: 'Says "a\\b".', labels: ["x", "y"] };

describe("the text", () => {
  test("of both forms", () => {
    const counter: Family = { name: "c", type: "counter", help: "C.", labels: [] };
    const seconds: Family = {
      name: "h_seconds",
      type: "histogram",
      unit: "seconds",
      help: "H.",
      labels: ["x"],
      bounds: [0.5, 1],
    };
    const readings: Reading[] = [
      {
        family: gauge,
        samples: [
          { labels: { y: "2", x: 'q"\\\n' }, value: 1.5 },
          { labels: {}, value: Number.NaN },
        ],
      },
      { family: counter, samples: [{ labels: {}, value: 3 }] },
      { family: seconds, samples: [{ labels: { x: "1" }, histogram: { counts: [1, 2, 3], sum: 4.5 } }] },
      { family: { ...gauge, name: "nothing" }, samples: [] },
    ];
    const histogram = [
      'h_seconds_bucket{x="1",le="0.5"} 1',
      'h_seconds_bucket{x="1",le="1.0"} 3',
      'h_seconds_bucket{x="1",le="+Inf"} 6',
      'h_seconds_sum{x="1"} 4.5',
      'h_seconds_count{x="1"} 6',
    ];
    expect(exposition(readings, "openmetrics").split("\n")).toEqual([
      ...['# HELP a Says \\"a\\\\b\\".', "# TYPE a gauge", 'a{x="q\\"\\\\\\n",y="2"} 1.5', "a NaN"],
      ...["# HELP c C.", "# TYPE c counter", "c_total 3"],
      ...["# HELP h_seconds H.", "# TYPE h_seconds histogram", "# UNIT h_seconds seconds", ...histogram],
      ...["# EOF", ""],
    ]);
    expect(exposition(readings, "prometheus").split("\n")).toEqual([
      ...['# HELP a Says "a\\\\b".', "# TYPE a gauge", 'a{x="q\\"\\\\\\n",y="2"} 1.5', "a NaN"],
      ...["# HELP c_total C.", "# TYPE c_total counter", "c_total 3"],
      ...["# HELP h_seconds H.", "# TYPE h_seconds histogram", ...histogram, ""],
    ]);
  });

  test("is the same table of values whatever the labels hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (x) => {
        const lines = exposition([{ family: gauge, samples: [{ labels: { x }, value: 1 }] }], "prometheus").split("\n");
        expect(lines).toHaveLength(4);
        const [, quoted] = /^a(?:\{x="((?:[^"\\]|\\["\\n])*)"\})? 1$/.exec(lines[2] ?? "") ?? ["", undefined];
        expect(lines[2]).toMatch(/ 1$/);
        const read = (quoted ?? "").replaceAll(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
        expect(read).toBe(x.replaceAll(/\p{Surrogate}/gu, "\ufffd"));
      }),
    );
  });

  test.for([
    [undefined, "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain;version=0.0.4", "prometheus"],
    ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "openmetrics"],
  ] as const)("for Accept %s is %s", ([accept, format]) => {
    expect(formatFor(accept)).toBe(format);
  });
});

describe("the bound", () => {
  test("leaves whole families out, the later ones first, and says which", () => {
    const input = metricsInputOf();
    const all = metricsPage(input, 20_000, "prometheus");
    const series = (page: string): number =>
      page.split("\n").filter((line) => /^[a-z]/.test(line) && !line.startsWith("lvskeeper_metrics_")).length;
    const page = metricsPage(input, series(all) - 1, "prometheus");
    expect(page).toContain('lvskeeper_metrics_omitted_series{family="lvskeeper_ipvs_destination_bytes"} 2');
    expect(page).not.toMatch(/^lvskeeper_ipvs_destination_bytes_total/m);
    expect(page).toMatch(/^lvskeeper_ipvs_destination_packets_total/m);
    expect(series(metricsPage(input, 100, "prometheus"))).toBeLessThanOrEqual(100);
  });

  test("holds for any sizes, and keeps all that fits before what does not", () => {
    const sizes = fc.array(fc.nat({ max: 30 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.nat({ max: 200 }), (counts, most) => {
        const all = counts.map(
          (count, i): Reading => ({
            family: { ...gauge, name: `f${i}` },
            samples: Array.from({ length: count }, () => ({ labels: {}, value: 1 })),
          }),
        );
        const { within, beyond, count } = bounded(all, most);
        expect(count).toBeLessThanOrEqual(most);
        expect(within.length + beyond.length).toBe(all.length);
        for (const reading of beyond) expect(count + reading.samples.length).toBeGreaterThan(most - 30);
      }),
    );
  });
});
