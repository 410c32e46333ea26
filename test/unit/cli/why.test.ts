import fc from "fast-check";
import { expect, test } from "vitest";
import { explain } from "../../../src/cli/why.ts";
import { subjectsOf } from "../../../src/cli/why-subject.ts";
import { reasonText } from "../../../src/cli/why-text.ts";
import { type Situation, situations } from "./situations.ts";

const FOLDER = "../../golden/why";
const why = ({ status, events }: Situation, thing: string): string => reasonText(explain(status, events, thing));

test.for(Object.entries(situations))(
  "%s: an address explains instance, virtual server and real servers",
  async ([name, situation]) => {
    const text = ["192.0.2.100", "10.0.0.12:80"].map((thing) => `$ why ${thing}\n${why(situation, thing)}`).join("\n");
    await expect(text).toMatchFileSnapshot(`${FOLDER}/${name.replaceAll(" ", "-")}.txt`);
  },
);

const names = (thing: string): string[] =>
  subjectsOf(situations["all well"].status, thing).map((subject) => subject.kind);

test.for([
  ["VI_1", ["instance"]],
  ["192.0.2.100", ["instance", "virtual server"]],
  ["192.0.2.100/24", ["instance", "virtual server"]],
  ["192.0.2.100:80", ["virtual server"]],
  ["192.0.2.100:80/tcp", ["virtual server"]],
  ["192.0.2.100:80/udp", []],
  ["192.0.2.100:81", []],
  ["[192.0.2.100]:tcp:80", ["virtual server"]],
  ["[10.0.0.11]:80", ["real server"]],
  ["10.0.0.11", ["real server"]],
  ["10.0.0.1", []],
  ["fwm:3", []],
  ["", []],
] as const)("%s means %j", ([thing, kinds]) => {
  const found = names(thing);
  expect(found).toEqual(kinds);
});

test("any word is explained or means nothing, and what others said stays on one line", () => {
  const { status, events } = situations["quorum lost"];
  fc.assert(
    fc.property(fc.string(), (thing) => {
      const reasons = explain(status, events, thing);
      expect(reasonText([{ text: thing, because: reasons }]).split("\n")).toHaveLength(
        2 + reasons.reduce((sum, one) => sum + sizeOf(one), 0),
      );
    }),
  );
});

type Sized = { readonly because: readonly Sized[] };
const sizeOf = ({ because }: Sized): number => 1 + because.reduce((sum, one) => sum + sizeOf(one), 0);

test("a director whose processes do not answer explains nothing", () => {
  const { status } = situations["all well"];
  const silent = { ...status, vrrp: "vrrp did not answer", checker: "checker did not answer" };
  expect(explain(silent, [], "VI_1")).toEqual([]);
});
