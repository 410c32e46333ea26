import { test } from "vitest";
import { Bench, eventually, instance, plan } from "./vrrp-bench.ts";
import { startFrr } from "./vrrp-peers.lab.test.ts";

test("dbg", async () => {
  await using bench = await Bench.start();
  const status = await startFrr(bench, "b");
  const c = await bench.capture("a", "vrrp");
  await eventually("FRR is master alone", 10_000, async () => (await status()).includes("Master"));
  const ours = plan(instance({ version: 3, advertIntervalMs: 1000, priority: 150 }));
  const a = await bench.room("a", ours);
  await new Promise((r) => setTimeout(r, 7000));
  console.log(a.stderr, c.stdout, await status());
});
