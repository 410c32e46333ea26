// Writes docs/keywords.md from the keyword rows. --check: writes nothing, and fails when the page is not up to date.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const page = path.join(root, "docs/keywords.md");
// Inside the project, so that the bundle finds the packages it leaves out.
const folder = mkdtempSync(path.join(root, "node_modules/.docs-"));
try {
  const outfile = path.join(folder, "keywords.mjs");
  await build({
    stdin: {
      contents: `import { keywordsPage } from "./src/config/docs.ts";
        import { root } from "./src/process/options.ts";
        export const text = keywordsPage(root);`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  const { text } = await import(pathToFileURL(outfile).href);
  if (!process.argv.includes("--check")) writeFileSync(page, text);
  else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
    console.error("docs/keywords.md is not up to date: run `npm run docs`");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
