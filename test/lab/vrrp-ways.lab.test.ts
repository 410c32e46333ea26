import { describe, expect, test } from "vitest";
import type { UnicastPlan, VrrpInstancePlan } from "../../src/vrrp/model.ts";
import {
  addressOf,
  type Bench,
  eventually,
  type Host,
  instance,
  isRoot,
  plan,
  type Running,
  VIP,
} from "./vrrp-bench.ts";
import { layDual } from "./vrrp-routers.ts";
import { GLOBAL, globalOf, LINK_LOCAL, other } from "./vrrp-rows.ts";

const SLACK_MS = 1200;

const toPeer = (address: string): UnicastPlan => ({
  peers: [{ address, minTtl: 0, maxTtl: 255 }],
  ttl: 255,
  checkSource: false,
});

/** What an instance of each kind has on a host, as our plan and as keepalived's text. */
type Kind = {
  readonly name: string;
  readonly vip: string;
  part(host: Host): Partial<VrrpInstancePlan>;
  text(host: Host): string;
  /** Its adverts have the checksum of keepalived before 1.3.7, which tcpdump calls a bad one. */
  readonly oldChecksum?: true;
};

const six = {
  version: 3,
  family: 6,
  advertIntervalMs: 300,
  multicastGroup: "ff02::12",
  addresses: [
    { address: LINK_LOCAL, prefixLength: 64, noDad: true },
    { address: GLOBAL, prefixLength: 64, noDad: true },
  ],
} as const;
const sixText = `version 3\n advert_int 0.3\n virtual_ipaddress { ${LINK_LOCAL}/64\n ${GLOBAL}/64 }`;

const nowhere = {
  version: 3,
  advertIntervalMs: 300,
  interface: "",
  addresses: [{ address: VIP, prefixLength: 32, interface: "eth0" }],
} as const;

