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
  chmodSync(path.join(folder, "main.js"), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleProgram(path.join(root, "dist"));
