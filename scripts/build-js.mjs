// Bundles src/main.ts into dist/: few files, because a director's child that is restarted must be back within one
// advert interval, and opening hundreds of modules is what makes Node slow to start.
import { chmodSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Packages that the vrrp process never loads stay outside; those that it does (addresses, netlink codecs) are CommonJS of
 *  many files, and looking those up is a third of its start. koffi is native. */
const LOADED_FROM_NODE_MODULES = ["commander", "koffi", "nodemailer", "undici"];

/** The program as it is shipped, written to `folder`; also for the lab, where each run has a copy of its own. */
export async function bundleProgram(folder) {
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [path.join(root, "src/main.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: LOADED_FROM_NODE_MODULES,
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    sourcemap: "linked",
    logLevel: "warning",
  });
  await bundleIpvs(folder);
  chmodSync(path.join(folder, "main.js"), 0o755);
}

/** `lvskeeper ipvs` as one CommonJS file: scripts call it many times a second, and Node opens, resolves and links each
 *  ECMAScript module by itself, which for a dozen of them takes as long as reading a table of 10,000 real servers. */
async function bundleIpvs(folder) {
  await build({
    entryPoints: [path.join(root, "src/cli/ipvs.ts")],
    outfile: path.join(folder, "ipvs.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external: LOADED_FROM_NODE_MODULES,
    define: { "import.meta.url": "fileUrl" },
    banner: { js: 'const fileUrl = require("node:url").pathToFileURL(__filename).href;' },
    sourcemap: "linked",
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleProgram(path.join(root, "dist"));
