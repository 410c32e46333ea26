import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { comparePair } from "../../../src/process/pair.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function load(name: string, text: string) {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return loadConfiguration(file);
}

/** "CODE LINE [of b] < LINE": the place, and the place in the other file. */
const compare = (a: string, b: string) =>
  comparePair(load("a", a), load("b", b)).map(({ code, severity, file, span, related }) =>
    [
      severity === "error" ? `${code}!` : code,
      ...(file.endsWith("/b") ? ["b"] : []),
      span?.line,
      ...(related ?? []).map((other) => `< ${other.span.line}`),
    ].join(" "),
  );

const instance = (more: string, vips = "10.0.0.9", name = "V", vrid = 51): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n${vips}\n}\n${more}\n}\n`;

const A = "priority 150";
const B = "priority 100";
const script = (weight: number): string => `vrrp_script chk {\nscript /bin/true\nweight ${weight}\n}\n`;
const TRACK = "track_script {\nchk\n}";
const server = (more: string, reals = "real_server 10.1.0.1 80 { TCP_CHECK { } }", head = "10.0.0.9 80"): string =>
  `virtual_server ${head} {\nprotocol TCP\nlb_kind NAT\nlb_algo rr\n${more}\n${reals}\n}\n`;
const group = (first: number, second: number): string =>
  `${instance(`priority ${first}`, "10.0.0.1", "V1", 1)}${instance(`priority ${second}`, "10.0.0.2", "V2", 2)}vrrp_sync_group G {\ngroup {\nV1\nV2\n}\n}\n`;

test.for([
  { name: "a pair as it should be", a: instance(A), b: instance(B) },
  {
    name: "other names and interfaces, one VRID",
    a: instance(A),
    b: instance(B, undefined, "W").replace("eth0", "ens1"),
  },
  { name: "two VRIDs", a: instance(A), b: instance(B, undefined, "V", 52), found: ["pair/virtual-router-id! 3 < 3"] },
  {
    name: "no partner",
    a: instance(A),
    b: instance(B, undefined, "W", 52),
    found: ["pair/no-partner 3", "pair/no-partner b 3"],
  },
  {
    name: "two versions: nothing else is said of it",
    a: instance(`${A}\nversion 3\nadvert_int 0.5`),
    b: instance(B),
    found: ["pair/version! 8 < 1"],
  },
  {
    name: "intervals of version 2",
    a: instance(`${A}\nadvert_int 2`),
    b: instance(B),
    found: ["pair/advert-interval! 8 < 1"],
  },
  {
    name: "intervals of version 3",
    a: instance(`${A}\nversion 3\nadvert_int 2`),
    b: instance(`${B}\nversion 3`),
    found: ["pair/advert-interval 9 < 1"],
  },
  {
    name: "passwords",
    a: instance(`${A}\nauthentication {\nauth_type PASS\nauth_pass one\n}`),
    b: instance(`${B}\nauthentication {\nauth_type PASS\nauth_pass two\n}`),
    found: ["pair/authentication! 10 < 10"],
  },
  {
    name: "passwords that begin with the same eight bytes",
    a: instance(`${A}\nauthentication {\nauth_type PASS\nauth_pass 123456789\n}`),
    b: instance(`${B}\nauthentication {\nauth_type PASS\nauth_pass 12345678X\n}`),
  },
  {
    name: "a password on one side",
    a: instance(`${A}\nauthentication {\nauth_type PASS\nauth_pass one\n}`),
    b: instance(B),
    found: ["pair/authentication! 10 < 1"],
  },
  {
    name: "an address that one has, and another prefix",
    a: instance(A, "10.0.0.9\n10.0.0.8/24"),
    b: instance(B, "10.0.0.9\n10.0.0.8/25"),
    found: ["pair/addresses 6 < 6"],
  },
  {
    name: "the order of the addresses is no difference",
    a: instance(A, "10.0.0.9\n10.0.0.8"),
    b: instance(B, "10.0.0.8\n10.0.0.9"),
  },
  {
    name: "groups",
    a: instance(`${A}\nmcast_dst_ip 224.0.0.19`),
    b: instance(B),
    found: ["pair/multicast-group! 8 < 1"],
  },
  {
    name: "one source address",
    a: instance(`${A}\nmcast_src_ip 10.0.0.1`),
    b: instance(`${B}\nmcast_src_ip 10.0.0.1`),
    found: ["pair/same-source! 8 < 8"],
  },
  { name: "one priority", a: instance(A), b: instance(A), found: ["pair/same-priority 7 < 7"] },
  {
    name: "two owners",
    a: instance("priority 255"),
    b: instance("priority 255"),
    found: ["pair/two-owners! 7 < 7"],
  },
  {
    name: "both MASTER",
    a: instance(`${A}\nstate MASTER`),
    b: instance(`${B}\nstate MASTER`),
    found: ["pair/both-master 8 < 8"],
  },
  {
    name: "MASTER where the priority is lower",
    a: instance(A),
    b: instance(`${B}\nstate MASTER`),
    found: ["pair/master-of-lower b 8 < 7"],
  },
  {
    name: "nopreempt where it does nothing",
    a: instance(A),
    b: instance(`${B}\nnopreempt`),
    found: ["pair/nopreempt b 8 < 7"],
  },
  { name: "nopreempt where it does something", a: instance(`${A}\nnopreempt`), b: instance(B) },
  {
    name: "a weight that never decides",
    a: script(-50) + instance(`${A}\n${TRACK}`),
    b: instance("priority 90"),
    found: ["pair/weight-decides-nothing 13 < 7"],
  },
  {
    name: "a weight of a service that never decides",
    a: instance(`${A}\ntrack_service tcp 3306 weight -50`),
    b: instance("priority 90"),
    found: ["pair/weight-decides-nothing 8 < 7"],
  },
  { name: "a weight that decides", a: script(-61) + instance(`${A}\n${TRACK}`), b: instance("priority 90") },
  {
    name: "a weight that makes a tie",
    a: script(-60) + instance(`${A}\n${TRACK}`),
    b: instance("priority 90"),
    found: ["pair/tie 13 < 7"],
  },
  {
    name: "positive weights on both: a failure takes them from one",
    a: script(20) + instance(`${A}\n${TRACK}`),
    b: script(20) + instance(`${B}\n${TRACK}`),
    found: ["pair/weight-decides-nothing 13 < 11"],
  },
  {
    name: "weights that turn the order",
    a: instance(A),
    b: script(60) + instance(`${B}\n${TRACK}`),
    found: ["pair/reversed b 11 < 7"],
  },
  { name: "a group that pulls one way", a: group(150, 150), b: group(100, 100) },
  {
    name: "a group that pulls two ways",
    a: group(150, 100),
    b: group(100, 150),
    found: ["pair/crossed-group 17 < 7 < 15"],
  },
  {
    name: "a group that the other has not",
    a: group(150, 150),
    b: group(100, 100).replace("V2\n}\n}", "}\n}"),
    found: ["pair/group 17 < 17"],
  },
  { name: "virtual servers alike", a: server(""), b: server("") },
  {
    name: "a virtual server that one has",
    a: server("") + server("", undefined, "10.0.0.9 81"),
    b: server(""),
    found: ["pair/virtual-server 8"],
  },
  { name: "none at all", a: instance(A) + server(""), b: instance(B), found: ["pair/virtual-server 9"] },
  { name: "schedulers", a: server(""), b: server("lb_algo wrr"), found: ["pair/virtual-server 1 < 1"] },
])("$name", ({ a, b, found = [] }) => {
  expect(compare(a, b)).toEqual(found);
});

test("a virtual server is told in what it differs", () => {
  const a = server(
    "quorum 1",
    "real_server 10.1.0.1 80 {\nweight 2\nTCP_CHECK { }\n}\nreal_server 10.1.0.2 80 { TCP_CHECK { } }",
  );
  const b = server("persistence_timeout 9", "real_server 10.1.0.1 80 { }\nreal_server 10.1.0.3 80 { TCP_CHECK { } }");
  expect(comparePair(load("a", a), load("b", b))[0]?.message).toBe(
    "[10.0.0.9]:tcp:80 differs: its flags (ops, sh-port and the like) is 0 here and 1 there; persistence_timeout is 0 here and 9 there; " +
      "10.1.0.2:80 only here; 10.1.0.3:80 only there; weight of 10.1.0.1:80 is 2 here and 1 there; " +
      "10.1.0.1:80 has `TCP_CHECK` here and `not checked` there",
  );
});

test("a file with errors is not compared", () => {
  expect(compare("prority 1\n", instance(B))).toEqual(["pair/not-compared "]);
});

test("a comment in the file that it is told of allows a finding of the pair, and is not called unused in the file alone", () => {
  const allowed = instance(A).replace(A, `${A} # lvskeeper: allow pair/same-priority`);
  expect(compare(allowed, instance(A))).toEqual([]);
  expect(load("a", allowed).diagnostics).toEqual([]);
});
