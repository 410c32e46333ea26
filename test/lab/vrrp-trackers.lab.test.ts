import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../src/process/configuration.ts";
import { addressOf, Bench, eventually, isRoot, type Running, VIP } from "./vrrp-bench.ts";

const configuration = (part: { priority: number; blocks?: string; trackers?: string; group?: string }): string => `
${part.blocks ?? ""}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.2
    priority ${part.priority}
    virtual_ipaddress {
        ${VIP}/24
    }
    ${part.trackers ?? ""}
}
${part.group ?? ""}
`;

async function room(bench: Bench, host: "a" | "b", text: string): Promise<Running> {
  const file = path.join(bench.folder, `${host}.conf`);
  await writeFile(file, text);
  const { plan, diagnostics } = loadConfiguration(file);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return bench.room(host, plan.vrrp);
}

const alone = (bench: Bench, host: "a" | "b") => async (): Promise<boolean> =>
  (await bench.owns(host)) && !(await bench.owns(host === "a" ? "b" : "a"));

describe.skipIf(!isRoot)("trackers of files and processes", () => {
  test.concurrent("a number in a file moves the priority in both directions, and is a FAULT at -254", async () => {
    await using bench = await Bench.start();
    const file = path.join(bench.folder, "load");
    await writeFile(file, "0\n");
    const blocks = `track_file load {\n file ${file}\n weight -10\n}`;
    const trackers = "track_file {\n load\n }";
    const a = await room(bench, "a", configuration({ priority: 100, blocks, trackers }));
    await room(bench, "b", configuration({ priority: 90 }));
    await eventually("a holds the VIP", 5000, alone(bench, "a"));
    const dump = await bench.capture("b", "ip proto 112");
    await writeFile(file, "2\n");
    await eventually("b takes over from priority 80", 4000, alone(bench, "b"));
    await writeFile(file, "-5\n");
    await eventually("a takes it back with 150", 4000, alone(bench, "a"));
    await eventually("its adverts say so", 4000, () => dump.stdout.includes("prio 150"));
    await writeFile(file, "30\n");
    await eventually("FAULT", 4000, () =>
      a.stderr.includes("Entering FAULT STATE (tracked file load has the value 30)"),
    );
    await rm(file);
    await eventually("no file is a 0", 4000, alone(bench, "a"));
    expect(dump.stdout).toContain(`${addressOf.a} > 224.0.0.18`);
  });

  test.concurrent("a process that ends, and comes back", async () => {
    await using bench = await Bench.start();
    const blocks = "vrrp_track_process web {\n process lvk-sleeper\n weight -20\n}";
    const program = path.join(bench.folder, "lvk-sleeper");
    await bench.run("a", "cp", "/bin/sleep", program);
    const first = bench.spawn("a", program, "1000");
    const a = await room(bench, "a", configuration({ priority: 100, blocks, trackers: "track_process {\n web\n }" }));
    await room(bench, "b", configuration({ priority: 90 }));
    await eventually("a holds the VIP", 5000, alone(bench, "a"));
    await first.end("SIGKILL");
    await eventually("b takes over", 5000, alone(bench, "b"));
    expect(a.stderr).toContain("Quorum lost for tracked process web (0 running)");
    bench.spawn("a", program, "1000");
    await eventually("a takes it back", 5000, alone(bench, "a"));
  });

  test.concurrent("a tracker of a sync group acts on all its members", async () => {
    await using bench = await Bench.start();
    const file = path.join(bench.folder, "gate");
    await writeFile(file, "0\n");
    const blocks = `track_file gate {\n file ${file}\n weight 0\n}`;
    const group = "vrrp_sync_group G {\n group {\n VI_1\n }\n track_file {\n gate\n }\n}";
    const a = await room(bench, "a", configuration({ priority: 100, blocks, group }));
    await eventually("a holds the VIP", 5000, () => bench.owns("a"));
    await writeFile(file, "1\n");
    await eventually("FAULT", 4000, () =>
      a.stderr.includes("Entering FAULT STATE (tracked file gate has the value 1)"),
    );
    await eventually("without the VIP", 4000, async () => !(await bench.owns("a")));
  });
});
