import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually, instance, Sandbox } from "./sandbox.ts";

const VIP = "10.9.0.100";
const plain = instance("VI_1", 51, VIP);
const vmac = plain.replace("interface e0", "interface e0\n  use_vmac");

describe.runIf(process.getuid?.() === 0)("what a director leaves that was killed with all its processes", () => {
  const arpIgnore = async (sandbox: Sandbox): Promise<string> =>
    (await sandbox.exec("sysctl", "-n", "net.ipv4.conf.e0.arp_ignore")).stdout.trim();
  const killAll = async (sandbox: Sandbox, parent: number): Promise<void> => {
    const vrrp = sandbox.pidIn("a_vrrp.pid") as number;
    // The parent would have another child at once, and the child would notice that it has no parent.
    process.kill(vrrp, "SIGSTOP");
    process.kill(parent, "SIGKILL");
    process.kill(vrrp, "SIGKILL");
  };

  test.for([
    { name: "without a VMAC any more", next: plain },
    { name: "with it still", next: vmac },
  ])("the next one, $name, gives back the settings of the interface below a VMAC", async ({ next }) => {
    await using sandbox = new Sandbox();
    expect(await arpIgnore(sandbox)).toBe("0");
    sandbox.writeConfig(vmac);
    const first = sandbox.director();
    await eventually("its settings are made", 10_000, async () => (await arpIgnore(sandbox)) === "1");
    await eventually("it is MASTER", 10_000, () => first.log().includes("Entering MASTER STATE"));
    await killAll(sandbox, first.pid);
    await first.ended;
    expect([await arpIgnore(sandbox), existsSync(sandbox.file("a.settings"))]).toEqual(["1", true]);

    sandbox.writeConfig(next);
    const second = sandbox.director();
    await eventually("another one is MASTER", 10_000, () => second.log().includes("Entering MASTER STATE"));
    if (next === plain)
      await eventually("given back by its start", 5000, async () => (await arpIgnore(sandbox)) === "0");
    process.kill(second.pid, "SIGTERM");
    expect(await second.ended).toBe(0);
    expect([await arpIgnore(sandbox), existsSync(sandbox.file("a.settings"))]).toEqual(["0", false]);
  });
});
