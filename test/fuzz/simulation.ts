import assert from "node:assert/strict";
import type fc from "fast-check";
import { simulate } from "../unit/vrrp/simulation.ts";
import { scenarios } from "../unit/vrrp/simulation-scenario.ts";
import { type Files, textOf } from "./target.ts";

export const simulationCases: fc.Arbitrary<Files> = scenarios.map((scenario) => [
  ["scenario.json", `${JSON.stringify(scenario, undefined, 1)}\n`],
]);

/** Routers under a simulated network break no law. */
export async function checkSimulation(files: Files): Promise<void> {
  assert.deepEqual(await simulate(JSON.parse(textOf(files, "scenario.json"))), []);
}
