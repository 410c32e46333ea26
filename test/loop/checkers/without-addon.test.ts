import { afterAll, beforeAll, expect } from "vitest";
import type { Connector } from "../../../src/checkers/connector.ts";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";

// The same checks where the addon's connector is missing, and node:net opens the connections. tcp.test.ts and
// endurance.test.ts try both by themselves.
let opened = 0;
const counted: Connector = {
  ...nodeConnector,
  probe: (...words) => {
    opened += 1;
    return nodeConnector.probe(...words);
  },
  open: (...words) => {
    opened += 1;
    return nodeConnector.open(...words);
  },
};
beforeAll(() => useConnector(counted));
afterAll(() => {
  useConnector(undefined);
  expect(opened).toBeGreaterThan(1000); // it was these that were tried
});

await import("./probes.test.ts");
await import("./smtp.test.ts");
await import("./tls.test.ts");
await import("./grpc.test.ts");
await import("./http2.test.ts");
await import("./hostile-server.test.ts");
