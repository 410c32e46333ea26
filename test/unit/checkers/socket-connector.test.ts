import { expect, test, vi } from "vitest";
import type { CheckerSubject } from "../../../src/checkers/model.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";
import { connector, connectorObstacle } from "../../../src/checkers/socket-connector.ts";

vi.mock("../../../native/index.ts", () => ({
  native: () => {
    throw new Error("the native addon is missing");
  },
}));

const subject = (id: string): CheckerSubject => ({
  plan: {
    ...{ id, delayLoopMs: 60_000, warmupMs: 60_000, retry: 1, delayBeforeRetryMs: 1000, alpha: false },
    ...{
      logAllFailures: false,
      probe: { kind: "TCP_CHECK", endpoint: { host: "127.0.0.1", port: 1 }, connectTimeoutMs: 1 },
    },
  },
  realServer: "[127.0.0.1]:tcp:1",
  virtualServer: "[10.0.0.1]:tcp:80",
});

test("without the addon connections are opened by node:net, and the log says so once", async () => {
  const told: string[] = [];
  const runner = createCheckerRunner(
    ({ event }) => void told.push(event),
    () => {},
  );
  runner.replace([subject("a")]);
  runner.replace([subject("a"), subject("b")]);
  await runner.stop();
  expect(connector()).toBe(nodeConnector);
  expect(connectorObstacle()).toBe("the native addon is missing");
  expect(told.filter((event) => event === "checker.withoutAddon")).toHaveLength(1);
});
