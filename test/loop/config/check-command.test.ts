import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { checkCommand } from "../../../src/cli/check.ts";
import { explainCommand } from "../../../src/cli/explain.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();
afterEach(() => vi.restoreAllMocks());

/** What a command prints on both outputs, and its exit status. */
async function run(command: () => Promise<number>) {
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  return { status: await command(), ...printed };
}

const check = (text: string, options: { format?: "text" | "json" | "github"; strict?: boolean } = {}) => {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  return run(() => checkCommand({ files: [file], format: options.format ?? "text", strict: options.strict ?? false }));
};

test("a clean file: one line, exit 0", async () => {
  const { status, stdout, stderr } = await check("global_defs {\n}\n");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^\S+keepalived\.conf: no problems found\n$/);
});

test("an error: its place on stderr, the count on stdout, exit 5", async () => {
  const { status, stdout, stderr } = await check("prority 1\n");
  expect(status).toBe(5);
  expect(stderr).toContain("keepalived.conf:1:1");
  expect(stdout).toMatch(/^1 error in /);
});

test("a warning: exit 0, and 5 when it is strict", async () => {
  const text = "global_defs {\nlvs_id x\n}\n";
  expect((await check(text)).status).toBe(0);
  expect((await check(text, { strict: true })).status).toBe(5);
});

test("JSON: everything in one object", async () => {
  const { status, stdout, stderr } = await check("prority 1\n", { format: "json" });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    status,
    diagnostics: [{ severity: "error", code: "conf/unknown-keyword", span: { start: 0, end: 7, line: 1, column: 1 } }],
  });
});

test("a missing file: exit 4", async () => {
  const { status, stderr } = await run(() => checkCommand({ files: ["/nonexistent"], format: "text", strict: false }));
  expect(status).toBe(4);
  expect(stderr).toContain("/nonexistent does not exist");
});

test("explain prints every place of a keyword, or one that is named", async () => {
  const all = await run(() => explainCommand("retry"));
  expect(all.status).toBe(0);
  expect(all.stdout).toContain("in virtual_server > real_server > MISC_CHECK\n");
  const one = await run(() => explainCommand("virtual_server.retry"));
  expect(one.stdout.match(/^retry/gm)).toHaveLength(1);
});

test("explain knows the words of the language, with and without their signs", async () => {
  expect((await run(() => explainCommand("~SEQ"))).stdout).toMatch(/^~SEQ\(NAME, /);
  for (const word of ["_ENV", "$_ENV", `$\{_ENV}`])
    expect((await run(() => explainCommand(word))).stdout).toMatch(/^\$\{_ENV NAME\}\n/);
});

test.for([
  ["vrrp_instance.prority", "did you mean vrrp_instance.priority?"],
  ["real_server.virtual_router_id", "there is vrrp_instance.virtual_router_id"],
  ["global_defs.virtual_ruoter_id", "did you mean virtual_router_id?"],
  ["purple", "docs/keywords.md lists them all"],
])("explain %s: %s", async ([keyword, hint]) => {
  const { status, stderr } = await run(() => explainCommand(keyword as string));
  expect(status).toBe(1);
  expect(stderr).toContain(hint);
});

test("explain of a misspelt keyword names the near one, exit 1", async () => {
  expect(await run(() => explainCommand("prority"))).toMatchObject({
    status: 1,
    stderr: "unknown keyword prority: did you mean priority?\n",
  });
});
