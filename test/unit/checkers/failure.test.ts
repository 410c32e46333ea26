import { expect, test } from "vitest";
import { verdictOf } from "../../../src/checkers/failure.ts";

const at = { host: "10.0.0.2", port: 80 };
const errno = (code: string): Error => Object.assign(new Error("no answer"), { code });

test.for([
  ["ECONNREFUSED", "refused"],
  ["ETIMEDOUT", "timeout"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["ENETUNREACH", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["EACCES", "unreachable"],
  ["TLS", "tls"],
  ["HPE_INVALID_CONSTANT", "protocol"],
] as const)("%s is a failure of the server: %s", ([code, reason]) => {
  expect(verdictOf(errno(code), at, 5000)).toMatchObject({ up: false, reason });
});

test.for(["EADDRNOTAVAIL", "EADDRINUSE", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EAGAIN", "EINVAL", "EAFNOSUPPORT"])(
  "%s is a problem of this machine and counts neither way",
  (code) => {
    expect(verdictOf(errno(code), at, 5000)).toMatchObject({ up: "unknown", reason: "local" });
  },
);

test.for([
  ["socket", "EACCES"],
  ["epoll_ctl", "ENOSPC"],
  ["uv_poll_init", "ENOMEM"],
] as const)("%s never asks the server, so that %s says nothing about it", ([syscall, code]) => {
  const verdict = verdictOf(Object.assign(errno(code), { syscall }), at, 5000);
  expect(verdict).toMatchObject({
    up: "unknown",
    reason: "local",
    detail: expect.stringContaining(`${syscall}: ${code}`),
  });
});

test("the detail names the target in one line", () => {
  expect(verdictOf(errno("ETIMEDOUT"), { host: "2001:db8::2", port: 443 }, 2500)).toMatchObject({
    detail: "no answer from [2001:db8::2]:443 within 2.5 s",
  });
});
