import type { TrackedCheckPlan } from "./model.ts";

export type FileCheckPlan = Extract<TrackedCheckPlan, { readonly kind: "FILE_CHECK" }>;

/** What the number in a file means for a real server: `delta` is added to its weight. */
export type FileOutcome = { readonly up: boolean; readonly delta: number; readonly detail: string };

/** A product from here on down takes the server out, as in keepalived. */
const FAULT_PRODUCT = -(2 ** 31);

/** With weight 0 any number but 0 takes the server out (reverse: 0 does); otherwise the number times the weight is added
 *  to the server's own. */
export function judgeFile({ trackFile, weight, reverse }: FileCheckPlan, value: number): FileOutcome {
  const holds = `track_file ${trackFile} holds ${value}`;
  if (weight === 0) return { up: (value === 0) === (reverse === undefined), delta: 0, detail: holds };
  const delta = value * weight + 0; // no -0
  if (delta <= FAULT_PRODUCT) return { up: false, delta: 0, detail: `${holds}, which times ${weight} is a fault` };
  return { up: true, delta, detail: `${holds}: weight ${delta < 0 ? "" : "+"}${delta}` };
}
