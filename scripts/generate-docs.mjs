// Writes what is generated: docs/keywords.md, lvskeeper.conf(5) and what editors read from the keyword rows,
// docs/diagnostics.md from the codes, docs/messages.md from the log's messages, docs/checks.md from the faults of the tests,
// lvskeeper(8) from the commands and options, docs/openapi.json, docs/metrics.md and the schema of status from those of the
// API. --check: writes nothing, and fails when one of them is not up to date.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { SCRIPT } from "./bundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The date of the man pages: that of the newest release, since a page that changes each day could not be checked. */
function dateOf() {
  const changes = readFileSync(path.join(root, "CHANGELOG.md"), "utf8");
  return /\d{4}-\d{2}-\d{2}/.exec(changes)?.[0] ?? "2026-11-21";
}

// Inside the project, so that the bundle finds the packages it leaves out.
const folder = mkdtempSync(path.join(root, "node_modules/.docs-"));
try {
  const outfile = path.join(folder, "pages.mjs");
  await build({
    ...SCRIPT,
    stdin: {
      contents: `import { apiPages } from "./src/api/docs.ts";
        import { commandPage } from "./src/cli/man-page.ts";
        import { describedProgram } from "./src/cli/program.ts";
        import { pages } from "./src/config/pages.ts";
        import { diagnosticsPage } from "./src/process/codes-page.ts";
        import { messagesPage } from "./src/process/messages-page.ts";
        import { root } from "./src/process/options.ts";
        import { checksPage } from "./test/faults/page.ts";
        import { VERSION } from "./src/process/version.ts";
        const release = { version: VERSION, date: ${JSON.stringify(dateOf())} };
        export const all = {
          ...pages(root, release),
          "docs/man/lvskeeper.8": commandPage(describedProgram(), release),
          "docs/diagnostics.md": diagnosticsPage(),
          "docs/messages.md": messagesPage(),
          "docs/checks.md": checksPage(),
          ...apiPages(VERSION),
        };`,
      resolveDir: root,
    },
    outfile,
  });
  const { all } = await import(pathToFileURL(outfile).href);
  for (const [name, text] of Object.entries(all)) {
    const file = path.join(root, name);
    if (!process.argv.includes("--check")) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
      console.error(`${name} is not up to date: run \`npm run docs\``);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
