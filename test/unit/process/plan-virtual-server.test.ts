import { expect, test } from "vitest";
import { checkerPlanOf, serverPlanOf } from "./planning.ts";

test.for([
  ["", "", []],
  ["ops", "", ["vs/ops-protocol 1"]],
  ["sh-port", "", ["vs/scheduler-flag 1"]],
  ["quorum 5", "", ["vs/quorum 1"]],
  ["weight 9\nquorum 5\nhysteresis 5", "", ["vs/hysteresis 3"]],
  ["sorry_server_inhibit", "", ["vs/no-sorry-server 1"]],
  ["sorry_server_lvs_method DR\nsorry_server 10.0.0.9 80", "", ["vs/order 1"]],
  ["sorry_server 10.0.0.9 80\nsorry_server_lvs_method DR", "", []],
  ["sorry_server 10.0.0.9 90\nsorry_server_lvs_method DR", "", ["vs/forced-port 1"]],
  ["sorry_server 2001:db8::9 80", "", ["vs/family 1"]],
  ["sorry_server 10.0.0.2 80\nsorry_server_inhibit", "", ["vs/sorry-inhibit 1"]],
  ["sorry_server 10.0.0.2 80\nsorry_server_inhibit", "inhibit_on_failure", []],
  ["sorry_server nobody", "", ["conf/bad-value 1"]],
  ["ip_family inet6", "", ["vs/family 1"]],
  ["ip_family inet", "", []],
  ["persistence_engine sip", "", ["vs/engine 1"]],
  ["persistence_engine sip\npersistence_timeout", "", []],
  ["persistence_granularity 64", "", ["vs/granularity 1"]],
  ["persistence_granularity 24", "", ["vs/granularity 1"]],
  ["", "uthreshold 10\nlthreshold 20", ["vs/thresholds 4"]],
  ["", "lthreshold 20", ["vs/thresholds 3"]],
  ["", "uthreshold 20\nlthreshold 10", []],
  ["real_server 10.0.0.2 80 {\n}", "", ["vs/duplicate-real-server 3"]],
  ["real_server 2001:db8::2 80 {\n}", "", ["vs/family 1"]],
  ["real_server 2001:db8::2 80 {\nlvs_method TUN\n}", "", []],
  ["hashed", "", ["conf/no-effect 1"]],
] as [string, string, string[]][])("%j, real server %j: %j", ([lines, server, codes]) => {
  expect(serverPlanOf(lines, server).codes).toEqual(codes);
});

test.for([
  ["uthreshold 20\nlthreshold 10", [20, 10]],
  ["uthreshold 20\nlthreshold 20", [20, 20]],
  ["uthreshold 10\nlthreshold 20", [10, 0]],
  ["lthreshold 20", [0, 0]],
] as [string, number[]][])("%j: thresholds that the kernel takes", ([lines, expected]) => {
  const [server] = serverPlanOf("", lines).plan.realServers;
  expect([server?.upperThreshold, server?.lowerThreshold]).toEqual(expected);
});

test("what is not given, and what is missing", () => {
  const { plan, codes } = checkerPlanOf("virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n}\n}");
  expect(codes).toEqual(["vs/no-protocol 1", "vs/no-lb-kind 1", "vs/no-lb-algo 1"]);
  expect(plan.virtualServers).toEqual([
    {
      name: "[10.0.0.1]:udp:80",
      id: { kind: "address", protocol: "udp", address: "10.0.0.1", port: 80 },
      scheduler: "wlc",
      flags: 0,
      persistenceTimeoutS: 0,
      persistenceMaskBits: 32,
      quorum: 1,
      hysteresis: 0,
      omega: false,
      notify: {},
      smtpAlert: false,
      realServers: [
        {
          address: "10.0.0.2",
          port: 80,
          weight: 1,
          forwarding: { method: "nat" },
          inhibitOnFailure: false,
          upperThreshold: 0,
          lowerThreshold: 0,
          checkers: [],
          notify: {},
          smtpAlert: true,
        },
      ],
    },
  ]);
});

test("a value that is wrong is one finding: what is missing by it is not told too", () => {
  const text = (lines: string) => `virtual_server 10.0.0.1 {\n${lines}\nreal_server 10.0.0.2 80 {\n}\n}`;
  expect(checkerPlanOf(text("protocol FTP\nlb_kind GRE\nlb_algo best\npersistence_timeout no")).codes).toEqual([
    "conf/bad-value 2",
    "conf/bad-value 3",
    "conf/bad-value 4",
    "conf/bad-value 5",
  ]);
});

