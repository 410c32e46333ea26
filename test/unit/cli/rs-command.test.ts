import { expect, test } from "vitest";
import { drainProgress, rsCommandOf } from "../../../src/cli/rs-command.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { parseRsCommand } from "../../../src/virtual-server/rs-command.ts";

test("words become a command that the daemon understands", () => {
  const drain = rsCommandOf("drain", "10.0.0.2:80", { service: "10.0.1.1:80", deadline: "300", stay: true });
  expect(parseRsCommand(drain)).toEqual({
    do: "drain",
    server: { address: "10.0.0.2", port: 80 },
    service: "10.0.1.1:80",
    after: "stay",
    deadlineMs: 300_000,
  });
  for (const what of ["disable", "enable"] as const)
    expect(parseRsCommand(rsCommandOf(what, "::1", {}))).toEqual({ do: what, server: { address: "::1" } });
  expect(parseRsCommand(rsCommandOf("weight", "10.0.0.2", {}, "7"))).toMatchObject({ do: "weight", weight: 7 });
});

test.for([
  ["drain", "web1", {}, undefined, "`web1` is not a real server"],
  ["drain", "10.0.0.2", { deadline: "5m" }, undefined, "`5m` is not a number of seconds"],
  ["weight", "10.0.0.2", {}, "-1", "`-1` is not a weight"],
  ["weight", "10.0.0.2", {}, "2147483648", "`2147483648` is not a weight"],
] as const)("%s %s is refused with its reason", ([what, server, given, weight, message]) => {
  expect(() => rsCommandOf(what, server, given, weight)).toThrow(message);
});

const servers = [{ realServer: "[10.0.0.2]:tcp:80", virtualServer: "[10.0.1.1]:tcp:80" }];
const statusWith = (override: object | undefined): DirectorStatus =>
  ({
    nowWallMs: 1000,
    checker: {
      virtualServers: [{ name: servers[0]?.virtualServer, realServers: [{ name: servers[0]?.realServer, override }] }],
    },
  }) as unknown as DirectorStatus;

test.for([
  [{ mode: "drain" }, "counting", false],
  [{ mode: "drain", activeConnections: 1, deadlineWallMs: 61_000 }, "1 open connection, 1 min 0 s left", false],
  [{ mode: "drain", activeConnections: 0 }, "0 open connections", false],
  [{ mode: "drain", drained: "empty" }, "drained, no open connection", true],
  [{ mode: "drain", drained: "deadline" }, "the deadline has passed", true],
  [undefined, "is not draining any more", true],
] as const)("progress of %o", ([override, text, isOver]) => {
  expect(drainProgress(statusWith(override), servers)).toEqual({
    lines: [`[10.0.0.2]:tcp:80 of [10.0.1.1]:tcp:80: ${text}`],
    isOver,
  });
});

test("while the checker process is away the wait goes on; without one it is over", () => {
  expect(drainProgress({ checker: "it is starting" } as DirectorStatus, servers).isOver).toBe(false);
  expect(drainProgress({} as DirectorStatus, servers).isOver).toBe(true);
});
