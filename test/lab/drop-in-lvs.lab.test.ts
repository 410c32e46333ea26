import { afterAll, beforeAll, describe, test } from "vitest";
import { LVS_CONFIG, lvsPoints } from "./drop-in/lvs-points.ts";
import { expectSame, type Outcome, outcomesOf, prepare } from "./drop-in/outcomes.ts";
import type { Point } from "./drop-in/points.ts";
import { Lab } from "./lib/lab.ts";

/** As drop-in.lab.test.ts, of a load balancer: it needs a kernel with IPVS. */

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const points = lvsPoints.filter(({ long }) => full || !long);

let lab: Lab;
let theirs: readonly Outcome[] = [];
let ours: readonly Outcome[] = [];
beforeAll(async () => {
  lab = await Lab.start();
  await lab.web("rs1");
  await Promise.all([prepare(lab, "d1", "keepalived", LVS_CONFIG), prepare(lab, "d2", "lvskeeper", LVS_CONFIG)]);
  [theirs, ours] = await Promise.all([
    outcomesOf(lab, "d1", "keepalived", points),
    outcomesOf(lab, "d2", "lvskeeper", points),
  ]);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

describe("the same outcome with both", () => {
  test.each(points.map((point, i) => ({ ...point, i })))("$name", ({ i, ...point }: Point & { readonly i: number }) =>
    expectSame(point, theirs[i], ours[i]),
  );
});