test.for([
  ["lb_algo sh\nsh-port", 16, []],
  ["lb_algo sh\nsh-fallback", 8, []],
  ["lvs_sched mh\nmh-port\nmh-fallback", 24, []],
  ["sh-port\nlb_algo sh", 16, ["vs/order"]],
  ["lb_algo mh\nsh-port", 0, ["vs/scheduler-flag"]],
  ["lb_algo rr\nflag-1\nflag-2\nflag-3", 56, []],
  ["lb_algo rr\nprotocol UDP\nops", 4, []],
  ["lb_algo rr\npersistence_timeout", 1, []],
] as [string, number, string[]][])("%j: flags %i", ([lines, flags, codes]) => {
  const { plan, codes: said } = checkerPlanOf(
    `virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\n${lines}\nreal_server 10.0.0.2 80 {\n}\n}`,
  );
  expect(plan.virtualServers[0]?.flags).toBe(flags);
  expect(said.map((code) => code.split(" ")[0])).toEqual(codes);
});

test.for([
  ["NAT", "10.0.0.2 8080", 8080, 0],
  ["NAT", "10.0.0.2", 80, 0],
  ["DR", "10.0.0.2 8080", 80, 1],
  ["DR", "10.0.0.2", 80, 0],
  ["TUN", "10.0.0.2 80", 80, 0],
] as const)("%s to %s goes to port %i", ([kind, argument, port, said]) => {
  const { plan, codes } = checkerPlanOf(
    `virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind ${kind}\nprotocol TCP\nreal_server ${argument} {\n}\n}`,
  );
  expect(plan.virtualServers[0]?.realServers[0]?.port).toBe(port);
  expect(codes.length).toBe(said);
});

const withGroup = (lines: string, more = "", arguments_ = "10.0.0.2") =>
  checkerPlanOf(
    `virtual_server_group G {\n${lines}\n}\nvirtual_server group G {\nlb_algo rr\nlb_kind DR\n${more}\nreal_server ${arguments_} {\n}\n}`,
  );

test("a group of one service is that service, under the group's name", () => {
  const { plan, codes } = withGroup("10.0.0.1 80", "protocol TCP");
  expect(codes).toEqual([]);
  const [server] = plan.virtualServers;
  expect(server?.name).toBe("[G]:0");
  expect(server?.id).toEqual({ kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 });
  expect(server?.group?.ranges.length).toBe(1);
  expect(server?.realServers[0]?.port).toBe(80);
});

test("names of the servers of a group behind DR have the port that is written, though the kernel does not go by it", () => {
  const { plan } = withGroup("10.0.0.1 80-81", "protocol TCP\nsorry_server 10.0.0.9 8089", "10.0.0.2 8080");
  const [server] = plan.virtualServers;
  expect(server?.realServers[0]).toMatchObject({ port: 0, namedPort: 8080 });
  expect(server?.sorryServer).toMatchObject({ port: 0, namedPort: 8089 });
});

test("a group of many is in the plan with all its services", () => {
  const { plan, codes } = withGroup("10.0.0.1-9 80\nfwmark 5\n10.0.1.0/30 8000-8001", "protocol TCP");
  expect(codes).toEqual([]);
  const [server] = plan.virtualServers;
  expect(server?.group).toEqual({
    name: "G",
    position: 0,
    ranges: [
      {
        kind: "addresses",
        protocol: "tcp",
        first: "10.0.0.1",
        last: "10.0.0.9",
        count: 9,
        firstPort: 80,
        lastPort: 80,
      },
      { kind: "fwmark", family: 4, fwmark: 5 },
      {
        kind: "addresses",
        protocol: "tcp",
        first: "10.0.1.0",
        last: "10.0.1.3",
        count: 4,
        firstPort: 8000,
        lastPort: 8001,
      },
    ],
  });
  expect(server?.realServers[0]?.port).toBe(0);
});

test.for([
  ["fwmark 5", "", []],
  ["fwmark 5", "protocol TCP", []],
  ["10.0.0.1 80", "", ["vs/no-protocol"]],
  ["10.0.0.1-9 80\n10.0.0.5 80", "protocol TCP", ["vs/duplicate-member"]],
  ["10.0.0.1", "protocol TCP", ["vs/no-port"]],
  ["10.0.0.1", "protocol TCP\npersistence_timeout", []],
  ["2001:db8::1 80", "protocol TCP", ["vs/family"]],
  ["fwmark 5 inet6", "", ["vs/family"]],
  ["", "protocol TCP", ["vs/empty-group"]],
] as [string, string, string[]][])("a group of %j with %j: %j", ([lines, more, codes]) => {
  expect(withGroup(lines, more).codes.map((code) => code.split(" ")[0])).toEqual(codes);
});

