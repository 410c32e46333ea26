import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFromChild } from "../../../src/process/message-guard.ts";

test.for([
  { name: "a heartbeat", value: { t: "heartbeat", lagMs: 3 }, from: "vrrp", taken: true },
  { name: "an answer without a result, which JSON leaves out", value: { t: "done", id: 1 }, from: "vrrp", taken: true },
  { name: "a heartbeat without its lag", value: { t: "heartbeat" }, from: "vrrp", taken: false },
  { name: "an unknown tag", value: { t: "shutdown" }, from: "vrrp", taken: false },
  { name: "a name that every object has", value: { t: "toString" }, from: "vrrp", taken: false },
  { name: "saved state that is null", value: { t: "saved", part: null }, from: "checker", taken: false },
  { name: "a request of the api process", value: { t: "request", id: 1, request: "stop" }, from: "api", taken: true },
  {
    name: "VRRP states from the api process",
    value: { t: "vrrp.state", instance: "a", state: "master" },
    from: "api",
    taken: false,
  },
  { name: "saved state from the api process", value: { t: "saved", part: {} }, from: "api", taken: false },
] as const)("$name: taken $taken", ({ value, from, taken }) => {
  expect(parseFromChild(value, from)).toEqual(taken ? value : undefined);
});

test("anything at all is a message or is dropped", () => {
  fc.assert(fc.property(fc.anything(), (value) => void parseFromChild(value, "checker")));
});
