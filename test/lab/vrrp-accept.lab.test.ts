import { describe, expect, test } from "vitest";
import type { VrrpInstancePlan } from "../../src/vrrp/model.ts";
import { Bench, eventually, type Host, instance, isRoot, plan, type Running, throughout, VIP } from "./vrrp-bench.ts";

const GLOBAL = "2001:db8::100";
const LINK_LOCAL = "fe80::100";

type Kind = { readonly name: string; readonly vip: string; part: Partial<VrrpInstancePlan>; text: string };

const fast = { version: 3, advertIntervalMs: 300 } as const;
const kinds: readonly Kind[] = [
  {
    name: "IPv4, no_accept",
    vip: VIP,
    part: { ...fast, accept: false },
    text: `version 3\n advert_int 0.3\n no_accept\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "IPv4, strict mode, on a VMAC",
    vip: VIP,
    part: {
      ...fast,
      strict: true,
      accept: false,
      vmac: {
        ...{ kind: "macvlan", interface: "vrrp.51", mac: "00:00:5e:00:01:33", transmitBelow: false },
        netlinkNotify: false,
      },
    },
    text: `version 3\n advert_int 0.3\n strict_mode\n use_vmac\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "IPv6, no_accept",
    vip: GLOBAL,
    part: {
      ...{ ...fast, family: 6, multicastGroup: "ff02::12", accept: false },
      addresses: [
        { address: LINK_LOCAL, prefixLength: 64, noDad: true },
        { address: GLOBAL, prefixLength: 64, noDad: true },
      ],
    },
    text: `version 3\n advert_int 0.3\n no_accept\n virtual_ipaddress { ${LINK_LOCAL}/64\n ${GLOBAL}/64 }`,
  },
];

async function lay(): Promise<Bench> {
  const bench = await Bench.start();
  for (const host of ["a", "b"] as const) {
    await bench.ip(host, "addr", "add", `2001:db8::${host === "a" ? 1 : 2}/64`, "dev", "eth0", "nodad");
    await eventually(`${host} has its link-local address`, 10_000, async () => {
      const shown = await bench.ip(host, "-o", "-6", "addr", "show", "dev", "eth0", "scope", "link");
      return shown.includes("fe80:") && !shown.includes("tentative");
    });
  }
  return bench;
}

function start(bench: Bench, host: Host, who: "ours" | "keepalived", kind: Kind, priority: number): Promise<Running> {
  if (who === "ours") return bench.room(host, plan(instance({ ...kind.part, priority })));
  const head = `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n`;
  return bench.keepalived(host, `${head} ${kind.text}\n}\n`);
}

const answers = (bench: Bench, from: Host, address: string): Promise<boolean> =>
  bench.run(from, "ping", "-c1", "-W1", address).then(
    () => true,
    () => false,
  );

/** What hosts have learnt of an address: where it is known, neighbour discovery or ARP was answered. */
const neighbour = async (bench: Bench, host: Host, address: string): Promise<string> =>
  (await bench.ip(host, "neigh", "show", address))
    .replace(/ (REACHABLE|STALE|DELAY|PROBE|router|extern_learn)/g, "")
    .trim();

const rules = (bench: Bench, host: Host): Promise<string> => bench.run(host, "nft", "list", "ruleset");

describe.skipIf(!isRoot)("addresses that take no traffic", () => {
  test.concurrent.for(kinds)("$name: silent, but found, as with keepalived; no rule stays", async (kind) => {
    const seen = [];
    for (const who of ["keepalived", "ours"] as const) {
      await using bench = await lay();
      await bench.ip("a", "link", "set", "eth0", "down");
      await bench.ip("a", "link", "set", "eth0", "address", "02:00:00:00:00:0a");
      await bench.ip("a", "link", "set", "eth0", "up");
      await bench.ip("a", "addr", "replace", "2001:db8::1/64", "dev", "eth0", "nodad");
      const running = await start(bench, "a", who, kind, 150);
      await eventually(`${who} holds the VIP`, 8000, () => bench.owns("a", kind.vip));
      seen.push({
        answered: await answers(bench, "b", kind.vip),
        host: await answers(bench, "b", kind.vip === VIP ? "192.0.2.1" : "2001:db8::1"),
        found: await neighbour(bench, "b", kind.vip),
        outwards: await bench
          .run("a", "ping", "-c1", "-W1", "-I", kind.vip, kind.vip === VIP ? "192.0.2.2" : "2001:db8::2")
          .then(
            () => true,
            () => false,
          ),
      });
      await running.end();
      expect(await rules(bench, "a")).toBe("");
    }
    const [theirs, ours] = seen;
    expect(ours).toMatchObject({ answered: false, host: true, outwards: false });
    expect(ours?.found).toContain("lladdr");
    expect(ours).toEqual(theirs);
  });

  const [first] = kinds as readonly [Kind, ...Kind[]];

  test.concurrent("the rules are there while it is MASTER, and only then; a reload that accepts opens", async () => {
    await using bench = await lay();
    const room = await start(bench, "a", "ours", first, 100);
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    expect(await rules(bench, "a")).toContain(VIP);
    const better = await start(bench, "b", "keepalived", first, 150);
    await eventually("b has it", 8000, () => bench.owns("b"));
    await eventually("no rule stays", 4000, async () => (await rules(bench, "a")) === "");
    await better.end();
    await eventually("a has it back", 8000, () => bench.owns("a"));
    expect(await answers(bench, "b", VIP)).toBe(false);
    await bench.writePlan("a", plan(instance({ ...first.part, accept: true, priority: 100 })));
    room.signal("SIGHUP");
    await eventually("it answers", 4000, () => answers(bench, "b", VIP));
    expect(await rules(bench, "a")).toBe("");
  });

  test.concurrent("what a killed process left is gone after a start, and never opens while it goes on as MASTER", async () => {
    await using bench = await lay();
    const room = await start(bench, "a", "ours", first, 150);
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    await room.end("SIGKILL");
    expect(await rules(bench, "a")).toContain(VIP);
    const ping = bench.spawn("b", "ping", "-i", "0.02", VIP);
    const saved = { state: "master", sinceWallMs: 0, effectivePriority: 150, counters: {} } as const;
    const part = { ...first.part, priority: 150 };
    const again = await bench.room("a", plan(instance(part)), { instances: { VI_1: saved }, scripts: {} });
    await throughout("it stays MASTER", 500, () => bench.owns("a"));
    await ping.end("SIGINT");
    expect(ping.stdout).toContain(" 0 received");
    await again.end("SIGKILL");
    await bench.room("a", plan(instance({ ...part, trackInterfaces: [{ name: "none", weight: 0, reverse: false }] })));
    await eventually("in FAULT there are no rules", 4000, async () => (await rules(bench, "a")) === "");
  });

  test.concurrent("a backup's multicast reports leave by the interface below: its switch learns no virtual MAC address", async () => {
    await using bench = await lay();
    const kind = kinds[1] as Kind;
    await start(bench, "a", "keepalived", { ...kind, text: kind.text.replace("strict_mode", "") }, 150);
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    const dump = bench.spawn("b", "tcpdump", "-i", "eth0", "-Q", "out", "-n", "-e", "-l", "--immediate-mode");
    await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
    const { accept: _, ...part } = kind.part;
    await bench.room("b", plan(instance({ ...part, priority: 100 })));
    await eventually("it reports the group", 15_000, () => dump.stdout.includes("igmp"));
    await throughout("nothing leaves by the macvlan", 3000, () => !dump.stdout.includes("00:00:5e:00:01:33 >"));
  });
});
