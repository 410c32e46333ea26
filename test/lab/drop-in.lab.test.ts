import { beforeAll, describe, test } from "vitest";
import { expectSame, type Outcome, outcomesOf, type Program, prepare } from "./drop-in/outcomes.ts";
import { CONFIG, type Point, points } from "./drop-in/points.ts";
import { Lab } from "./lib/lab.ts";

/** One script of what exporters and orchestration do to keepalived, with Debian's keepalived and with ours. */

async function outcomes(program: Program): Promise<readonly Outcome[]> {
  await using lab = await Lab.start({ kernel: "local" });
  await prepare(lab, "d1", program, CONFIG);
  const watcher = await lab.bundle("test/lab/guest/close-write.ts");
  await lab.spawn("d1", ["sh", "-c", `exec ${process.execPath} ${watcher} /tmp > /run/ha/closed.log`]);
  await lab.eventually("the folder of the dumps is watched", 10_000, async () =>
    (await lab.readFile("/run/ha/closed.log", { at: "d1" })).includes("watching"),
  );
  return await outcomesOf(lab, "d1", program, points); // the lab ends with this block
}

let theirs: readonly Outcome[] = [];
let ours: readonly Outcome[] = [];
beforeAll(async () => {
  [theirs, ours] = await Promise.all([outcomes("keepalived"), outcomes("lvskeeper")]);
});

describe("the same outcome with both", () => {
  test.each(points.map((point, i) => ({ ...point, i })))("$name", ({ i, ...point }: Point & { readonly i: number }) =>
    expectSame(point, theirs[i], ours[i]),
  );
});