test("groups by their names", () => {
  const server = (name: string, protocol: string) =>
    `virtual_server group ${name} {\nlb_algo rr\nlb_kind DR\nprotocol ${protocol}\nreal_server 10.0.0.2 {\n}\n}\n`;
  const group = (name: string, line: string) => `virtual_server_group ${name} {\n${line}\n}\n`;
  const plain = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\nreal_server 10.0.0.2 {\n}\n}\n";
  expect(checkerPlanOf(server("web", "TCP")).codes).toEqual(["vs/unknown-group 1"]);
  expect(checkerPlanOf(group("web", "10.0.0.1 80")).codes).toEqual(["vs/unused-group 1"]);
  expect(checkerPlanOf(group("a", "10.0.0.1 80") + group("a", "10.0.0.2 80") + server("a", "TCP")).codes).toEqual([
    "vs/duplicate-group 4",
  ]);
  const shared = checkerPlanOf(group("a", "10.0.0.1 80") + server("a", "TCP") + server("a", "UDP"));
  expect(shared.plan.virtualServers.map(({ name }) => name)).toEqual(["[a]:0", "[a]:1"]);
  const same = checkerPlanOf(group("a", "10.0.0.1 80") + server("a", "TCP") + server("a", "TCP"));
  expect(same.codes).toEqual([]);
  expect(same.plan.virtualServers.map(({ name }) => name)).toEqual(["[a]:0", "[a]:1"]);
  const other = server("a", "TCP").replace("rr", "wlc");
  expect(checkerPlanOf(group("a", "10.0.0.1 80") + server("a", "TCP") + other).codes).toEqual(["vs/shared-service 11"]);
  const twice = group("a", "10.0.0.1-3 80") + plain + server("a", "TCP");
  expect(checkerPlanOf(twice).codes).toContain("vs/duplicate 11");
});

test("more services than any director holds are refused in bounded time", () => {
  const lines = Array.from({ length: 300 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24 1-65535`).join("\n");
  expect(withGroup(lines, "protocol TCP").codes).toContain("vs/group-too-large 303");
});

const V4 = "real_server 10.0.0.2 {\n}\n";
const V6 = "real_server 2001:db8::2 {\n}\n";
test.for([
  ["", V6, 6],
  ["lb_kind TUN\n", V6, 6],
  ["lb_kind TUN\n", `${V6}${V4}`, 4],
  ["lb_kind TUN\n", `${V6}real_server 2001:db8::3 {\nlvs_method DR\n}\n${V4}`, 6],
  ["lb_kind TUN\nsorry_server 10.0.0.9\n", V6, 4],
  ["lb_kind TUN\nsorry_server 2001:db8::9\nsorry_server_lvs_method DR\n", V4, 6],
  ["lb_kind TUN\nip_family inet6\n", V4, 6],
  ["lb_kind TUN\npersistence_granularity 255.255.255.0\n", V6, 4],
] as [string, string, number][])("a mark with %j and %j is of IPv%i", ([lines, servers, family]) => {
  const { plan } = checkerPlanOf(`virtual_server fwmark 7 {\nlb_algo rr\n${lines}${servers}}\n`);
  expect(plan.virtualServers[0]?.id).toEqual({ kind: "fwmark", family, fwmark: 7 });
});

test.for([
  ["fwmark 7", 4],
  ["fwmark 7\n2001:db8::1 80", 6],
  ["fwmark 7\n2001:db8::1 80\nfwmark 8 inet", 4],
  ["fwmark 7 inet6", 6],
] as [string, number][])("the mark of a group %j whose servers are behind tunnels is of IPv%i", ([lines, family]) => {
  const text = `virtual_server group g {\nlb_algo rr\nlb_kind TUN\nprotocol TCP\n${V6}${V4}}\n`;
  const { plan } = checkerPlanOf(`virtual_server_group g {\n${lines}\n}\n${text}`);
  expect(plan.virtualServers[0]?.group?.ranges[0]).toMatchObject({ kind: "fwmark", family });
});

test.for([
  ["10.0.0.1", "", 360, ["vs/no-port"]],
  ["10.0.0.1", "persistence_timeout 50\n", 50, []],
  ["10.0.0.1 80", "", 0, []],
  ["group g", "", 360, ["vs/no-port"]],
] as [string, string, number, string[]][])("%s with %j is persistent for %i s", ([at, lines, timeoutS, expected]) => {
  const group = "virtual_server_group g {\n10.0.0.3 80\n10.0.0.4\n}\n";
  const service = `virtual_server ${at} {\nlb_algo rr\nlb_kind DR\nprotocol TCP\n${lines}${V4}}\n`;
  const { plan, codes } = checkerPlanOf(at.startsWith("group") ? `${group}${service}` : service);
  expect(plan.virtualServers[0]?.persistenceTimeoutS).toBe(timeoutS);
  expect(codes.map((code) => code.split(" ")[0])).toEqual(expected);
});
