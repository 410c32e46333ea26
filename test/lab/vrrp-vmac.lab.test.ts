import { describe, expect, test } from "vitest";
import type { UnicastPlan, VmacPlan, VrrpInstancePlan } from "../../src/vrrp/model.ts";
import {
  addressOf,
  Bench,
  eventually,
  type Host,
  instance,
  isRoot,
  plan,
  type Running,
  throughout,
  VIP,
} from "./vrrp-bench.ts";

const SLACK_MS = 1500;
const other = { a: "b", b: "a" } as const;
const GLOBAL = "2001:db8::100";
const LINK_LOCAL = "fe80::100";
const BASE_MAC = "02:00:00:00:00:0a";
const ROUTER_MAC = { 4: "00:00:5e:00:01:33", 6: "00:00:5e:00:02:33" } as const;

const vmac = (part: Partial<VmacPlan> = {}): VmacPlan => ({
  kind: "macvlan",
  interface: "vrrp.51",
  mac: ROUTER_MAC[4],
  transmitBelow: false,
  netlinkNotify: false,
  ...part,
});
const toPeer = (address: string): UnicastPlan => ({
  peers: [{ address, minTtl: 0, maxTtl: 255 }],
  ttl: 255,
  checkSource: false,
});

type Kind = {
  readonly name: string;
  readonly vip: string;
  /** Source of adverts on the wire, and of what announces the addresses. */
  readonly sender: string;
  readonly announcer: string;
  part(host: Host): Partial<VrrpInstancePlan>;
  text(host: Host): string;
};

