import { expect, test } from "vitest";
import { placeOf } from "../../../src/config/place.ts";
import { valuesOf } from "./reading.ts";

const instance = (line: string) => valuesOf(`vrrp_instance A {\n${line}\n}`);

test.for([
  { line: "advert_int 1", key: "advert_int", value: 1000 },
  { line: "advert_int 0.5", key: "advert_int", value: 500 },
  { line: "advert_int .25", key: "advert_int", value: 250 },
  { line: "advert_int 1.", key: "advert_int", value: 1000 },
  { line: "preempt_delay 0.000001", key: "preempt_delay", value: 0.001 },
  { line: "priority 255", key: "priority", value: 255 },
  { line: 'priority " 7"', key: "priority", value: 7 },
  { line: "smtp_alert", key: "smtp_alert", value: true },
  { line: "smtp_alert off", key: "smtp_alert", value: false },
  { line: "mcast_src_ip 010.1.1.1", key: "mcast_src_ip", value: undefined },
  { line: "priority 1\npriority 2", key: "priority", value: 2 },
  { line: "", key: "advert_int", value: 1000 },
  { line: "", key: "priority", value: undefined },
] as const)("$line: $key is $value", ({ line, key, value }) => {
  expect(instance(line).values.vrrp_instance[0]?.[key]).toEqual(value);
});

test.for([
  ["priority 0", "conf/bad-value 2:10"],
  ["priority -1", "conf/bad-value 2:10"],
  ["priority", "conf/missing-value 2:1"],
  ["priority 1e2", "conf/bad-value 2:10"],
  ["advert_int 5x", "conf/bad-value 2:12"],
  ["advert_int 0.0000001", "conf/bad-value 2:12"],
  ["advert_int 0.001", "conf/bad-value 2:12"],
  ["advert_int .", "conf/bad-value 2:12"],
  ["smtp_alert maybe", "conf/bad-value 2:12"],
  ["state backup", "conf/bad-value 2:7"],
  ["interface eth0/1", "conf/bad-value 2:11"],
  ["priority 100 200", "conf/extra-words 2:14"],
  ["garp_master_delay 1.5", "conf/bad-value 2:19"],
])("%s: %s", ([line, code]) => {
  expect(instance(line as string).codes).toEqual([code]);
});

test("a list given twice is added up", () => {
  const { values } = instance("track_script {\na\n}\ntrack_script {\nb weight -5 reverse\n}");
  expect(values.vrrp_instance[0]?.track_script).toMatchObject([
    { name: "a" },
    { name: "b", weight: { weight: -5, reverse: true } },
  ]);
});

test.for([
  ["notify_master /x.sh", ["/x.sh"], undefined, undefined],
  ['notify_master "/x.sh a  b"', ["/x.sh", "a", "b"], undefined, undefined],
  ["notify_master \"/x.sh 'a b' c\\ d\" nobody nogroup", ["/x.sh", "a b", "c d"], "nobody", "nogroup"],
  ["notify_master '/x.sh a' nobody", ["/x.sh", "a"], "nobody", undefined],
  ["notify_master /x.sh arg", ["/x.sh"], "arg", undefined],
  ['notify_master "/x.sh \\x41\\101\\t"', ["/x.sh", "AA\t"], undefined, undefined],
  ['notify_master "/x.sh # not a comment"', ["/x.sh", "#", "not", "a", "comment"], undefined, undefined],
] as const)("%s", ([line, words, user, group]) => {
  const command = instance(line).values.vrrp_instance[0]?.notify_master;
  expect(command).toEqual({ words, ...(user && { user }), ...(group && { group }) });
});

test("global_defs given twice are read as one: later values win, lists are added", () => {
  const { values } = valuesOf(
    "global_defs {\nrouter_id a\nnotification_email { x@y }\nvrrp_version 3\n}\nglobal_defs {\nrouter_id b c\nnotification_email { z@y }\n}",
  );
  expect(values.global_defs).toHaveLength(1);
  expect(values.global_defs[0]).toMatchObject({
    router_id: "b c",
    vrrp_version: "3",
    notification_email: ["x@y", "z@y"],
  });
});

test("nb_get_retry counts in TCP_CHECK, with a warning at each place", () => {
  const check = "TCP_CHECK {\nnb_get_retry 3\n}";
  const { values, codes } = valuesOf(
    `virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\n${check}\n${check}\n}\n}`,
  );
  expect(values.virtual_server[0]?.real_server[0]?.TCP_CHECK.map(({ retry }) => retry)).toEqual([3, 3]);
  expect(codes).toEqual(["conf/deprecated 4:1", "conf/deprecated 7:1"]);
});

test("of two scripts of one event the first counts", () => {
  const { values, codes } = instance("notify_master /a\nnotify_master /b");
  expect(values.vrrp_instance[0]?.notify_master).toEqual({ words: ["/a"] });
  expect(codes).toEqual(["conf/repeated 3:1"]);
});

test("a value has its place, under another name of its keyword too", () => {
  const { values } = valuesOf("virtual_server fwmark 7 {\nlvs_sched rr\n}");
  const [server] = values.virtual_server;
  expect(server?.argument).toEqual({ kind: "fwmark", fwmark: 7 });
  expect(server && placeOf(server, "lb_algo")).toMatchObject({ start: 26, end: 38 });
});
