import { expect, test } from "vitest";
import { apiExamples } from "../../lab/lib/api-examples.ts";
import { eventually, instance, Sandbox } from "./sandbox.ts";

/** What this director has nothing for: no real server, and nobody who would take an instance over. */
const REFUSED = /\/(rs|vrrp)$/;

test.runIf(process.getuid?.() === 0)("the commands of docs/api.md, in their order, on a director", async () => {
  await using sandbox = new Sandbox();
  sandbox.writeConfig(instance("bl_one", 38, "10.9.0.100"));
  const director = sandbox.director();
  await eventually("the director owns the VIP", 15_000, () => sandbox.owns("10.9.0.100"));
  const examples = apiExamples(sandbox.file("a.sock"));
  expect(examples.length).toBeGreaterThan(12);
  for (const example of examples) {
    const { stdout, stderr } = await sandbox.exec("sh", "-c", example);
    const [, body = "", status] = /^([\s\S]*)\n(\d{3})\n$/.exec(stdout) ?? [];
    expect(Number(status), `${example}\n${stdout}${stderr}`).toBe(REFUSED.test(example) ? 409 : 200);
    expect(body.length).toBeGreaterThan(10);
  }
  expect(await director.ended).toBe(0);
});
