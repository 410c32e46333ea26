// How TypeScript becomes JavaScript for the Node that this project runs on: the program, and what only builds, tests and
// benches run.
import { build } from "esbuild";

/** All that is run by Node. */
export const NODE = { bundle: true, platform: "node", target: "node20", logLevel: "warning" };

/** What is run inside the project's folder, where it finds the packages that it leaves out. */
export const SCRIPT = { ...NODE, format: "esm", packages: "external" };

/** One file and what it imports of ours, as one file. */
export async function bundleScript(entry, outfile) {
  await build({ ...SCRIPT, entryPoints: [entry], outfile });
}
