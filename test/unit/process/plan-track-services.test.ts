import { expect, test } from "vitest";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const planned = (lines: string, rest = "") => {
  const { plan, codes } = vrrpPlanOf(instanceText("A", `priority 100\n${lines}`) + rest);
  return { tracks: plan.instances[0]?.trackServices, services: plan.trackServices, codes };
};
const times = { intervalMs: 1000, timeoutMs: 1000, fall: 2, rise: 1 };

test("one line is enough, and each setting can be given", () => {
  expect(planned("track_service tcp 3306")).toEqual({
    tracks: [{ name: "tcp://127.0.0.1:3306", weight: 0, reverse: false }],
    services: [{ name: "tcp://127.0.0.1:3306", protocol: "tcp", address: "127.0.0.1", port: 3306, ...times }],
    codes: [],
  });
  const line =
    "track_service http 8080 weight -20 reverse address ::1 path /health status 204 interval 5 timeout 0.5 fall 3 rise 2";
  const name = "http://[::1]:8080/health";
  const http = { protocol: "http", address: "::1", port: 8080, path: "/health", status: { from: 204, to: 204 } };
  expect(planned(line)).toEqual({
    tracks: [{ name, weight: -20, reverse: true }],
    services: [{ name, ...http, intervalMs: 5000, timeoutMs: 500, fall: 3, rise: 2 }],
    codes: [],
  });
});

test("a group's line counts for its members, and is tried once", () => {
  const group = "vrrp_sync_group G {\ngroup {\nA\n}\ntrack_service http 80 weight -5\n}\n";
  const { tracks, services, codes } = planned("", group);
  expect([tracks?.map(({ name, weight }) => `${name} ${weight}`), services?.length, codes]).toEqual([
    ["http://127.0.0.1:80 -5"],
    1,
    [],
  ]);
});

test.for([
  ["track_service udp 53", ["conf/bad-value 6"]],
  ["track_service tcp", ["conf/missing-value 6"]],
  ["track_service tcp 70000", ["conf/bad-value 6"]],
  ["track_service tcp 80 weight 254", ["conf/bad-value 6"]],
  ["track_service tcp 80 every 2", ["conf/unknown-option 6"]],
  ["track_service tcp 80 path /", ["vrrp/http-only 6"]],
  ["track_service tcp 80 address 10.0.0.51", ["vrrp/service-on-vip 6"]],
  ["track_service tcp 80\ntrack_service tcp 80 weight 1", ["vrrp/tracked-twice 7"]],
  ["nopreempt\ntrack_service tcp 80 weight -20", ["vrrp/weight-nopreempt 7"]],
  ["track_service tcp 80 weight 200", ["vrrp/weight-cut 6"]],
] as const)("remarks: %s", ([lines, codes]) => {
  expect(planned(lines).codes).toEqual(codes);
});

test("one service with two settings: the first counts", () => {
  const other = instanceText("B", "priority 100\ntrack_service tcp 80 fall 5", 52);
  const { services, codes } = planned("track_service tcp 80 fall 3", other);
  expect([services?.map(({ fall }) => fall), codes.map((code) => code.split(" ")[0])]).toEqual([
    [3],
    ["vrrp/service-differs"],
  ]);
});
