// Bundles src/main.ts into dist/: few files, because a director's child that is restarted must be back within one
// advert interval, and opening hundreds of modules is what makes Node slow to start.
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Packages that the vrrp process never loads stay outside; those that it does (addresses, netlink codecs) are CommonJS of
 *  many files, and looking those up is a third of its start. koffi is native. */
const LOADED_FROM_NODE_MODULES = ["commander", "koffi", "nodemailer", "undici"];

/** What main.ts loads by import(), as the files of dist/ that these become. */
const ROLES = { "process/child": "child", "api/main": "api", "cli/program": "program" };

const common = { bundle: true, platform: "node", target: "node20", sourcemap: "linked", logLevel: "warning" };

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
  await build({
    ...common,
    entryPoints: Object.entries(ROLES).map(([from, out]) => ({ in: path.join(root, `src/${from}.ts`), out })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    format: "esm",
    external: LOADED_FROM_NODE_MODULES,
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
  });
  await bundleMain(folder);
  await bundleIpvs(folder);
  await bundlePage(folder);
  writeFileSync(path.join(folder, "package.json"), '{ "type": "commonjs" }\n');
  chmodSync(path.join(folder, "main.js"), 0o755);
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
    plugins: [
      ...ipvsCommon.plugins,
      {
        name: "roles",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\// }, ({ path: wanted, kind }) => {
            if (kind !== "dynamic-import") return undefined;
            if (wanted === "./ipvs.ts") return { path: "./ipvs.cjs", external: true };
            const role = ROLES[wanted.slice(2, -3)];
            return role && { path: `./${role}.mjs`, external: true };
          }),
      },
    ],
  });
}

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
