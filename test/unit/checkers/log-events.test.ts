import { expect, test } from "vitest";
import { checkerEvents } from "../../../src/checkers/log-events.ts";
import type { CheckerSubject, Probe } from "../../../src/checkers/model.ts";

const at = { host: "10.0.0.2", port: 25 };
const of = (probe: object, retry = 3): CheckerSubject =>
  ({
    plan: { probe: probe as Probe, retry },
    realServer: "[10.0.0.1]:tcp:80",
    virtualServer: "[192.0.2.1]:tcp:80",
  }) as unknown as CheckerSubject;

test.for([
  [
    { kind: "TCP_CHECK", endpoint: at },
    "TCP connection to [10.0.0.2]:tcp:25 success.",
    "TCP_CHECK on service [10.0.0.2]:tcp:25 failed after 1 retries. (why)",
    "TCP connection to [10.0.0.2]:tcp:25 failed. (why)",
  ],
  [
    { kind: "UDP_CHECK", endpoint: at },
    "UDP connection to [10.0.0.2]:tcp:25 success.",
    "UDP_CHECK on service [10.0.0.2]:tcp:25 failed after 1 retries. (why)",
    "UDP connection to [10.0.0.2]:tcp:25 failed. (why)",
  ],
  [
    { kind: "SSL_GET", endpoint: at },
    "Remote Web server [10.0.0.2]:tcp:25 succeed on service.",
    "SSL_CHECK on service [10.0.0.2]:tcp:25 failed after 1 retries. (why)",
    "SSL_CHECK on service [10.0.0.2]:tcp:25 failed. (why)",
  ],
  [
    { kind: "SMTP_CHECK", endpoint: at },
    "Remote SMTP server [10.0.0.2]:tcp:25 succeed on service.",
    "SMTP_CHECK on service [10.0.0.2]:tcp:25 failed after 1 retries. (why)",
    "SMTP_CHECK on service [10.0.0.2]:tcp:25 failed. (why)",
  ],
  [
    { kind: "DNS_CHECK", endpoint: at },
    "DNS_CHECK ([10.0.0.2]:tcp:25) succeeded.",
    "DNS_CHECK ([10.0.0.2]:tcp:25) failed after 1 retries. (why)",
    "DNS_CHECK ([10.0.0.2]:tcp:25) failed. (why)",
  ],
  [
    { kind: "PING_CHECK", endpoint: { ...at, port: 0 } },
    "ICMP connection to [10.0.0.2]:tcp:80 success.",
    "ICMP CHECK on service [10.0.0.2]:tcp:80 of [192.0.2.1]:tcp:80 failed after 1 retries. (why)",
    "ICMP connection to [10.0.0.2]:tcp:80 of [192.0.2.1]:tcp:80 failed. (why)",
  ],
  [
    { kind: "MISC_CHECK", script: { argv: ["/x", "secret"] } },
    "Misc check for [[10.0.0.1]:tcp:80 VS [192.0.2.1]:tcp:80] by [/x] succeeded.",
    "Misc check for [[10.0.0.1]:tcp:80 VS [192.0.2.1]:tcp:80] by [/x] failed after 1 retry (why).",
    "Misc check for [[10.0.0.1]:tcp:80 VS [192.0.2.1]:tcp:80] by [/x] failed (why).",
  ],
] as const)("%o: keepalived's sentences, with the reason at their end", ([probe, success, failure, attempt]) => {
  const subject = of(probe);
  expect(checkerEvents["checker.succeeded"]({ subject })).toBe(success);
  expect(checkerEvents["checker.failed"]({ subject, retries: 1, detail: "why" })).toBe(failure);
  expect(checkerEvents["checker.attempt"]({ subject, detail: "why" })).toBe(attempt);
});

test("a failure without retries says so of a program that is allowed none, and nothing of the others", () => {
  const misc = { kind: "MISC_CHECK", script: { argv: ["/x"] } };
  const told = (subject: CheckerSubject) => checkerEvents["checker.failed"]({ subject, retries: 0, detail: "why" });
  expect(told(of(misc, 0))).toMatch(/ failed with retry disabled \(why\)\.$/);
  expect(told(of(misc, 2))).toMatch(/ by \[\/x\] failed \(why\)\.$/);
  expect(checkerEvents["checker.failed"]({ subject: of(misc, 0), retries: 0, detail: "timed out after 2 s" })).toMatch(
    / by \[\/x\] timed out with retry disabled \(after 2 s\)\.$/,
  );
  expect(told(of({ kind: "TCP_CHECK", endpoint: at }))).toMatch(/ failed\. \(why\)$/);
});
