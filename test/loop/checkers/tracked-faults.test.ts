import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBfdChecks } from "../../../src/checkers/bfd-checks.ts";
import { createFileChecks } from "../../../src/checkers/file-checks.ts";
import type { CheckerState } from "../../../src/checkers/model.ts";
import { type BfdRow, type FileRow, type FileStep, saidOfTracked, trackedRows } from "../../faults/tracked-rows.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tracked-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function put(file: string, step: FileStep): void {
  if (typeof step !== "string") {
    writeFileSync(file, step.text);
    return;
  }
  rmSync(file, { force: true, recursive: true });
  if (step === "folder") mkdirSync(file);
  if (step === "fifo") execFileSync("mkfifo", [file]);
}

/** What a file is made for counts once it has been read again: a second one, written behind it, tells when. */
async function meetFile({ steps, weight = 0, reverse }: FileRow, name: string): Promise<CheckerState | undefined> {
  const file = path.join(folder, name);
  const marker = path.join(folder, `${name}-read`);
  let seen = () => {};
  const checks = createFileChecks(
    () => {},
    (ids) => ids.has("marker") && seen(),
  );
  const common = { kind: "FILE_CHECK", alpha: false, weight: 0 } as const;
  const plans = [
    { ...common, id: "row", trackFile: name, weight, ...(reverse && { reverse }) },
    { ...common, id: "marker", trackFile: "marker", weight: 1 },
  ];
  const files = [
    { name, file },
    { name: "marker", file: marker },
  ];
  checks.configure(files, plans, true);
  for (const [at, step] of steps.entries()) {
    const read = new Promise<void>((resolve) => {
      seen = resolve;
    });
    put(file, step);
    writeFileSync(marker, String(at + 1));
    await read;
  }
  const state = checks.state("row");
  checks.stop();
  return state;
}

function meetBfd({ steps, alpha }: BfdRow, instance: string): CheckerState | undefined {
  const checks = createBfdChecks({ sink: () => {}, onChange: () => {}, onKnown: () => {} });
  checks.configure([{ kind: "BFD_CHECK", id: "row", instance, alpha: alpha === true }]);
  for (const step of steps) checks.hear(step === "gone" ? {} : { [instance]: step });
  return checks.state("row");
}

test.for(trackedRows.map((row, at) => [`${row.kind}: ${row.fault}`, row, `row${at}`] as const))(
  "%s",
  async ([, row, name]) => {
    const state = row.kind === "FILE_CHECK" ? await meetFile(row, name) : meetBfd(row, name);
    const { lastVerdict: verdict, up, why } = state ?? {};
    expect({ up, reason: verdict && "reason" in verdict ? verdict.reason : undefined }).toEqual({
      up: row.reason === undefined,
      reason: row.reason,
    });
    expect(verdict?.detail).toBe(saidOfTracked(row, name));
    expect(why).toBe(row.reason === undefined ? undefined : saidOfTracked(row, name));
  },
);
