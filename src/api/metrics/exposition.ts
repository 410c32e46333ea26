import type { HistogramCounts } from "../../core/histogram.ts";
import type { Family, Labels, Reading, Sample } from "./family.ts";

/** The two forms of the text: OpenMetrics 1.0, and what Prometheus had before it, which everything reads. */
export type Format = "openmetrics" | "prometheus";

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

/** The form that an Accept header asks for; OpenMetrics only where it is named. */
export const formatFor = (accept: string | undefined): Format =>
  /application\/openmetrics-text/.test(accept ?? "") ? "openmetrics" : "prometheus";

/** Readings as text. Families without a sample are left out. */
export function exposition(readings: readonly Reading[], format: Format): string {
  let text = "";
  for (const { family, samples } of readings) {
    if (samples.length === 0) continue;
    text += heading(family, format);
    for (const sample of samples) text += lines(family, sample);
  }
  return format === "openmetrics" ? `${text}# EOF\n` : text;
}

function heading({ name, type, unit, help }: Family, format: Format): string {
  if (format === "openmetrics") {
    const unitLine = unit ? `# UNIT ${name} ${unit}\n` : "";
    return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${unitLine}`;
  }
  const written = type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
  return `# HELP ${written} ${escapedHelp(help)}\n# TYPE ${written} ${type === "info" ? "gauge" : type}\n`;
}

function lines(family: Family, sample: Sample): string {
  const labels = labelText(family.labels, sample.labels);
  if ("histogram" in sample) return histogramLines(family, labels, sample.histogram);
  const suffix = family.type === "counter" ? "_total" : family.type === "info" ? "_info" : "";
  return `${family.name}${suffix}${braced(labels)} ${number(sample.value)}\n`;
}

/** Buckets are cumulative, and the last of them is all (OpenMetrics §5.2.5). */
function histogramLines({ name, bounds = [] }: Family, labels: string, { counts, sum }: HistogramCounts): string {
  let count = 0;
  let text = "";
  const comma = labels === "" ? "" : ",";
  for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    count += counts[i] ?? 0;
    text += `${name}_bucket{${labels}${comma}le="${bound === Number.POSITIVE_INFINITY ? "+Inf" : floatText(bound)}"} ${count}\n`;
  }
  return `${text}${name}_sum${braced(labels)} ${number(sum)}\n${name}_count${braced(labels)} ${count}\n`;
}

/** In the family's order; one that is empty is the same as none. */
const labelText = (names: readonly string[], labels: Labels): string =>
  names
    .filter((name) => labels[name] !== undefined && labels[name] !== "")
    .map((name) => `${name}="${escaped(labels[name] as string)}"`)
    .join(",");

const braced = (labels: string): string => (labels === "" ? "" : `{${labels}}`);

/** Bounds are written as canonical floats: "1.0" (OpenMetrics §4.4.1). */
const floatText = (bound: number): string => (Number.isInteger(bound) ? `${bound}.0` : String(bound));

const number = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";

const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, "\ufffd");

/** Text is UTF-8: halves of surrogate pairs, which a name out of a file may have, are not. */
const escaped = (text: string): string =>
  wellFormed(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

/** Prometheus' own form escapes no quotation marks in a help text. */
const escapedHelp = (text: string): string => wellFormed(text).replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
