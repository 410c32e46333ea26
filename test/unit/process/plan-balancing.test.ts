import { expect, test } from "vitest";
import { quorumsOf } from "../../../src/process/checker-quorums.ts";
import { planChecker } from "../../../src/process/plan-checker.ts";
import type { Fleet } from "../../../src/virtual-server/fleet.ts";
import type { CheckerProcessPlan } from "../../../src/virtual-server/model.ts";
import { virtualServerKey } from "../../../src/virtual-server/names.ts";
import { checkerPlanOf } from "./planning.ts";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const server = (argument: string, protocol = "TCP"): string =>
  `virtual_server ${argument} {\nlb_algo rr\nlb_kind NAT\nprotocol ${protocol}\nreal_server 10.0.0.2 80 {\n}\n}\n`;
const SERVERS = `virtual_server_group web {\n10.0.0.3 80\n10.0.0.4 80\n}\n${server("10.0.0.1 53")}${server("10.0.0.1 53", "UDP")}${server("fwmark 7")}${server("group web")}`;
const BEFORE = SERVERS.split("\n").length - 1 + 4;

function balancing(lines: string, servers = SERVERS, group = "") {
  const { plan, codes } = vrrpPlanOf(`${servers}${instanceText("A", `${lines}\npriority 100`)}${group}`);
  return { tracks: plan.instances[0]?.trackBalancing, codes };
}

test("virtual servers and the checker, with and without a weight", () => {
  expect(
    balancing(
      "track_virtual_server 10.0.0.1:53 weight -20\ntrack_virtual_server group:web weight 20 reverse\ntrack_virtual_server fwmark:7\ntrack_checker weight -30",
    ),
  ).toEqual({
    tracks: [
      { name: "10.0.0.1:53", weight: -20, reverse: false },
      { name: "group:web", weight: 20, reverse: true },
      { name: "fwmark:7", weight: 0, reverse: false },
      { name: "checker", weight: -30, reverse: false },
    ],
    codes: [],
  });
  expect(balancing("track_checker").tracks).toEqual([{ name: "checker", weight: 0, reverse: false }]);
});

test("a group's lines count for its members", () => {
  const group = "vrrp_sync_group G {\ngroup {\nA\n}\ntrack_virtual_server fwmark:7 weight -5\ntrack_checker\n}\n";
  expect(balancing("", SERVERS, group)).toEqual({
    tracks: [
      { name: "fwmark:7", weight: -5, reverse: false },
      { name: "checker", weight: 0, reverse: false },
    ],
    codes: [],
  });
});

test.for([
  ["track_virtual_server 10.0.0.1:54", "vrrp/undefined-name"],
  ["track_virtual_server fwmark:8", "vrrp/undefined-name"],
  ["track_virtual_server web", "conf/bad-value"],
  ["track_virtual_server 10.0.0.1:53 weight 254", "conf/bad-value"],
  ["track_virtual_server", "conf/missing-value"],
  ["track_checker 10", "conf/unknown-option"],
] as const)("wrong: %s", ([line, code]) => {
  expect(balancing(line).codes).toEqual([`${code} ${BEFORE + 1}`]);
});

test("twice, and without a virtual server", () => {
  expect(balancing("track_checker\ntrack_checker weight 1").codes).toEqual([`vrrp/tracked-twice ${BEFORE + 2}`]);
  expect(balancing("track_checker", "")).toEqual({ tracks: undefined, codes: ["vrrp/undefined-name 5"] });
});

test("the checker is told whose quorum is asked for, and that somebody asks at all", () => {
  const toldWhen = (names: readonly string[]) => {
    const instances = [{ trackBalancing: names.map((name) => ({ name })) }];
    const { context, root } = checkerPlanOf(SERVERS);
    return planChecker(root, { instances } as never, context).told;
  };
  expect(toldWhen(["fwmark:7", "checker", "fwmark:7"])).toEqual(["fwmark:7"]);
  expect(toldWhen(["checker"])).toEqual([]);
  expect(toldWhen([])).toBeUndefined();
});

test("a name that several virtual servers have is up when all of them are", () => {
  const { virtualServers } = checkerPlanOf(SERVERS).plan;
  const plan = { virtualServers, told: ["10.0.0.1:53", "group:web"] } as unknown as CheckerProcessPlan;
  const fleet = (down: number): Fleet =>
    new Map(virtualServers.map((vs, i) => [virtualServerKey(vs), { quorumUp: i !== down } as never]));
  expect([-1, 0, 1, 2, 3].map((down) => quorumsOf(plan, fleet(down)))).toEqual([
    { "10.0.0.1:53": "up", "group:web": "up" },
    { "10.0.0.1:53": "down", "group:web": "up" },
    { "10.0.0.1:53": "down", "group:web": "up" },
    { "10.0.0.1:53": "up", "group:web": "up" },
    { "10.0.0.1:53": "up", "group:web": "down" },
  ]);
});
