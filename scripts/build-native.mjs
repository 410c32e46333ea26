// Builds native/build/Release/lvskeeper.node. node-gyp would fetch the headers of Node from the network: where they lie
// beside the node binary (as distribution packages and tarballs install them) those are used instead.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NATIVE_STAMP, nativeSources } from "./steps.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const prefix = path.dirname(path.dirname(process.execPath));
const nodeGyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
const headers = existsSync(path.join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
const sources = nativeSources();
const built = spawnSync(process.execPath, [nodeGyp, "rebuild", "--silent", ...headers], {
  cwd: path.join(root, "native"),
  stdio: "inherit",
});
if (built.status === 0) writeFileSync(NATIVE_STAMP, sources);
process.exit(built.status ?? 1);
