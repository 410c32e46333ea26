import { expect, test } from "vitest";
import { verdictOf } from "../../../src/checkers/failure.ts";
import { ownFault } from "../../../src/checkers/via-vip.ts";

const at = { host: "2001:db8::2", port: 80, via: { vip: "2001:db8::1" } };
const fault = (syscall: string, code: string): Error => Object.assign(new Error("x"), { syscall, code });

test.for([
  ["socket", "EPERM", "unknown", "via_vip needs CAP_NET_RAW"],
  ["neighbour", "EPERM", "unknown", "needs CAP_NET_ADMIN for IPv6"],
  ["neighbour", "EOPNOTSUPP", "unknown", "needs Linux 5.0 for IPv6"],
  ["socket", "EMFILE", "unknown", "this machine could not check"],
  ["setsockopt", "ENODEV", "unknown", "there is no such interface"],
  ["route", "ENETUNREACH", false, "[2001:db8::1]:80 at 2001:db8::2 cannot be reached (ENETUNREACH)"],
] as const)("%s says %s: up is %s, %s", ([syscall, code, up, words]) => {
  const verdict = verdictOf(ownFault(fault(syscall, code)), at, 1000);
  expect(verdict.up).toBe(up);
  expect("detail" in verdict && verdict.detail).toContain(words);
});

test("what has no system call is said as it is, and counts neither way", () => {
  const verdict = verdictOf(ownFault(new Error("packets leave with the address itself")), at, 1000);
  expect(verdict).toEqual({ up: "unknown", reason: "local", detail: "via_vip: packets leave with the address itself" });
});
