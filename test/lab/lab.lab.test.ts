import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf, type Host, Lab } from "./lib/lab.ts";

describe("the laboratory", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start();
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test("every host reaches every other one through the switch", async () => {
    const others: Host[] = ["d2", "rs1", "rs2", "cl"];
    for (const other of others) await lab.run("d1", ["ping", "-c", "1", "-W", "2", addressOf(other)]);
  });

  test("ipvsadm programs the kernel of one host, and another host's table stays empty", async () => {
    await lab.run(
      "d1",
      "ipvsadm -A -t 192.168.122.100:80 -s rr -p 50 && ipvsadm -a -t 192.168.122.100:80 -r 192.168.122.10 -g",
    );
    expect(await lab.table("d1")).toMatch(
      /TCP {2}192\.168\.122\.100:80 rr persistent 50\n.*192\.168\.122\.10:80 +Route +1 /,
    );
    expect(await lab.table("d2")).not.toContain("192.168.122.100");
    await lab.run("d1", "ipvsadm -C");
  });

  test("a client's requests through LVS-DR reach both web servers", async () => {
    const vip = "192.168.122.200";
    await Promise.all([lab.web("rs1"), lab.web("rs2"), lab.drRealServer("rs1", [vip]), lab.drRealServer("rs2", [vip])]);
    const add = (rs: Host) => `ipvsadm -a -t ${vip}:80 -r ${addressOf(rs)}:80 -g`;
    await lab.run(
      "d1",
      `ip addr add ${vip}/32 dev eth0 && ipvsadm -A -t ${vip}:80 -s rr && ${add("rs1")} && ${add("rs2")}`,
    );
    const answers = [await lab.curl("cl", `http://${vip}/`), await lab.curl("cl", `http://${vip}/`)];
    expect(answers.sort()).toEqual(["rs1\n", "rs2\n"]);
  });

  test("a host whose cable is pulled loses its carrier, and has it back when the cable is", async () => {
    await lab.cut("d2");
    await lab.eventually("no carrier", 5000, async () => /NO-CARRIER/.test(await lab.run("d2", "ip link show eth0")));
    await lab.restore("d2");
    await lab.eventually("carrier", 5000, async () => /LOWER_UP/.test(await lab.run("d2", "ip link show eth0")));
  });

  test("a daemon's end is told with its signal, and its log is kept", async () => {
    const daemon = await lab.spawn("d1", ["sh", "-c", "echo started; exec sleep 1000"], { name: "sleeper" });
    await lab.eventually("it printed", 5000, async () => (await daemon.log()) === "started\n");
    expect(await daemon.signal("SIGTERM")).toBe(true);
    expect(await daemon.exited()).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(await daemon.signal("SIGTERM")).toBe(false);
  });

  test("a command that hangs is ended at its deadline", async () => {
    expect(await lab.exec("cl", "sleep 1000", { timeoutMs: 300 })).toMatchObject({ status: null, timedOut: true });
  });

  test("a long text goes in and comes out whole", async () => {
    const text = "0123456789äöü\n".repeat(20_000);
    await lab.writeFile("/tmp/long", text);
    expect(await lab.readFile("/tmp/long")).toBe(text);
    expect(await lab.run("d2", ["cat", "/tmp/long"])).toBe(text);
  });

  test("a condition that never holds is named, with the logs of the daemons", async () => {
    const never = lab.eventually("the moon is green", 50, () => false);
    await expect(never).rejects.toThrow(/not within 50 ms: the moon is green\n(.|\n)*sleeper/);
  });

  test("the longest silence of an address is measured from outside", async () => {
    const gap = await lab.gap("cl", addressOf("rs1"), 20);
    await lab.cut("rs1");
    await lab.exec(null, "sleep 0.6");
    await lab.restore("rs1");
    const url = `http://${addressOf("rs1")}/`;
    await lab.eventually("rs1 is back", 10_000, async () => (await lab.curl("cl", url, 1)) === "rs1\n");
    const { longestMs, received } = await gap.stop();
    expect(longestMs).toBeGreaterThan(500);
    expect(received).toBeGreaterThan(1);
  });
});
