import { afterAll, beforeAll, expect, test } from "vitest";
import { type Program, startDirector } from "./lib/dual-master.ts";
import { addressOf, type Host, Lab } from "./lib/lab.ts";

// In the guest, whose kernel has ipvlan.
const VIP = "192.168.122.200";
const sourceOf = { d1: "192.168.122.201", d2: "192.168.122.202" } as const;

const config = (at: "d1" | "d2", mode: string): string => `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${at === "d1" ? 150 : 100}
  version 3
  advert_int 0.3
  use_ipvlan ${sourceOf[at]} ${mode}
  virtual_ipaddress { ${VIP}/32 }
}
`;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** The interface as `ip` shows it, without its index and times. */
async function portrait(at: Host): Promise<string> {
  const shown = await lab.run(
    at,
    "ip -d -o link show dev vrrp.51; ip -o -4 addr; cat /proc/sys/net/ipv6/conf/vrrp.51/disable_ipv6",
  );
  return shown.replaceAll(/^\d+: /gm, "").replaceAll(/ proto \w+|@if\d+|link\/ether \S+/g, "");
}

const holds = async (at: Host): Promise<boolean> => (await lab.run(at, "ip -o addr")).includes(` ${VIP}/32 `);

test.for([
  { d1: "keepalived", d2: "lvskeeper", mode: "bridge" },
  { d1: "lvskeeper", d2: "keepalived", mode: "private" },
] as const satisfies readonly ({ mode: string } & Record<"d1" | "d2", Program>)[])(
  "d1 $d1, d2 $d2, ipvlan in mode $mode: placement, stop, return; both look the same",
  async ({ d1, d2, mode }) => {
    const first = await startDirector(lab, "d1", d1, config("d1", mode));
    await lab.eventually("d1 holds the VIP", 20_000, () => holds("d1"));
    const second = await startDirector(lab, "d2", d2, config("d2", mode));
    await lab.eventually("d2 has its interface", 20_000, async () =>
      (await lab.run("d2", "ip -o addr")).includes(sourceOf.d2),
    );
    const capture = await lab.capture("cl", "ip proto 112");
    const one = await portrait("d1");
    await first.signal("SIGTERM");
    await first.exited();
    await lab.eventually("d2 holds the VIP", 20_000, () => holds("d2"));
    const two = await portrait("d2");
    expect(two.replace(sourceOf.d2, sourceOf.d1).replace(addressOf("d2"), addressOf("d1"))).toBe(one);
    const again = await startDirector(lab, "d1", d1, config("d1", mode));
    await lab.eventually("d1 has it back", 20_000, async () => (await holds("d1")) && !(await holds("d2")));
    await lab.eventually("adverts come from both sources", 20_000, async () => {
      const log = await capture.log();
      return log.includes(`IP ${sourceOf.d1} >`) || log.includes(`${sourceOf.d1} > 224.0.0.18`);
    });
    expect(await capture.log()).toContain(`${sourceOf.d2} > 224.0.0.18`);
    for (const director of [again, second]) {
      await director.signal("SIGTERM");
      await director.exited();
    }
    expect(await lab.run("d1", "ip -o link")).not.toContain("vrrp.51");
    expect(await lab.run("d2", "ip -o link")).not.toContain("vrrp.51");
    await capture.signal("SIGINT");
  },
);
