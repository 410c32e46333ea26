import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { messageEntries, messagesPage } from "../../../src/process/messages-page.ts";

test("every message's example is a sentence of plain values", () => {
  expect(messageEntries.length).toBeGreaterThan(120);
  for (const { event, sentence, means } of messageEntries) {
    expect([event, sentence]).toEqual([event, expect.not.stringMatching(/undefined|NaN|\[object|^\s*$/)]);
    expect(means).toMatch(/\.$/);
  }
});

test("a message has one entry in its area, and the page has them all", () => {
  const page = messagesPage();
  const names = messageEntries.map(({ area, event }) => `${area}/${event}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { event } of messageEntries) expect(page).toContain(`### ${event}\n`);
  expect(readFileSync("docs/messages.md", "utf8")).toBe(page);
});
