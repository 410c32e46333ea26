import { expect, test } from "vitest";
import { createBfdChecks } from "../../../src/checkers/bfd-checks.ts";

const check = (instance: string, alpha = false) => ({
  kind: "BFD_CHECK" as const,
  id: `BFD_CHECK ${instance}`,
  instance,
  alpha,
});

function checks(known?: Record<string, boolean>) {
  const changed: string[][] = [];
  const told: [string, boolean | null][] = [];
  const one = createBfdChecks({
    sink: () => {},
    known,
    onChange: (ids) => changed.push([...ids]),
    onKnown: (...args) => told.push(args),
  });
  return { one, changed, told };
}

test("before its session is known a server counts as it starts: up, or with alpha down", () => {
  const { one, changed } = checks();
  one.configure([check("a"), check("b", true)]);
  expect([one.state("BFD_CHECK a")?.up, one.state("BFD_CHECK b")?.up]).toEqual([true, false]);
  one.hear({ a: "unknown", b: "unknown" });
  expect(changed).toEqual([]);
});

test("the server follows its session, and says why it is out", () => {
  const { one, changed, told } = checks();
  one.configure([check("a"), check("b")]);
  one.hear({ a: "down", b: "up", c: "down" });
  expect(changed).toEqual([["BFD_CHECK a"]]);
  expect(one.state("BFD_CHECK a")).toMatchObject({ up: false, why: "BFD session a is down" });
  one.hear({ a: "up", b: "up", c: "up" });
  expect(one.state("BFD_CHECK a")?.up).toBe(true);
  expect(told).toEqual([
    ["a", false],
    ["b", true],
    ["a", true],
  ]);
});

test("a BFD process or a checker process that begins anew lets no server in or out", () => {
  const { one, changed } = checks({ a: false, b: true });
  one.configure([check("a"), check("b", true)]);
  expect([one.state("BFD_CHECK a")?.up, one.state("BFD_CHECK b")?.up]).toEqual([false, true]);
  one.hear({ a: "unknown", b: "unknown" });
  expect(changed).toEqual([]);
});
