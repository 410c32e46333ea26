import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BfdVerdicts } from "../../../src/bfd/model.ts";
import { followFeed, openFeed } from "../../../src/process/bfd-feed.ts";
import { leaveSocket } from "./left-socket.ts";

let folder: string;
let ends: (() => void)[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lvk-feed-"));
  ends = [];
});
afterEach(() => {
  for (const end of ends) end();
  rmSync(folder, { recursive: true, force: true });
});
const noTrouble = (error: string): void => {
  throw new Error(error);
};

function follower(file: string): BfdVerdicts[] {
  const heard: BfdVerdicts[] = [];
  ends.push(followFeed(file, (verdicts) => heard.push(verdicts)));
  return heard;
}

test("a follower knows everything at once, and each change; also of one that began after it, or took another's place", async () => {
  const file = path.join(folder, "run", "bfd.sock");
  const heard = follower(file);
  let now: BfdVerdicts = { a: "unknown", "b c": "down" };
  const first = openFeed(file, () => now, noTrouble);
  await vi.waitFor(() => expect(heard).toEqual([now]));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  now = { a: "up", "b c": "down" };
  first.tell();
  first.tell();
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(now));
  expect(heard).toHaveLength(2);
  first.close();
  const second = openFeed(file, () => ({ a: "unknown" }), noTrouble);
  ends.push(() => second.close());
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ a: "unknown" }));
  const other = follower(file);
  await vi.waitFor(() => expect(other).toEqual([{ a: "unknown" }]));
});

test("a socket that one who was killed left behind is replaced", async () => {
  const file = path.join(folder, "bfd.sock");
  leaveSocket(file);
  const feed = openFeed(file, () => ({ a: "up" }), noTrouble);
  ends.push(() => feed.close());
  const heard = follower(file);
  await vi.waitFor(() => expect(heard).toEqual([{ a: "up" }]));
});

test("a follower that does not read holds nobody up, and is told the newest state when it does", async () => {
  const file = path.join(folder, "bfd.sock");
  let count = 0;
  const many = (): BfdVerdicts => Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`s${i} ${count}`, "up"]));
  const feed = openFeed(file, many, noTrouble);
  ends.push(() => feed.close());
  const slow = connect(file);
  ends.push(() => slow.destroy());
  await new Promise((resolve) => slow.once("connect", resolve));
  const quick = follower(file);
  for (count = 1; count <= 60; count++) {
    feed.tell();
    await new Promise((resolve) => setImmediate(resolve));
  }
  count = 61;
  feed.tell();
  await vi.waitFor(() => expect(Object.keys(quick.at(-1) ?? {})[0]).toBe("s0 61"), 5000);
  let text = "";
  slow.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await vi.waitFor(() => expect(text.trimEnd().split("\n").at(-1)).toContain('"s0 61"'), 5000);
  expect(text.length).toBeLessThan(40 * JSON.stringify(many()).length);
});

test("where no socket can be made it is told once, and tried again", async () => {
  const file = path.join(folder, "x".repeat(200), "bfd.sock");
  const trouble = vi.fn();
  const feed = openFeed(file, () => ({}), trouble);
  ends.push(() => feed.close());
  await vi.waitFor(() => expect(trouble).toHaveBeenCalledTimes(1));
  expect(trouble.mock.calls[0]?.[0]).toContain(file);
});
