import { describe, expect, test } from "vitest";
import {
  addressOf,
  type Bench,
  eventually,
  Bench as Hosts,
  instance,
  isRoot,
  plan,
  type Running,
  throughout,
  VIP,
} from "./vrrp-bench.ts";

// What becomes of an instance whose interface goes down, gets another name, or is replaced, beside keepalived in its place.

type Make = "ours" | "keepalived";
/** The long form has keepalived in our place too, and an instance that is BACKUP all the time. */
const full = process.env.LVSKEEPER_LAB_FULL === "1";
const cases = [
  { make: "ours", role: "MASTER" },
  ...(full
    ? ([
        { make: "ours", role: "BACKUP" },
        { make: "keepalived", role: "MASTER" },
        { make: "keepalived", role: "BACKUP" },
      ] as const)
    : []),
] as const satisfies readonly { make: Make; role: string }[];

const fast = { version: 3, advertIntervalMs: 200 } as const;
const text = (priority: number): string => `
global_defs { dynamic_interfaces }
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.2
    priority ${priority}
    virtual_ipaddress { ${VIP}/32 }
}
`;

const start = (bench: Bench, make: Make, priority: number): Promise<Running> =>
  make === "ours" ? bench.room("a", plan(instance({ ...fast, priority }))) : bench.keepalived("a", text(priority));

const stories: readonly { name: string; away(bench: Bench): Promise<void>; back(bench: Bench): Promise<void> }[] = [
  {
    name: "down and up",
    away: async (bench) => void (await bench.ip("a", "link", "set", "eth0", "down")),
    back: async (bench) => void (await bench.ip("a", "link", "set", "eth0", "up")),
  },
  {
    name: "renamed, and back",
    away: (bench) => rename(bench, "eth0", "eth9"),
    back: (bench) => rename(bench, "eth9", "eth0"),
  },
  {
    name: "deleted, and another made",
    away: async (bench) => void (await bench.ip("a", "link", "del", "eth0")),
    back: (bench) => bench.connect("a"),
  },
];

async function rename(bench: Bench, from: string, to: string): Promise<void> {
  await bench.ip("a", "link", "set", from, "down");
  await bench.ip("a", "link", "set", from, "name", to);
  await bench.ip("a", "link", "set", to, "up");
}

describe.skipIf(!isRoot)("the interface of an instance", () => {
  test.concurrent.for(cases)(
    "$make, $role: down, renamed, replaced, each time with the other in its place",
    async ({ make, role }) => {
      await using bench = await Hosts.start();
      const leads = role === "MASTER";
      const b = await bench.room("b", plan(instance({ ...fast, priority: 100 })));
      await eventually("b leads, being alone", 4000, () => bench.owns("b"));
      const a = await start(bench, make, leads ? 150 : 50);
      const only = (host: "a" | "b") => async (): Promise<boolean> =>
        (await bench.owns(host)) && !(await bench.owns(host === "a" ? "b" : "a"));
      const settled = (): Promise<number> =>
        eventually(`${leads ? "a" : "b"} alone has it`, 8000, only(leads ? "a" : "b"));
      await settled();
      for (const { name, away, back } of stories) {
        await away(bench);
        await eventually(`${name}: b alone has it`, 6000, only("b"));
        await throughout(`${name}: b keeps it`, 600, () => bench.owns("b"));
        await back(bench);
        await settled().catch((cause: unknown) => {
          throw new Error(`${name}: a wrote ${a.stderr}`, { cause });
        });
      }
      expect(a.running && b.running).toBe(true);
      if (make === "ours") {
        expect(a.stderr).toContain("Entering FAULT STATE (interface eth0 is down)");
        expect(a.stderr).toContain("interface eth0 does not exist");
        if (!leads) expect(a.stderr).not.toContain("Entering MASTER STATE");
      }
    },
  );

  test.concurrent("an interface that is not there at the start is used when it appears", async () => {
    await using bench = await Hosts.start();
    await bench.ip("a", "link", "del", "eth0");
    const a = await start(bench, "ours", 150);
    await eventually("it is in FAULT", 4000, () => a.stderr.includes("interface eth0 does not exist"));
    await bench.connect("a");
    await eventually("a has the VIP", 6000, () => bench.owns("a"));
    expect(await bench.ip("a", "-o", "addr", "show")).toContain(` ${addressOf.a}/`);
  });
});
