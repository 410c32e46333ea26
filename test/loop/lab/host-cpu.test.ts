import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { cpuMsOfTree } from "../../lab/lib/host-cpu.ts";

test("the CPU of a process counts what its children take, also when they have ended", async () => {
  // It says so when its child has had a tenth of a second of CPU, and then lives on.
  const burn = "while (process.cpuUsage().user < 100_000);";
  const shell = spawn("sh", ["-c", `'${process.execPath}' -e '${burn}'; echo done; exec sleep 60`]);
  onTestFinished(() => void shell.kill());
  await once(shell.stdout, "data");
  expect(cpuMsOfTree(shell.pid as number)).toBeGreaterThanOrEqual(80);
});

test("the CPU of a process counts its own", () => {
  const before = cpuMsOfTree(process.pid);
  const began = process.cpuUsage();
  while (process.cpuUsage(began).user < 50_000);
  expect(cpuMsOfTree(process.pid) - before).toBeGreaterThanOrEqual(40);
});

test("a process that is gone has had none", () => {
  const { pid } = spawnSync("true");
  expect(cpuMsOfTree(pid)).toBe(0);
});
