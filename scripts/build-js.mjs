// Bundles src/main.ts into dist/: few files, because a director's child that is restarted must be back within one
// advert interval, and opening hundreds of modules is what makes Node slow to start.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { NODE } from "./bundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Packages that no process loads as it starts stay outside; those that one does (addresses, netlink codecs) are CommonJS of
 *  many files, and looking those up is a third of a start. koffi is native. */
const LOADED_FROM_NODE_MODULES = ["koffi", "nodemailer", "undici"];

/** What main.ts loads by import(), as the files of dist/ that these become; what they load later themselves is in the same
 *  file. A child that runs one `room` has a file without the others. */
const ROLES = {
  program: { from: "cli/program", later: ["cli/run"] },
  checker: { from: "process/child", later: ["process/checker-main"], room: "checker" },
  vrrp: { from: "process/child", later: ["process/vrrp-main"], room: "vrrp" },
  bfd: { from: "process/child", later: ["process/bfd-main"], room: "bfd" },
  api: { from: "api/main", later: [] },
};

const common = { ...NODE, sourcemap: "linked" };

/** The program as it is shipped, in `folder`; also for the lab, where each run has a copy of its own. What was there before
 *  is there until the new one is whole. */
export async function bundleProgram(folder) {
  const fresh = `${folder}.new-${process.pid}`;
  try {
    await bundleInto(fresh);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function bundleInto(folder) {
  await Promise.all(Object.keys(ROLES).map((role) => bundleRole(folder, role)));
  await bundleMain(folder);
  await bundleIpvs(folder);
  await bundlePage(folder);
  writeFileSync(path.join(folder, "package.json"), '{ "type": "commonjs" }\n');
  chmodSync(path.join(folder, "main.js"), 0o755);
  for (const role of Object.keys(ROLES)) compileAhead(path.join(folder, `${role}.cjs`));
}

/** Stands where a text's sum will. */
const NO_SUM = "0".repeat(16);

/** A role as one file, which is the expression of a function (src/compiled.ts). `later()` loads what it loads once it runs,
 *  so that what V8 has compiled by then can be kept. */
async function bundleRole(folder, role) {
  const { from, later, room } = ROLES[role];
  const file = (name) => JSON.stringify(path.join(root, `src/${name}.ts`));
  await build({
    ...common,
    format: "cjs",
    stdin: {
      contents: `export * from ${file(from)};
export const later = () => Promise.all([${later.map((name) => `import(${file(name)})`)}]);`,
      resolveDir: root,
    },
    outfile: path.join(folder, `${role}.cjs`),
    external: LOADED_FROM_NODE_MODULES,
    define: { "import.meta.url": "ownUrl", "import.meta.dirname": "__dirname" },
    supported: { "dynamic-import": false }, // require() later: nothing of Node's loader of ECMAScript modules is needed
    minifyWhitespace: true,
    minifySyntax: true,
    banner: {
      js: `//${NO_SUM}
(function (exports, require, module, __filename, __dirname) {
const ownUrl = require("node:url").pathToFileURL(__filename).href;`,
    },
    footer: { js: "})" },
    plugins: [ownRequire, otherRooms(room)],
  });
}

/** Leaves out the rooms that a child does not run. */
const otherRooms = (room) => ({
  name: "other-rooms",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/[a-z]+-main\.ts$/ }, ({ path: wanted, kind }) =>
      room && kind === "dynamic-import" && wanted !== `./${room}-main.ts`
        ? { path: wanted, external: true }
        : undefined,
    ),
});

/** Keeps what V8 compiles when a file is loaded, in a process of its own, by the sum of its text: a text never meets the code
 *  of another, not in the middle of an upgrade either. */
function compileAhead(file) {
  const text = readFileSync(file, "latin1");
  const sum = createHash("sha256").update(text).digest("hex").slice(0, 16);
  writeFileSync(file, text.replace(NO_SUM, sum), "latin1");
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, "scripts/compile-ahead.cjs"), file]);
  if (status !== 0) throw new Error(`cannot compile ${file} ahead: ${stderr}`);
}

/** What is started is CommonJS: `lvskeeper ipvs` then needs nothing of what Node loads for ECMAScript modules, which is as
 *  much again as a fifth of its start. The listing that is called most is in it, unevaluated for everybody else. */
async function bundleMain(folder) {
  await build({
    ...common,
    ...ipvsCommon,
    external: [...LOADED_FROM_NODE_MODULES, "./ipvs.cjs"],
    entryPoints: [path.join(root, "src/main.ts")],
    outfile: path.join(folder, "main.js"),
    plugins: [...ipvsCommon.plugins, roleFiles],
  });
}

/** The file of a child is that of its room. */
const ROOM = 'exports.runChild = (boot, args) => compiled(boot.role + ".cjs").runChild(boot, args);';

/** What main.ts loads by import() is a file beside it, compiled ahead; which one of a child, its boot message says. */
const roleFiles = {
  name: "role-files",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\/(cli\/program|process\/child|api\/main)\.ts$/ }, ({ path: wanted, kind }) =>
      kind === "dynamic-import" ? { path: wanted, namespace: "role" } : undefined,
    );
    onResolve({ filter: /^\.\/ipvs\.ts$/ }, () => ({ path: "./ipvs.cjs", external: true }));
    onLoad({ filter: /.*/, namespace: "role" }, ({ path: wanted }) => ({
      resolveDir: root,
      contents: `const { compiled } = require("./src/compiled.ts");
${wanted.startsWith("./process") ? ROOM : `module.exports = compiled("${path.basename(path.dirname(wanted)) === "api" ? "api" : "program"}.cjs");`}`,
    }));
  },
};

/** A CommonJS file has a `require` of its own: node:module would bring Node's whole loader of ECMAScript modules. */
const ownRequire = {
  name: "own-require",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:module$/ }, () => ({ path: "require", namespace: "own" }));
    onLoad({ filter: /.*/, namespace: "own" }, () => ({ contents: "exports.createRequire = () => require;" }));
  },
};

/** The library of addresses is read when it is first asked, which for a table of IPv4 is never. */
const lateAddresses = {
  name: "late-addresses",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^ipaddr\.js$/ }, ({ namespace }) =>
      namespace === "late" ? { path: "ipaddr.js", external: true } : { path: "ipaddr.js", namespace: "late" },
    );
    onLoad({ filter: /.*/, namespace: "late" }, () => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require("ipaddr.js")[name] });`,
    }));
  },
};

/** Each page of a file that is read is felt, and each character is looked at. */
const ipvsCommon = {
  format: "cjs",
  external: LOADED_FROM_NODE_MODULES,
  define: { "import.meta.url": '""', "import.meta.dirname": "__dirname" },
  plugins: [ownRequire, lateAddresses],
  minifyWhitespace: true,
  minifySyntax: true,
};

/** `lvskeeper ipvs` as one CommonJS file: scripts call it many times a second, and Node opens, resolves and links each
 *  ECMAScript module by itself, which for a dozen of them takes as long as reading a table of 10,000 real servers. */
async function bundleIpvs(folder) {
  await build({
    ...common,
    ...ipvsCommon,
    entryPoints: [path.join(root, "src/cli/ipvs.ts")],
    outfile: path.join(folder, "ipvs.cjs"),
    supported: { "dynamic-import": false }, // require() later, for the same reason
  });
}

/** The program of the status page, which browsers run. */
async function bundlePage(folder) {
  await build({
    bundle: true,
    entryPoints: [path.join(root, "src/page/main.ts")],
    outfile: path.join(folder, "page.js"),
    format: "iife",
    target: "es2022",
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleProgram(path.join(root, "dist"));
