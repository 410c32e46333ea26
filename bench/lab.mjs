// The laboratory of the lab tests for benches: a guest (or namespaces) with IPVS, where both programs find the same.
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Its classes, from TypeScript, which Node cannot read by itself. `folder` is one inside the project. */
export async function loadLab(folder) {
  const { build } = await import("esbuild");
  const outfile = path.join(folder, "lab.mjs");
  const entry = path.join(import.meta.dirname, "../test/lab/lib/lab.ts");
  const options = { bundle: true, format: "esm", platform: "node", target: "node20", packages: "external" };
  await build({ entryPoints: [entry], outfile, ...options, logLevel: "warning" });
  return import(pathToFileURL(outfile).href);
}
