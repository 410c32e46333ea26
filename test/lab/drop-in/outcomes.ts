import { chmodSync } from "node:fs";
import { expect } from "vitest";
import type { Host, Lab } from "../lib/lab.ts";
import { type Point, PRELUDE } from "./points.ts";

export type Program = "keepalived" | "lvskeeper";
export type Outcome = { readonly status: number | null; readonly stdout: string };

const BIN = "/run/ha/bin";
export const UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/** Files that the points expect, and a `keepalived` that is Debian's or ours, started by its own first line. */
export async function prepare(lab: Lab, at: Host, program: Program, config: string): Promise<void> {
  await lab.run(at, `mkdir -p /run/ha/${UUID} ${BIN}`);
  if (program === "lvskeeper") {
    const main = await lab.program();
    const links = `ln -s ${main} ${BIN}/keepalived && ln -s ${process.execPath} ${BIN}/node`;
    chmodSync(main, 0o755);
    await lab.run(at, links);
  }
  await lab.writeFile(`/run/ha/${UUID}/keepalived.conf`, config, { at });
  const script = (name: string, text: string) => lab.writeFile(`/run/ha/${name}`, text, { at, mode: 0o755 });
  await script("notify", '#!/bin/sh\necho "$*" >> /run/ha/notify.log\n');
  await script("master", '#!/bin/sh\necho "master:$*" >> /run/ha/master.log\n');
}

/** Each point in its order. LVSKEEPER_LAB_SHOW=1 prints what came of it. */
export async function outcomesOf(
  lab: Lab,
  at: Host,
  program: Program,
  points: readonly Point[],
): Promise<readonly Outcome[]> {
  const found: Outcome[] = [];
  for (const { name, script } of points) {
    const text = `PATH=${BIN}:$PATH\n${PRELUDE}\n${script}`;
    const { status, stdout, stderr } = await lab.exec(at, text, { timeoutMs: 60_000 });
    if (process.env.LVSKEEPER_LAB_SHOW) console.log(`${program}: ${name}\n${status}\n${stdout}${stderr}`);
    found.push({ status, stdout });
  }
  return found;
}

/** The outcome is the one that is expected, with both. */
export function expectSame({ says, status = 0 }: Point, theirs: Outcome | undefined, ours: Outcome | undefined): void {
  expect(theirs).toEqual({ status, stdout: typeof says === "string" ? says : expect.stringMatching(says) });
  expect(ours).toEqual(theirs);
}
