/** What a client got that asks a server again and again. */
export type Answers = {
  readonly asked: number;
  readonly failed: number;
  /** Body, or what a query had for an answer (trimmed) → how often. */
  readonly bodies: Readonly<Record<string, number>>;
  /** The longest time between two answers one after the other. */
  readonly longestMs: number;
};

/** One line of http-probe.ts or mysql-probe.ts: when the answer came (ms), whether it was one, and its text or error. */
export type ProbeLine = { readonly atMs: number; readonly ok: boolean; readonly text: string };

export function summarize(log: string): Answers {
  const lines = log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as ProbeLine);
  const good = lines.filter(({ ok }) => ok);
  const bodies: Record<string, number> = {};
  for (const { text } of good) bodies[text] = (bodies[text] ?? 0) + 1;
  const silences = good.slice(1).map(({ atMs }, i) => atMs - (good[i]?.atMs ?? atMs));
  return { asked: lines.length, failed: lines.length - good.length, bodies, longestMs: Math.max(0, ...silences) };
}
