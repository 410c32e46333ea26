import { afterAll, beforeAll } from "vitest";
import { nodeConnector } from "../../../src/checkers/node-connector.ts";
import { useConnector } from "../../../src/checkers/socket-connector.ts";

// The same probes where the addon's connector is missing, and node:net opens the connections.
beforeAll(() => useConnector(nodeConnector));
afterAll(() => useConnector(undefined));

await import("./probes.test.ts");
await import("./smtp.test.ts");