const fast = { version: 3, advertIntervalMs: 300 } as const;
const kinds: readonly Kind[] = [
  {
    name: "version 2",
    vip: VIP,
    sender: ROUTER_MAC[4],
    announcer: ROUTER_MAC[4],
    part: () => ({ vmac: vmac() }),
    text: () => `version 2\n advert_int 1\n use_vmac\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3, adverts on the interface below",
    vip: VIP,
    sender: BASE_MAC,
    announcer: ROUTER_MAC[4],
    part: () => ({ ...fast, vmac: vmac({ transmitBelow: true }) }),
    text: () => `version 3\n advert_int 0.3\n use_vmac\n vmac_xmit_base\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3, unicast, a name and a MAC address of its own",
    vip: VIP,
    sender: BASE_MAC,
    announcer: "02:00:5e:00:01:33",
    part: (host) => ({
      ...fast,
      vmac: vmac({ interface: "own0", mac: "02:00:5e:00:01:33", transmitBelow: true }),
      unicast: toPeer(addressOf[other[host]]),
    }),
    text: (host) =>
      `version 3\n advert_int 0.3\n use_vmac own0 02:00:5e:00:01:33\n unicast_peer { ${addressOf[other[host]]} }\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3 over IPv6",
    vip: GLOBAL,
    sender: ROUTER_MAC[6],
    announcer: ROUTER_MAC[6],
    part: () => ({
      ...fast,
      family: 6,
      multicastGroup: "ff02::12",
      vmac: vmac({ mac: ROUTER_MAC[6] }),
      addresses: [
        { address: LINK_LOCAL, prefixLength: 64, noDad: true },
        { address: GLOBAL, prefixLength: 64, noDad: true },
      ],
    }),
    text: () => `version 3\n advert_int 0.3\n use_vmac\n virtual_ipaddress { ${LINK_LOCAL}/64\n ${GLOBAL}/64 }`,
  },
  {
    name: "an address on a VMAC of another interface",
    vip: "198.51.100.9",
    sender: BASE_MAC,
    announcer: BASE_MAC,
    part: () => ({
      ...fast,
      addresses: [
        { address: VIP, prefixLength: 32 },
        { address: "198.51.100.9", prefixLength: 24, interface: "net1", vmac: "vrrp.51" },
      ],
    }),
    text: () => `version 3\n advert_int 0.3\n virtual_ipaddress { ${VIP}\n 198.51.100.9/24 dev net1 use_vmac }`,
  },
];

async function lay(): Promise<Bench> {
  const bench = await Bench.start();
  for (const host of ["a", "b"] as const) {
    const set = (name: string, ...words: string[]) => bench.ip(host, "link", "set", name, ...words);
    await bench.ip(host, "link", "add", "net1", "type", "veth", "peer", "name", "net2");
    const macs = { eth0: BASE_MAC, net1: "02:00:00:00:01:01", net2: "02:00:00:00:01:02" };
    await set("eth0", "down"); // its link-local address is to be that of the MAC address
    for (const [name, mac] of Object.entries(macs)) {
      if (host === "a" || name !== "eth0") await set(name, "address", mac);
      await set(name, "up");
    }
    await eventually(`${host} has its link-local addresses`, 10_000, async () => {
      const shown = await bench.ip(host, "-o", "-6", "addr", "show", "scope", "link");
      return shown.split("\n").filter((line) => line.includes("fe80:")).length === 3 && !shown.includes("tentative");
    });
  }
  return bench;
}

async function start(
  bench: Bench,
  host: Host,
  who: "ours" | "keepalived",
  kind: Kind,
  priority: number,
): Promise<Running> {
  if (who === "ours") {
    const room = await bench.room(host, plan(instance({ ...kind.part(host), priority })));
    // Its interface is there, and heard.
    await eventually("ours has begun", 10_000, () => /Entering (BACKUP|FAULT) STATE/.test(room.stderr));
    return room;
  }
  const head = `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n`;
  return bench.keepalived(host, `${head} ${kind.text(host)}\n}\n`);
}

const SETTINGS = ["arp_ignore", "arp_filter", "accept_local", "rp_filter", "promote_secondaries"];

/** What a host has: its interfaces with their options, their addresses, and the settings of the kernel for them. */
async function portrait(bench: Bench, host: Host): Promise<string> {
  const clean = (text: string): string =>
    text
      .replaceAll(/^\d+: /gm, "")
      .replaceAll(/@if\d+/g, "")
      .replaceAll(/ proto \w+| link-netns \S+/g, "")
      .split("\n")
      .sort()
      .join("\n");
  const links = clean(await bench.ip(host, "-d", "-o", "link"));
  const addresses = clean(await bench.ip(host, "-o", "addr"));
  const files = `for f in ${SETTINGS.join(" ")}; do for d in /proc/sys/net/ipv4/conf/*; do echo $d/$f $(cat $d/$f); done; done; for d in /proc/sys/net/ipv6/conf/*; do echo $d $(cat $d/disable_ipv6 $d/addr_gen_mode); done`;
  return [links, addresses, await bench.run(host, "sh", "-c", files)].join("\n");
}

/** Without what keepalived 2.2.7 has otherwise: it loosens the rp_filter of interfaces that have nothing to do with it, and
 *  only later versions set arp_ignore of an interface of IPv6. */
const comparable = (shown = ""): string =>
  shown
    .split("\n")
    .filter((line) => !/conf\/(lo|eth0|net\d)\/rp_filter/.test(line))
    .map((line) => line.replace(/(conf\/vrrp.51\/arp_ignore) \d/, "$1"))
    .join("\n");

/** Source addresses of frames by what they carry. */
function senders(dump: string): { adverts: Set<string>; announcements: Set<string> } {
  const found = { adverts: new Set<string>(), announcements: new Set<string>() };
  for (const line of dump.split("\n")) {
    const mac = /^\S+ ([0-9a-f:]{17}) > /.exec(line)?.[1];
    if (mac === undefined) continue;
    if (/VRRPv\d/.test(line)) found.adverts.add(mac);
    if (
      /who-has (192\.0\.2\.100|198\.51\.100\.9) .*tell (192\.0\.2\.100|198\.51\.100\.9)/.test(line) ||
      /tgt is (fe80::100|2001:db8::100)/.test(line)
    )
      found.announcements.add(mac);
  }
  return found;
}

async function wire(bench: Bench, host: Host): Promise<Running> {
  const filter = "vrrp or arp or icmp6 or ip6 proto 112";
  const dump = bench.spawn(
    host,
    "tcpdump",
    "-i",
    "eth0",
    "-Q",
    "out",
    "-p",
    "-n",
    "-e",
    "-l",
    "--immediate-mode",
    filter,
  );
  await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
  return dump;
}

const pairs = [
  { a: "ours", b: "ours" },
  { a: "ours", b: "keepalived" },
  { a: "keepalived", b: "ours" },
] as const;

describe.skipIf(!isRoot)("interfaces of an instance's own", () => {
  test.concurrent.for(kinds)("$name: a host looks as keepalived makes it look", async (kind) => {
    const seen = [];
    for (const who of ["keepalived", "ours"] as const) {
      await using bench = await lay();
      await bench.run("a", "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1");
      const before = await portrait(bench, "a");
      const dump = await wire(bench, "a");
      const running = await start(bench, "a", who, kind, 150);
      await eventually(
        "it waits",
        6000,
        async () => kind.vip !== GLOBAL || (await bench.ip("a", "link")).includes("vrrp.51"),
      );
      await eventually(`${who} holds the VIP`, 6000, () => bench.owns("a", kind.vip));
      await eventually("it is announced", 6000, () => senders(dump.stdout).announcements.size > 0);
      await eventually("adverts leave", 6000, () => senders(dump.stdout).adverts.size > 0);
      const during = await portrait(bench, "a");
      await running.end();
      if (who === "ours") expect(await portrait(bench, "a")).toBe(before);
      const { adverts, announcements } = senders(dump.stdout);
      seen.push({ during, adverts: [...adverts], announcements: [...announcements] });
    }
    const [theirs, ours] = seen;
    expect(ours?.adverts).toEqual([kind.sender]);
    expect(ours?.announcements).toEqual([kind.announcer]);
    expect(comparable(ours?.during)).toEqual(comparable(theirs?.during));
    expect(theirs).toMatchObject({ adverts: ours?.adverts, announcements: ours?.announcements });
  });

  test.concurrent.for(kinds.flatMap((kind) => pairs.map((pair) => ({ ...pair, kind, name: kind.name }))))(
    "$name, master $a, backup $b: placement, stop, return, pulled cable, return",
    async ({ a, b, kind }) => {
      await using bench = await lay();
      const { vip } = kind;
      const only = (host: Host) => async (): Promise<boolean> =>
        (await bench.owns(host, vip)) && !(await bench.owns(other[host], vip));
      const master = await start(bench, "a", a, kind, 150);
      await eventually("a holds the VIP", 6000, only("a"));
      await start(bench, "b", b, kind, 100);
      const intervalMs = kind.part("a").advertIntervalMs ?? 1000;
      const skewMs = (156 / 256) * intervalMs;

      const stopped = eventually("b holds the VIP after the stop", 4000, () => bench.owns("b", vip));
      master.signal("SIGTERM");
      expect(await stopped).toBeLessThan(skewMs + SLACK_MS);
      await master.exited;

      await start(bench, "a", a, kind, 150);
      await eventually("a has it back", 10_000, only("a"));
      await bench.cut("a");
      await eventually("b holds the VIP after the cable", 8000, () => bench.owns("b", vip));
      await bench.restore("a");
      await eventually("a has it back again", 10_000, only("a"));
    },
  );

  const [first] = kinds as readonly [Kind, ...Kind[]];
  const own = async (bench: Bench, host: Host): Promise<string> =>
    (await bench.ip(host, "-o", "link")).split("\n").find((line) => line.includes("vrrp.51")) ?? "";

  test.concurrent("the interface below is deleted and comes back: so does the one above it, with its addresses", async () => {
    await using bench = await lay();
    const room = await start(bench, "a", "ours", first, 150);
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    await bench.ip("a", "link", "del", "vrrp.51");
    await eventually("it is made again", 4000, async () => (await own(bench, "a")) !== "");
    await eventually("a holds the VIP again", 8000, () => bench.owns("a"));
    await bench.ip("a", "link", "set", "eth0", "name", "away");
    await bench.ip("a", "link", "del", "away");
    await eventually("it says so", 4000, () => room.stderr.includes("interface eth0 does not exist"));
    await bench.ip(
      "a",
      "link",
      "add",
      "eth0",
      "type",
      "veth",
      "peer",
      "name",
      "port-a",
      "netns",
      bench.switchNamespace,
    );
    await bench.ip("sw", "link", "set", "port-a", "master", "br0", "up");
    await bench.ip("a", "addr", "add", `${addressOf.a}/24`, "dev", "eth0");
    await bench.ip("a", "link", "set", "eth0", "up");
    await eventually("a holds the VIP once more", 10_000, () => bench.owns("a"));
    expect(await own(bench, "a")).toMatch(/vrrp\.51@eth0:.*00:00:5e:00:01:33/);
  });

  test.concurrent("a successor of a killed process goes on with the interface as it is", async () => {
    await using bench = await lay();
    const room = await start(bench, "a", "ours", first, 150);
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    await start(bench, "b", "keepalived", first, 100);
    const before = await own(bench, "a");
    const monitor = bench.spawn("a", "ip", "monitor", "link", "addr");
    await room.end("SIGKILL");
    const saved = { state: "master", sinceWallMs: 0, effectivePriority: 150, counters: {} } as const;
    const again = await bench.room("a", plan(instance({ ...first.part("a"), priority: 150 })), {
      instances: { VI_1: saved },
      scripts: {},
    });
    await eventually("it is used", 4000, () => again.stderr.includes("vrrp.51 on eth0 was there; it is used"));
    expect(await own(bench, "a")).toBe(before);
    expect(monitor.stdout).not.toContain("Deleted");
    expect(await bench.owns("b")).toBe(false);
  });

  test.concurrent("a reload puts the addresses on the interface itself, and takes the other one away", async () => {
    await using bench = await lay();
    const room = await start(bench, "a", "ours", first, 150);
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    const { vmac: _, ...without } = instance({ ...first.part("a"), priority: 150 });
    await bench.writePlan("a", plan(without));
    room.signal("SIGHUP");
    await eventually("it is gone", 6000, async () => (await own(bench, "a")) === "");
    await eventually("eth0 has the VIP", 8000, async () => (await bench.ip("a", "addr", "show", "eth0")).includes(VIP));
    expect(await bench.run("a", "cat", "/proc/sys/net/ipv4/conf/eth0/arp_ignore")).toBe("0\n");
  });

  test.concurrent("an interface of the name that is none of ours is left alone, and the instance is in FAULT", async () => {
    await using bench = await lay();
    await bench.ip("a", "link", "set", "net2", "down");
    await bench.ip("a", "link", "set", "net2", "name", "vrrp.51");
    const room = await start(bench, "a", "ours", first, 150);
    await eventually("it says so", 6000, () =>
      room.stderr.includes("Entering FAULT STATE (interface vrrp.51 cannot be used: it exists, and is no macvlan)"),
    );
    await room.end();
    expect(await own(bench, "a")).toContain("02:00:00:00:01:02");
  });

  test.concurrent("garp_extra_if: where no adverts leave, an address is announced now and then", async () => {
    const kind = kinds.find(({ vip }) => vip === "198.51.100.9") as Kind;
    const counts: number[] = [];
    for (const who of ["keepalived", "ours"] as const) {
      await using bench = await lay();
      const filter = ["-i", "net2", "-Q", "in", "-p", "-n", "-e", "-l", "--immediate-mode", "arp"];
      const dump = bench.spawn("a", "tcpdump", ...filter);
      await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
      const garp = { ...instance().garp, masterDelayMs: 1000, extra: { all: false, intervalMs: 1000 } };
      const text = `${kind.text("a")}\n garp_master_delay 1\n garp_extra_if 1`;
      if (who === "ours") await bench.room("a", plan(instance({ ...kind.part("a"), garp, priority: 150 })));
      else await start(bench, "a", who, { ...kind, text: () => text }, 150);
      await eventually(`${who} holds the VIP`, 6000, () => bench.owns("a", kind.vip));
      // Two batches of 5 in the first second, then one a second.
      await throughout("it stays MASTER", 4600, () => bench.owns("a", kind.vip));
      const frames = dump.stdout.split("\n").filter((line) => line.includes("who-has 198.51.100.9"));
      counts.push(frames.length);
      expect(frames.every((line) => line.includes(`${ROUTER_MAC[4]} >`))).toBe(true);
    }
    const [theirs = 0, ours = 0] = counts;
    expect(theirs).toBeGreaterThan(11);
    expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(1);
  });
});
