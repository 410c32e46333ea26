import { expect, test } from "vitest";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const planned = (lines: string) => {
  const { plan, codes } = vrrpPlanOf(instanceText("A", `priority 100\n${lines}`));
  return { check: plan.instances[0]?.takeoverCheck, codes };
};

test("without the block nothing is asked; an empty one has the defaults", () => {
  expect(planned("")).toEqual({ check: undefined, codes: [] });
  const check = { timeoutMs: 1000, onConflict: "hold", noWitness: "hold", witnesses: [] };
  expect(planned("takeover_check {\n}")).toEqual({ check, codes: [] });
});

test("all of it", () => {
  const lines =
    "takeover_check {\ntimeout 0.3\non_conflict take\nno_witness take\nwitness ping 10.0.0.254\nwitness tcp 2001:db8::1 3306\n}";
  const witnesses = [
    { kind: "ping", address: "10.0.0.254" },
    { kind: "tcp", address: "2001:db8::1", port: 3306 },
  ];
  const check = { timeoutMs: 300, onConflict: "take", noWitness: "take", witnesses };
  expect(planned(lines)).toEqual({ check, codes: [] });
});

test.for([
  ["witness udp 10.0.0.254 53", "conf/bad-value 7"],
  ["witness ping", "conf/missing-value 7"],
  ["witness tcp 10.0.0.254", "conf/missing-value 7"],
  ["witness tcp 10.0.0.254 0", "conf/bad-value 7"],
  ["witness ping 10.0.0.254 80", "conf/extra-words 7"],
  ["timeout 0", "conf/bad-value 7"],
  ["on_conflict warn", "conf/bad-value 7"],
  ["witness ping 10.0.0.51", "vrrp/witness-of-itself 7"],
] as const)("wrong: %s", ([line, code]) => {
  expect(planned(`takeover_check {\n${line}\n}`).codes).toEqual([code]);
});

test("the owner of the addresses asks nobody", () => {
  const { plan, codes } = vrrpPlanOf(instanceText("A", "priority 255\ntakeover_check {\n}"));
  expect([plan.instances[0]?.takeoverCheck, codes]).toEqual([undefined, ["vrrp/takeover-of-owner 6"]]);
});
