import { expect, test } from "vitest";
import type { BfdStatus } from "../../../src/bfd/model.ts";
import { outlineOf } from "../../../src/outline/status.ts";
import { HEADS, SERVER_HEADS } from "../../../src/page/heads.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { situations } from "../cli/situations.ts";

const session: BfdStatus["sessions"][number] = {
  name: "peer",
  neighbor: "192.0.2.3",
  multihop: false,
  verdict: "up",
  state: "up",
  sinceWallMs: 1,
  diagnostic: 0,
  diagnosticText: "",
  discriminator: 1,
  received: 1,
  sent: 1,
  sendErrors: 0,
  timesUp: 1,
  timesDown: 0,
};
const { status } = situations["all well"];
const whole: DirectorStatus = {
  ...status,
  bfd: { sessions: [session], dropped: {} as BfdStatus["dropped"], trouble: [] },
  reloads: [{ atWallMs: 1, ok: true }],
};

test("each column of a table has a heading", () => {
  const { sections } = outlineOf(whole);
  expect(sections.map(({ id }) => id)).toEqual([
    "processes",
    "instances",
    "trackers",
    "services",
    "sessions",
    "reloads",
  ]);
  for (const { id, rows } of sections) {
    const [heads, shown] =
      id === "services" ? [SERVER_HEADS, rows.flatMap(({ children }) => children)] : [HEADS[id], rows];
    expect(shown.length).toBeGreaterThan(0);
    for (const { cells } of shown) expect(cells.length, id).toBe(heads.length);
  }
});
