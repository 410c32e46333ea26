import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderDiagnostics, summaryLine } from "../../../src/config/render.ts";
import { exitStatus, loadConfiguration } from "../../../src/process/configuration.ts";

/** test/golden/NAME.conf → NAME.diagnostics.txt, what `check` says of it; NAME.plan.json.txt, where there is one, what it comes
 *  to. UPDATE_GOLDEN=1 writes them anew; read the difference before it is committed. */
const folder = "test/golden";
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".conf"))
  .map((file) => file.slice(0, -".conf".length));
const update = process.env.UPDATE_GOLDEN === "1";

function compare(file: string, actual: string): void {
  if (update) writeFileSync(file, actual);
  expect(actual).toBe(readFileSync(file, "utf8"));
}

test.for(names)("%s.conf: what is said of it", (name) => {
  const file = `${folder}/${name}.conf`;
  const { diagnostics, files } = loadConfiguration(file, { configId: "main" });
  const text = renderDiagnostics(diagnostics, files, { color: false });
  compare(
    `${folder}/${name}.diagnostics.txt`,
    `${text}\n${summaryLine(diagnostics, file)}\nexit ${exitStatus(diagnostics)}\n`,
  );
});

test.for(names.filter((name) => existsSync(`${folder}/${name}.plan.json.txt`)))("%s.conf: what it comes to", (name) => {
  const { plan } = loadConfiguration(`${folder}/${name}.conf`, { configId: "main" });
  compare(`${folder}/${name}.plan.json.txt`, `${JSON.stringify(plan, undefined, 2)}\n`);
});

test("a configuration with an error has no plan, except one that is only not supported; that is not runnable", () => {
  for (const name of names) {
    const { plan, runnable, diagnostics } = loadConfiguration(`${folder}/${name}.conf`, { configId: "main" });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(plan === undefined, name).toBe(errors.some(({ code }) => code !== "conf/not-supported"));
    expect(runnable, name).toBe(errors.length === 0);
  }
});
