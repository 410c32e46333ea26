// Lists the connections of a file to standard output: `node list-connections.mjs FILE [--json]`.
import { listConnections } from "../../../src/cli/ipvs-list.ts";
import { SystemNames } from "../../../src/cli/ipvs-names.ts";
import { writeOut } from "../../../src/cli/ipvs-output.ts";

const [, , file, ...options] = process.argv;
const output = { names: new SystemNames(), json: options.includes("--json"), write: writeOut };
await listConnections({ numeric: true, persistent: false }, output, file);
