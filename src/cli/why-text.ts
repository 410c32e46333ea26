import { plainText } from "../core/plain-text.ts";

/** A fact and what it follows from, nearest first. */
export type Reason = { readonly text: string; readonly because: readonly Reason[] };

export const reason = (text: string, ...because: readonly (Reason | undefined)[]): Reason => ({
  text,
  because: because.filter((one) => one !== undefined),
});

/** A fact a line, its causes indented below it. What the network and scripts said stays on its line. */
export function reasonText(reasons: readonly Reason[]): string {
  const lines = (one: Reason, depth: number): string[] => [
    `${"  ".repeat(depth)}${depth === 0 ? "" : "- "}${plainText(one.text)}`,
    ...one.because.flatMap((cause) => lines(cause, depth + 1)),
  ];
  return `${reasons.map((one) => lines(one, 0).join("\n")).join("\n\n")}\n`;
}
