import { expect, test } from "vitest";
import { gapBetween } from "../../lab/lib/gap.ts";
import { summarize } from "../../lab/lib/probe-result.ts";

// What the lab measures a failover with: a wrong reading here would make every number of the demo wrong.

test("the longest silence lies between two answers of ping, whatever was said in between", () => {
  const log = `PING 192.168.122.100 (192.168.122.100) 56(84) bytes of data.
[1700000000.000000] 64 bytes from 192.168.122.100: icmp_seq=1 ttl=64 time=0.2 ms
[1700000000.020000] 64 bytes from 192.168.122.100: icmp_seq=2 ttl=64 time=0.2 ms
[1700000001.000000] From 192.168.122.50 icmp_seq=3 Destination Host Unreachable
[1700000002.520000] 64 bytes from 192.168.122.100: icmp_seq=127 ttl=64 time=0.2 ms

--- 192.168.122.100 ping statistics ---
127 packets transmitted, 3 received, +1 errors, 97% packet loss, time 2520ms
`;
  expect(gapBetween(log)).toEqual({ sent: 127, received: 3, longestMs: 2500 });
});

test("an address that never answered has no gap, and no answers", () => {
  expect(gapBetween("5 packets transmitted, 0 received")).toEqual({ sent: 5, received: 0, longestMs: 0 });
});

test("a client's failures count, and the gap lies between its answers", () => {
  const log = [
    { atMs: 100, ok: true, text: "rs1" },
    { atMs: 200, ok: true, text: "rs2" },
    { atMs: 1200, ok: false, text: "timeout" },
    { atMs: 3200, ok: true, text: "rs2" },
  ]
    .map((line) => JSON.stringify(line))
    .join("\n");
  expect(summarize(`${log}\n(node:1) Warning: noise\n`)).toEqual({
    asked: 4,
    failed: 1,
    bodies: { rs1: 1, rs2: 2 },
    longestMs: 3000,
  });
});
