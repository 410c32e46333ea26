import { expect, test } from "vitest";
import { valuesOf } from "../config/reading.ts";

test.for([
  ["10.0.0.1 80", { kind: "address", address: "10.0.0.1", port: 80 }],
  ["2001:DB8:0::1 80", { kind: "address", address: "2001:db8::1", port: 80 }],
  ["10.0.0.1", { kind: "address", address: "10.0.0.1", port: 0 }],
  ["fwmark 7", { kind: "fwmark", fwmark: 7 }],
  ["group web", { kind: "group", group: "web" }],
] as const)("virtual_server %s", ([words, argument]) => {
  const { values, codes } = valuesOf(`virtual_server ${words} {\n}`);
  expect({ argument: values.virtual_server[0]?.argument, codes }).toEqual({ argument, codes: [] });
});

test.for([
  ["10.0.0.1:80", "conf/bad-value 1:16"],
  ["10.0.0.1 65536", "conf/bad-value 1:25"],
  ["fwmark", "conf/missing-value 1:1"],
  ["fwmark 0", "conf/bad-value 1:23"],
  ["group", "conf/missing-value 1:1"],
  ["group a b", "conf/extra-words 1:24"],
])("virtual_server %s: %s", ([words, code]) => {
  expect(valuesOf(`virtual_server ${words} {\n}`).codes).toEqual([code]);
});

const inServer = (line: string) => valuesOf(`virtual_server 10.0.0.1 80 {\n${line}\n}`);

test.for([
  ["NAT", { method: "NAT" }],
  ["dr", { method: "DR" }],
  ["TUN", { method: "TUN", tunnel: { type: "ipip", port: 0, checksum: "none" } }],
  ["TUN type gue port 6080 csum", { method: "TUN", tunnel: { type: "gue", port: 6080, checksum: "csum" } }],
  ["TUN type gue port 6080 remcsum", { method: "TUN", tunnel: { type: "gue", port: 6080, checksum: "remcsum" } }],
  ["TUN type gre nocsum", { method: "TUN", tunnel: { type: "gre", port: 0, checksum: "none" } }],
] as const)("lb_kind %s", ([words, kind]) => {
  for (const keyword of ["lb_kind", "lvs_method"]) {
    const { values, codes } = inServer(`${keyword} ${words}`);
    expect({ kind: values.virtual_server[0]?.lb_kind, codes }).toEqual({ kind, codes: [] });
  }
});

test.for([
  ["lb_kind GRE", "conf/bad-value 2:9", undefined],
  ["lb_kind TUN type gue", "conf/bad-value 2:1", { method: "TUN" }],
  ["lb_kind TUN type gre port 80", "conf/bad-value 2:1", { method: "TUN" }],
  ["lb_kind TUN csum", "conf/bad-value 2:1", { method: "TUN" }],
  ["lb_kind TUN type gre remcsum", "conf/bad-value 2:1", { method: "TUN" }],
  ["lb_kind TUN type vxlan", "conf/bad-value 2:18", undefined],
  ["lb_kind DR fast", "conf/extra-words 2:12", { method: "DR" }],
] as const)("%s: %s", ([line, code, kind]) => {
  const { values, codes } = inServer(line);
  expect({ kind: values.virtual_server[0]?.lb_kind, codes }).toEqual({ kind, codes: [code] });
});

test.for([
  ["persistence_granularity 255.255.255.0", { bits: 24, dotted: true }],
  ["persistence_granularity 255.255.255.255", { bits: 32, dotted: true }],
  ["persistence_granularity 64", { bits: 64, dotted: false }],
  ["persistence_granularity 255.0.255.0", undefined],
  ["persistence_granularity 0.0.0.0", undefined],
  ["persistence_granularity 129", undefined],
] as const)("%s", ([line, value]) => {
  const { values, codes } = inServer(line);
  expect(values.virtual_server[0]?.persistence_granularity).toEqual(value);
  expect(codes.length).toBe(value ? 0 : 1);
});