const kinds: readonly Kind[] = [
  { name: "version 3 over IPv6", vip: GLOBAL, part: () => six, text: () => sixText },
  {
    name: "version 2, authentication header",
    vip: VIP,
    part: () => ({ ahKey: "secret" }),
    text: () =>
      `version 2\n advert_int 1\n authentication { auth_type AH\n auth_pass secret }\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 2, unicast",
    vip: VIP,
    part: (host) => ({ sourceAddress: addressOf[host], unicast: toPeer(addressOf[other[host]]) }),
    text: (host) =>
      `version 2\n advert_int 1\n unicast_src_ip ${addressOf[host]}\n unicast_peer { ${addressOf[other[host]]} }\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3, unicast",
    vip: VIP,
    part: (host) => ({ version: 3, advertIntervalMs: 300, unicast: toPeer(addressOf[other[host]]) }),
    text: (host) =>
      `version 3\n advert_int 0.3\n unicast_src_ip ${addressOf[host]}\n unicast_peer { ${addressOf[other[host]]} }\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3 over IPv6, unicast",
    vip: GLOBAL,
    part: (host) => ({ ...six, sourceAddress: globalOf[host], unicast: toPeer(globalOf[other[host]]) }),
    text: (host) => `${sixText}\n unicast_src_ip ${globalOf[host]}\n unicast_peer { ${globalOf[other[host]]} }`,
  },
  {
    name: "version 3, unicast without an interface",
    vip: VIP,
    part: (host) => ({ ...nowhere, sourceAddress: addressOf[host], unicast: toPeer(addressOf[other[host]]) }),
    // Debian's keepalived wants an interface.
    text: (host) =>
      `version 3\n advert_int 0.3\n unicast_src_ip ${addressOf[host]}\n unicast_peer { ${addressOf[other[host]]} }\n virtual_ipaddress { ${VIP} }`,
  },
  {
    name: "version 3, unicast with the checksum of before",
    vip: VIP,
    oldChecksum: true,
    // b learns it from a
    part: (host) => ({
      ...{ version: 3, advertIntervalMs: 300, unicast: toPeer(addressOf[other[host]]) },
      ...(host === "a" && { oldUnicastChecksum: "use" }),
    }),
    text: (host) =>
      `version 3\n advert_int 0.3\n old_unicast_checksum\n unicast_src_ip ${addressOf[host]}\n unicast_peer { ${addressOf[other[host]]} }\n virtual_ipaddress { ${VIP} }`,
  },
];

function start(bench: Bench, host: Host, who: "ours" | "keepalived", kind: Kind, priority: number): Promise<Running> {
  if (who === "ours") return bench.room(host, plan(instance({ ...kind.part(host), priority })));
  const head = `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n`;
  return bench.keepalived(host, `${head} ${kind.text(host)}\n}\n`);
}

const pairs = [
  { a: "ours", b: "ours" },
  { a: "ours", b: "keepalived" },
  { a: "keepalived", b: "ours" },
] as const;

describe.skipIf(!isRoot)("over IPv6, to peers, with an authentication header", () => {
  test.concurrent.for(kinds.flatMap((kind) => pairs.map((pair) => ({ ...pair, kind, name: kind.name }))))(
    "$name, master $a, backup $b: placement, stop, return, pulled cable, return",
    async ({ a, b, kind }) => {
      await using bench = await layDual();
      const { vip } = kind;
      const only = (host: Host) => async (): Promise<boolean> =>
        (await bench.owns(host, vip)) && !(await bench.owns(other[host], vip));
      const dump = await bench.capture("b", "ip proto 112 or ip proto 51 or ip6 proto 112 or icmp6 or arp");
      const master = await start(bench, "a", a, kind, 150);
      await eventually("a holds the VIP", 6000, only("a"));
      const backup = await start(bench, "b", b, kind, 100);
      const intervalMs = kind.part("a").advertIntervalMs ?? 1000;
      const skewMs = (156 / 256) * (kind.part("a").version === 3 ? intervalMs : 1000);

      const stopped = eventually("b holds the VIP after the stop", 4000, () => bench.owns("b", vip));
      master.signal("SIGTERM");
      expect(await stopped).toBeLessThan(skewMs + SLACK_MS);
      await master.exited;
      const again = await start(bench, "a", a, kind, 150);
      await eventually("a took it back", 8000, only("a"));

      await bench.cut("a");
      const cutMs = await eventually("b holds the VIP after the cut", 6000, () => bench.owns("b", vip));
      expect(cutMs).toBeLessThan(3 * intervalMs + skewMs + SLACK_MS);
      await bench.restore("a");
      await eventually("a took it back again", 12_000, only("a"));

      // Of two masters, as after the cut, one has the lower sequence numbers: the authentication header calls them replayed.
      for (const ours of [...(a === "ours" ? [master, again] : []), ...(b === "ours" ? [backup] : [])])
        expect(ours.stderr).not.toMatch(/dropped an advert(?!.*sequence number)|advert from .*(list|interval)/);
      for (const theirs of [...(a === "keepalived" ? [master, again] : []), ...(b === "keepalived" ? [backup] : [])])
        expect(theirs.stderr).not.toMatch(/checksum|invalid|mismatch|bogus|differ|expected/i);
      if (kind.oldChecksum) expect(dump.stdout).toContain("bad vrrp cksum");
      else expect(dump.stdout).not.toMatch(/bad (vrrp )?cksum|wrong icmp6 cksum/);
      if (vip === GLOBAL)
        expect(dump.stdout).toMatch(/neighbor advertisement.*tgt is 2001:db8::100.*Flags \[.*override\]/);
      else expect(dump.stdout).toContain(`who-has ${VIP}`);
    },
  );

  test.concurrent("the options of an address are the kernel's", async () => {
    await using bench = await layDual();
    const at = { prefixLength: 64, noDad: true } as const;
    const addresses = [
      { ...at, address: LINK_LOCAL },
      { ...at, address: "2001:db8::101", prefixLength: 128, preferredLifetimeS: 0 },
      { ...at, address: "2001:db8:1::102", noPrefixRoute: true as const, preferredLifetimeS: 600 },
    ];
    await bench.room("a", plan(instance({ ...six, addresses })));
    await eventually("a holds them", 6000, () => bench.owns("a", "2001:db8:1::102"));
    const shown = await bench.ip("a", "-o", "-6", "addr", "show", "dev", "eth0");
    expect(shown).toMatch(/fe80::100\/64 scope link nodad .*preferred_lft forever/);
    expect(shown).toMatch(/2001:db8::101\/128 scope global nodad deprecated .*preferred_lft 0sec/);
    expect(shown).toMatch(/2001:db8:1::102\/64 scope global nodad noprefixroute .*preferred_lft (600|59\d)sec/);
    expect(await bench.ip("a", "-6", "route", "show")).not.toContain("2001:db8:1::/64");
  });

  test.concurrent("a sender that is no peer is not heard where unicast sources are checked", async () => {
    await using bench = await layDual();
    const peer = toPeer("192.0.2.77");
    const b = await bench.room("b", plan(instance({ unicast: { ...peer, checkSource: true }, priority: 100 })));
    await bench.room("a", plan(instance({ unicast: toPeer(addressOf.b), priority: 200 })));
    await eventually("both are master", 8000, async () => (await bench.owns("a")) && (await bench.owns("b")));
    await eventually("it says so", 4000, () => b.stderr.includes(`${addressOf.a} is no unicast_peer`));
  });
});
