import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { expandCommand } from "../../../src/cli/check-expand.ts";
import { runProgram } from "../../../src/cli/program.ts";
import { printStatements } from "../../../src/config/print.ts";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { createLoader } from "../../../src/process/load.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();
afterEach(() => vi.restoreAllMocks());

/** What `check --expand` prints on both outputs, and its exit status. */
const run = (file: string) => printed(() => expandCommand([file], false, { configId: "main" }));

async function printed(command: () => number | Promise<number>) {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      output[name] += String(text);
      return true;
    });
  return { status: await command(), ...output };
}

test("everything expanded, each line with the place it comes from (UPDATE_GOLDEN=1 writes it anew)", async () => {
  const { status, stdout, stderr } = await run("test/golden/expanded.conf");
  const golden = "test/golden/expanded.expanded.txt";
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, stdout);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toBe(readFileSync(golden, "utf8"));
});

test("what is wrong goes to stderr, with the exit status of check", async () => {
  const file = path.join(folder, "wrong.conf");
  writeFileSync(file, "$A=prority\n$A 1\n");
  const { status, stdout, stderr } = await run(file);
  expect(status).toBe(5);
  expect(stdout).toBe(`prority 1  # ${file}:2\n`);
  expect(stderr).toContain("in the expansion of `$A`, defined here");
});

test.for([
  { words: ["check", "--expand", "-i", "one"], status: 0, stdout: "a" },
  { words: ["check", "--expand", "--config-id=two", "--all-config"], status: 5, stdout: "b" },
])("lvskeeper $words: the id of the host, and all checks of includes", async ({ words, status, stdout }) => {
  const file = path.join(folder, "ids.conf");
  writeFileSync(file, "global_defs {\n@one router_id a\n@two router_id b\n@two include none.conf\n}\n");
  const ended = await printed(() => runProgram("lvskeeper", [...words, "-f", file], { isDaemon: false }));
  expect(ended.status).toBe(status);
  expect(ended.stdout).toContain(`router_id ${stdout}  #`);
});

const filesIn = (name: string): string[] =>
  existsSync(name)
    ? readdirSync(name)
        .filter((file) => file.endsWith(".conf"))
        .map((file) => path.join(name, file))
    : [];

/** Beside the goldens, the configurations that lie beside the project where it is worked on, and never in it. */
const known = ["test/golden", "../shared/seed-configs", "../shared/corpus/conf"].flatMap(filesIn);

test.for(known)("what is printed of %s comes to the same plan", { timeout: 60_000 }, (file) => {
  const reading = { configId: "main", random: () => 0 };
  const { plan, statements } = loadConfiguration(file, reading);
  if (!plan) return;
  const printed = path.join(folder, "printed.conf");
  writeFileSync(printed, printStatements(statements, { origins: true }));
  expect(loadConfiguration(printed, reading).plan).toEqual(plan);
});

test("one line for a log: the place of the use, and where the definition stands", () => {
  const file = path.join(folder, "log.conf");
  writeFileSync(file, "$A=prority\n$A 1\n");
  expect(createLoader(file, {}, (loaded) => loaded)().errors).toEqual([
    `${file}:2:1: error[conf/unknown-keyword]: unknown keyword \`prority\` at the top level, in the expansion of \`$A\`, defined at ${file}:1`,
  ]);
});
