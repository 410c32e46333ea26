import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Destination, Service, SyncDaemon } from "../../src/ipvs/model.ts";
import { diffSyncDaemons } from "../../src/virtual-server/sync.ts";
import {
  drive,
  type Entries,
  type Generated,
  listed,
  type Reached,
  type Refused,
  real,
  saved,
  tcp,
} from "./ipvs-bench.ts";
import { Lab } from "./lib/lab.ts";

const VIP = "192.168.122.100";
const tun = { method: "tun", tunnel: { type: "ipip" } } as const;
const udp = (port: number, changes: Partial<Service> = {}): Service => ({
  ...tcp(VIP, 0, changes),
  id: { kind: "address", protocol: "udp", address: VIP, port },
});

/** What both transports can do, and the same in ipvsadm's words. */
const mixed: Entries = [
  [tcp(VIP, 80, { flags: 1, timeoutS: 50 }), real("192.168.122.10", 80), real("192.168.122.20", 80, { weight: 3 })],
  [tcp(VIP, 443, { flags: 1, timeoutS: 360, netmaskBits: 24, scheduler: "wlc" })],
  [
    tcp(VIP, 1122, { scheduler: "lc" }),
    real("192.168.122.10", 22, { forwarding: { method: "nat" }, upperThreshold: 100, lowerThreshold: 50 }),
    real("192.168.122.20", 22, { forwarding: { method: "nat" }, weight: 0 }),
  ],
  [tcp(VIP, 8080, { scheduler: "sh", flags: 0x18 }), real("192.168.122.10", 8080, { forwarding: tun })],
  [udp(53, { flags: 4 }), real("192.168.122.10", 53)],
  [
    { ...tcp(VIP, 0), id: { kind: "fwmark", family: 4, fwmark: 7 }, scheduler: "wrr" },
    real("192.168.122.10", 0),
    real("192.168.122.20", 0, { weight: 65535 }),
  ],
];
const mixedByIpvsadm = `
-A -t ${VIP}:80 -s rr -p 50
-a -t ${VIP}:80 -r 192.168.122.10:80 -g -w 1
-a -t ${VIP}:80 -r 192.168.122.20:80 -g -w 3
-A -t ${VIP}:443 -s wlc -p 360 -M 255.255.255.0
-A -t ${VIP}:1122 -s lc
-a -t ${VIP}:1122 -r 192.168.122.10:22 -m -w 1 -x 100 -y 50
-a -t ${VIP}:1122 -r 192.168.122.20:22 -m -w 0
-A -t ${VIP}:8080 -s sh -b sh-fallback,sh-port
-a -t ${VIP}:8080 -r 192.168.122.10:8080 -i -w 1
-A -u ${VIP}:53 -s rr -o
-a -u ${VIP}:53 -r 192.168.122.10:53 -g -w 1
-A -f 7 -s wrr
-a -f 7 -r 192.168.122.10:0 -g -w 1
-a -f 7 -r 192.168.122.20:0 -g -w 65535
`.trimStart();

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const host of ["d1", "d2"] as const) await lab.run(host, "ipvsadm -C");
});

/** What the ipvsadm binary makes of a script: its own listing and thresholds. */
async function byIpvsadm(script: string): Promise<string[]> {
  await lab.run("d2", ["ipvsadm", "-R"], { stdin: script });
  return [await lab.run("d2", "ipvsadm -Ln"), await lab.run("d2", "ipvsadm -Ln --thresholds")];
}

const listings = [listed(), listed("--thresholds")];

describe.each(["genl", "sockopt"])("IPVS by %s", (transport) => {
  test("says which transport it is, and the version and table size that ipvsadm says", async () => {
    const [info, text] = await drive<[Record<string, unknown>, string]>(lab, "d1", transport, [
      { do: "info" },
      listed(),
    ]);
    expect(info.transport).toBe(transport);
    expect(text).toContain(`version ${info.version} (size=${info.connectionTableSize})`);
  });

  test("every scheduler of the kernel is set and read back", async () => {
    const schedulers = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq".split(" ");
    const entries: Entries = schedulers.map((scheduler, i) => [tcp(VIP, 1000 + i, { scheduler })]);
    const [reached, text] = await drive<[Reached, string]>(lab, "d1", transport, [{ do: "reach", entries }, listed()]);
    expect(reached).toMatchObject({ failures: [], left: [] });
    const lines = text.split("\n").filter((line) => line.startsWith("TCP"));
    expect(lines).toEqual(schedulers.map((scheduler, i) => `TCP  ${VIP}:${1000 + i} ${scheduler}`));
  });

  test("DR, NAT, TUN, persistence, masks, thresholds, flags and marks stand in the kernel as ipvsadm sets them", async () => {
    const steps = [{ do: "reach", entries: mixed } as const, ...listings];
    const [reached, ...texts] = await drive<[Reached, string, string]>(lab, "d1", transport, steps);
    expect(reached).toMatchObject({ failures: [], left: [] });
    expect(texts).toEqual(await byIpvsadm(mixedByIpvsadm));
  });

  test("what ipvsadm set is read as it is: there is nothing to change", async () => {
    const restore = `ipvsadm -R <<'EOF'\n${mixedByIpvsadm}EOF`;
    const each = mixed.map(([{ id }]) => ({ do: "destinations", id }) as const);
    const none = { do: "destinations", id: tcp(VIP, 4711).id } as const;
    const steps = [{ do: "command", line: restore } as const, { do: "reach", entries: mixed } as const, ...each, none];
    const [, reached, ...read] = await drive<[string, Reached, ...unknown[]]>(lab, "d1", transport, steps);
    expect(reached).toEqual({ ops: [], failures: [], left: [] });
    // One service by itself too; one that is not there has none.
    const sorted = (list: unknown) => [...(list as Destination[])].sort((a, b) => (a.address < b.address ? -1 : 1));
    expect(read.slice(0, -1).map(sorted)).toEqual(mixed.map(([, ...destinations]) => sorted(destinations)));
    expect(read.at(-1)).toEqual(transport === "genl" ? [] : expect.objectContaining({ error: "ESRCH" }));
  });

  test("a table that somebody changed is repaired by the commands it takes and no more", async () => {
    const changes = [
      `ipvsadm -E -t ${VIP}:80 -s wlc`,
      `ipvsadm -e -t ${VIP}:1122 -r 192.168.122.10:22 -m -w 9`,
      `ipvsadm -d -f 7 -r 192.168.122.20:0`,
      `ipvsadm -D -u ${VIP}:53`,
      `ipvsadm -A -t ${VIP}:9999`,
    ];
    const [, , reached, ...texts] = await drive<[Reached, string, Reached, string, string]>(lab, "d1", transport, [
      { do: "reach", entries: mixed },
      { do: "command", line: changes.join(" && ") },
      { do: "reach", entries: mixed },
      ...listings,
    ]);
    expect(reached).toMatchObject({ failures: [], left: [] });
    expect(reached.ops).toEqual(["setService", "setDest", "addService", "addDest", "addDest", "delService"]);
    expect(texts).toEqual(await byIpvsadm(mixedByIpvsadm));
  });

  test("a refused command names its reason, and the others hold", async () => {
    const service = tcp(VIP, 80);
    const gone = real("192.168.122.99", 80);
    const [failures, text] = await drive<[{ errno: string; hint: string }[], string]>(lab, "d1", transport, [
      {
        do: "apply",
        commands: [
          { op: "addService", service },
          { op: "addService", service },
          { op: "addService", service: tcp(VIP, 81, { scheduler: "nope" }) },
          { op: "setService", service: tcp(VIP, 82) },
          { op: "delDest", service, destination: gone },
          { op: "addDest", service, destination: real("224.0.0.1", 80) },
          { op: "addDest", service, destination: real("192.168.122.10", 80, { upperThreshold: 1, lowerThreshold: 2 }) },
          { op: "addDest", service, destination: real("192.168.122.20", 80) },
        ],
      },
      listed(),
    ]);
    expect(failures.map(({ errno }) => errno)).toEqual(["EEXIST", "ENOENT", "ESRCH", "ENOENT", "EINVAL", "ERANGE"]);
    expect(failures[1]?.hint).toContain("modprobe ip_vs_nope");
    expect(
      text
        .split("\n")
        .filter((line) => line.includes("->"))
        .slice(1),
    ).toEqual([expect.stringContaining("192.168.122.20:80")]);
  });

  test("sync daemons start and stop as master and as backup, each with its id", async () => {
    const master = { role: "master", interface: "eth0", syncId: 51 } as const;
    const backup = { role: "backup", interface: "eth0", syncId: 52 } as const;
    const shown = { do: "command", line: "ipvsadm -L --daemon" } as const;
    const [, , again, daemons, text, , , after, missing] = await drive<unknown[]>(lab, "d1", transport, [
      { do: "start", daemon: master },
      { do: "start", daemon: backup },
      { do: "start", daemon: backup },
      { do: "daemons" },
      shown,
      { do: "stop", daemon: master },
      { do: "stop", daemon: backup },
      { do: "daemons" },
      { do: "stop", daemon: master },
    ]);
    expect(daemons).toMatchObject([master, backup]);
    expect(text).toContain("master sync daemon (mcast=eth0, syncid=51");
    expect(text).toContain("backup sync daemon (mcast=eth0, syncid=52");
    expect([again, missing]).toMatchObject([{ error: "EEXIST" }, { error: "ESRCH" }] satisfies Partial<Refused>[]);
    expect(after).toEqual([]);
  });

  test("timeouts are those that ipvsadm says; what is left out stays", async () => {
    const shown = { do: "command", line: "ipvsadm -L --timeout" } as const;
    const [, , before, after, , again] = await drive<unknown[]>(lab, "d1", transport, [
      { do: "command", line: "ipvsadm --set 900 120 300" },
      { do: "setTimeouts", timeouts: { tcpS: 1000, udpS: 7 } },
      { do: "timeouts" },
      shown,
      { do: "setTimeouts", timeouts: { tcpFinS: 33 } },
      { do: "timeouts" },
    ]);
    expect(before).toEqual({ tcpS: 1000, tcpFinS: 120, udpS: 7 });
    expect(after).toContain("Timeout (tcp tcpfin udp): 1000 120 7");
    expect(again).toEqual({ tcpS: 1000, tcpFinS: 33, udpS: 7 });
  });

  test("1000 services of 20 real servers go in without a failure, and are read back", async () => {
    const steps = [
      { do: "generate", services: 1000, destinations: 20 } as const,
      { do: "command", line: "ipvsadm -Sn | wc -l" } as const,
    ];
    const [made, lines] = await drive<[Generated, string]>(lab, "d1", transport, steps);
    expect(made).toMatchObject({ failures: 0, services: 1000 });
    expect(Number(lines)).toBe(21_000);
  });
});

describe("what only generic netlink can", () => {
  const six = "2001:db8::100";
  const entries: Entries = [
    [
      tcp(six, 80, { flags: 1, timeoutS: 50, netmaskBits: 64 }),
      real("2001:db8::10", 80),
      real("2001:db8::20", 80, { forwarding: { method: "nat" } }),
    ],
    [{ ...tcp(six, 0), id: { kind: "fwmark", family: 6, fwmark: 9 } }, real("2001:db8::10", 0)],
    [udp(5060, { flags: 1, timeoutS: 60, engine: "sip" }), real("192.168.122.10", 5060)],
    [
      tcp(VIP, 80),
      real("192.168.122.10", 80, {
        forwarding: { method: "tun", tunnel: { type: "gue", port: 6080, checksum: "csum" } },
      }),
      real("192.168.122.20", 80, { forwarding: { method: "tun", tunnel: { type: "gre", checksum: "none" } } }),
      real("2001:db8::20", 80, { forwarding: tun }),
    ],
  ];

  test("IPv6, marks for IPv6, persistence engines, GUE and GRE tunnels, real servers of the other family", async () => {
    const steps = [{ do: "reach", entries } as const, { do: "reach", entries } as const, saved, listed()];
    const [first, second, text, table] = await drive<[Reached, Reached, string, string]>(lab, "d1", "genl", steps);
    expect(first).toMatchObject({ failures: [], left: [] });
    expect(second.ops).toEqual([]);
    expect(text).toContain("-A -t [2001:db8::100]:80 -s rr -p 50 -M 64");
    expect(text).toContain("-A -f 9 -6 -s rr");
    expect(text).toContain(`-A -u ${VIP}:5060 -s rr -p 60 --pe sip`);
    expect(text).toContain("-r 192.168.122.10:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum");
    expect(text).toContain("-r 192.168.122.20:80 -i -w 1 --tun-type gre --tun-nocsum");
    expect(table).toContain("  -> [2001:db8::20]:80            Tunnel");
  });

  test("length, port, time to live and group of a sync daemon; what the kernel says back is the same daemon", async () => {
    const options = { maxLength: 1400, port: 9000, ttl: 3, group: "224.0.0.99" } as const;
    const daemon = { role: "master", interface: "eth0", syncId: 51, ...options } as const;
    const plain = { role: "backup", interface: "eth0", syncId: 52 } as const;
    const [, , daemons, , , refused] = [
      ...(await drive<unknown[]>(lab, "d1", "genl", [
        { do: "start", daemon },
        { do: "start", daemon: plain },
        { do: "daemons" },
        { do: "stop", daemon },
        { do: "stop", daemon: plain },
      ])),
      ...(await drive<unknown[]>(lab, "d1", "sockopt", [{ do: "start", daemon }])),
    ];
    expect(daemons).toMatchObject([daemon, plain]);
    expect(diffSyncDaemons([daemon, plain], daemons as SyncDaemon[])).toEqual([]);
    expect(refused).toMatchObject({ error: "EOPNOTSUPP", message: expect.stringContaining("`maxlen`, `port`") });
  });

  test("socket options refuse each of them, and say what they need", async () => {
    const commands = entries.map(([service]) => ({ op: "addService" as const, service }));
    const [failures] = await drive<[{ errno: string; hint: string }[]]>(lab, "d1", "sockopt", [
      { do: "apply", commands },
    ]);
    expect(failures.map(({ hint }) => /(IPv6|persistence engine) needs/.exec(hint)?.[0])).toEqual(
      ["IPv6 needs", "IPv6 needs", "a persistence engine needs"].map((text) => text.replace(/^a /, "")),
    );
    expect(failures[0]?.hint).toContain("needs IPVS over generic netlink");
  });
});

describe("where generic netlink cannot be had", () => {
  test("socket options are used, and the reason is told", async () => {
    const driver = await lab.bundle("test/lab/guest/ipvs-driver.ts");
    const addon = path.join(path.dirname(driver), "../native/build/Release/lvskeeper.node");
    const script = `mount --bind /dev/null ${addon} && exec ${process.execPath} ${driver} any`;
    const steps = JSON.stringify([{ do: "info" }, { do: "reach", entries: mixed }]);
    const results = JSON.parse(await lab.run("d1", ["unshare", "-m", "sh", "-c", script], { stdin: steps }));
    expect(results).toMatchObject([
      { transport: "sockopt", reason: expect.stringContaining("lvskeeper.node") },
      { failures: [], left: [] },
    ]);
  });

  /** Runs a command on d1 where the addon, and with it generic netlink, cannot be loaded. */
  const withoutAddon = async (command: string): ReturnType<typeof lab.exec> => {
    const addon = path.join(path.dirname(await lab.program()), "../native/build/Release/lvskeeper.node");
    return lab.exec("d1", ["unshare", "-m", "sh", "-c", `mount --bind /dev/null ${addon} && ${command}`]);
  };

  test("the director keeps its table all the same; what cannot be said is refused at start, once, in one line", async () => {
    const config = `
      global_defs {
        lvs_timeouts tcp 900 tcpfin 60 udp 30
        lvs_sync_daemon eth0 id 51
      }
      virtual_server_group pair {
        10.1.0.1-2 80
        fwmark 9
      }
      virtual_server group pair {
        lb_algo sh
        sh-port
        lb_kind NAT
        protocol TCP
        persistence_timeout 50
        real_server 10.2.0.1 80 {
          weight 3
          uthreshold 100
          lthreshold 50
        }
      }
      virtual_server 2001:db8::100 80 {
        lb_algo rr
        lb_kind NAT
        protocol TCP
        real_server 2001:db8::10 80 {
        }
      }
      virtual_server 10.1.0.9 80 {
        lb_algo rr
        lvs_method TUN type gre
        protocol TCP
        real_server 10.2.0.1 80 {
        }
      }`;
    await lab.writeFile("/tmp/old.conf", config);
    const shown = "ipvsadm -Sn; ipvsadm -Ln --thresholds; ipvsadm -L --timeout";
    const ready = "grep -q 'is ready after' /tmp/old.log && sleep 2";
    const run = `{ ${process.execPath} ${await lab.program()} run -n -l -D -C -f /tmp/old.conf >/tmp/old.log 2>&1 & pid=$!;
      for i in $(seq 200); do ${ready} && break; sleep 0.1; done; ${shown}; kill $pid; wait $pid; }`;
    const { stdout } = await withoutAddon(run);
    const log = await lab.readFile("/tmp/old.log");
    for (const name of ["-t 10.1.0.1:80", "-t 10.1.0.2:80", "-f 9"]) {
      expect(stdout).toContain(`-A ${name} -s sh -p 50 -b sh-port\n`);
      expect(stdout).toContain(`-a ${name} -r 10.2.0.1:80 -m -w 3\n`);
    }
    expect(stdout).toContain("  -> 10.2.0.1:80                  100        50 ");
    expect(stdout).toContain("Timeout (tcp tcpfin udp): 900 60 30\n");
    expect(stdout).not.toContain("2001:db8");
    const refused = log.split("\n").filter((line) => line.includes("IPVS refused"));
    expect(refused).toEqual([
      expect.stringMatching(/2001:db8::100.*IPv6 needs IPVS over generic netlink, which is not in use here$/),
      expect.stringMatching(/10\.2\.0\.1.*a gre tunnel needs IPVS over generic netlink, which is not in use here$/),
    ]);
    expect(log).not.toContain("could not be programmed");
  });

  test("`lvskeeper ipvs` works over socket options, and says what they cannot", async () => {
    const ours = async (args: string) => withoutAddon(`${process.execPath} ${await lab.program()} ipvs ${args}`);
    for (const args of [
      "-A -t 10.0.0.1:80 -s wlc",
      "-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 3 -x 9 -y 2",
      "-a -t 10.0.0.1:80 -r 10.0.0.3:80 -g",
      "-e -t 10.0.0.1:80 -r 10.0.0.3:80 -i -w 7",
      "-A -f 7 -p 60",
      "-E -t 10.0.0.1:80 -s sh -b sh-fallback",
      "--set 901 121 301",
      "--start-daemon master --mcast-interface eth0 --syncid 3",
    ])
      expect(await ours(args)).toMatchObject({ status: 0, stderr: "" });
    for (const args of ["-Ln", "-Ln --thresholds", "-Ln --stats", "-Sn", "-L --timeout"])
      expect((await ours(args)).stdout).toBe(await lab.run("d1", `ipvsadm ${args}`));
    expect((await ours("-L --daemon")).stdout).toContain("master sync daemon (mcast=eth0, syncid=3");
    expect(await ours("--stop-daemon master")).toMatchObject({ status: 0 });
    for (const [args, why] of [
      ["-A -t [2001:db8::1]:80", "IPv6 needs IPVS over generic netlink"],
      ["-a -t 10.0.0.1:80 -r 10.0.0.4:80 -i --tun-type gre", "a gre tunnel needs IPVS over generic netlink"],
      ["-A -u 10.0.0.1:5060 -p 60 --pe sip", "a persistence engine needs IPVS over generic netlink"],
      ["--start-daemon backup --mcast-interface eth0 --mcast-ttl 3", "`ttl` needs IPVS over generic netlink"],
    ] as const) {
      const { status, stderr } = await ours(args);
      expect([status, stderr.trim().split("\n").length]).toEqual([255, 1]);
      expect(stderr).toContain(why);
    }
  });

  test("generic netlink is preferred where it can be had", async () => {
    const [info] = await drive<[Record<string, unknown>]>(lab, "d1", "any", [{ do: "info" }]);
    expect(info).toMatchObject({ transport: "genl" });
    expect(info).not.toHaveProperty("reason");
  });
});

test("answers that do not fit the receive buffer (ENOBUFS) are told as such, and the client goes on", async () => {
  const service = tcp(VIP, 80);
  const gone = real("192.168.122.99", 80);
  const commands = Array.from({ length: 200 }, () => ({ op: "delDest" as const, service, destination: gone }));
  const [, starved] = await drive<[unknown, { errnos: string[]; services: number }]>(lab, "d1", "genl", [
    { do: "apply", commands: [{ op: "addService", service }] },
    { do: "starve", commands },
  ]);
  expect(starved.errnos).toHaveLength(200);
  expect(new Set(starved.errnos)).toEqual(new Set(["ENOENT", "ENOBUFS"])); // those that fitted, and those that did not
  expect(starved.services).toBe(1);
});

test("1000 services of 20 real servers take at most 0.15 of the time of `ipvsadm -R`", async () => {
  // Two hosts whose IPVS was never used: a kernel looks through the destinations that were removed of late at each new one.
  const [made, lines] = await drive<[Generated, string]>(lab, "rs2", "genl", [
    { do: "generate", services: 1000, destinations: 20 },
    { do: "command", line: "ipvsadm -Sn | tee /tmp/table | wc -l" },
  ]);
  expect([made.failures, Number(lines)]).toEqual([0, 21_000]);
  const start = performance.now();
  await lab.run("rs1", "ipvsadm -R < /tmp/table", { timeoutMs: 150_000 });
  const ipvsadmMs = performance.now() - start;
  await Promise.all((["rs1", "rs2"] as const).map((host) => lab.run(host, "ipvsadm -C")));
  console.log(`1000 x 20: ours ${made.applyMs.toFixed(0)} ms, ipvsadm -R ${ipvsadmMs.toFixed(0)} ms`);
  expect(made.applyMs / ipvsadmMs).toBeLessThan(0.15);
});

describe("lvskeeper ipvs", () => {
  const destinations = (port: number): Destination[] => [real("192.168.122.10", port), real("192.168.122.20", port)];
  const ours = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await lab.lvskeeper("d1", ["ipvs", ...args]);
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  };

  test("`-Ln`, `--stats`, `--rate`, `--exact` and `--nosort` are byte for byte what ipvsadm prints", async () => {
    await lab.run("d1", ["ipvsadm", "-R"], { stdin: mixedByIpvsadm });
    const six: Entries = [
      [tcp("2001:db8::100", 80), real("2001:db8:1111:2222:3333:4444:5555:6666", 65535)],
      [{ ...tcp("2001:db8::100", 0), id: { kind: "fwmark", family: 6, fwmark: 9 } }],
      [udp(5060, { flags: 1, timeoutS: 60, engine: "sip" })],
    ];
    const commands = six.flatMap(([service, ...reals]) => [
      { op: "addService" as const, service },
      ...reals.map((destination) => ({ op: "addDest" as const, service, destination })),
    ]);
    expect(await drive(lab, "d1", "genl", [{ do: "apply", commands }])).toEqual([[]]);
    for (const options of [
      ["-Ln"],
      ["-L", "-n"],
      ["-ln", "--stats"],
      ["-Ln", "--rate"],
      ["-Ln", "--stats", "--exact"],
      ["-Ln", "--nosort"],
    ])
      expect(await ours(...options)).toBe(await lab.run("d1", ["ipvsadm", ...options]));
    await lab.run("d1", "ipvsadm -C");
    expect(await ours("-Ln")).toBe(await lab.run("d1", "ipvsadm -Ln"));
  });

  test("counters and connections after real traffic too", async () => {
    await lab.run("d1", `ip addr add ${VIP}/24 dev eth0`);
    const entries: Entries = [[tcp(VIP, 80, { flags: 1, timeoutS: 50 }), ...destinations(80)]];
    await drive(lab, "d1", "genl", [{ do: "reach", entries }]);
    for (const host of ["rs1", "rs2"] as const) {
      await lab.drRealServer(host, [VIP]);
      await lab.web(host);
    }
    for (let i = 0; i < 5; i++) expect(await lab.curl("cl", `http://${VIP}/`)).toMatch(/^rs[12]\n$/);
    await lab.eventually("the connections' FIN has passed: the counters stand still", 20_000, async () => {
      const [before, text, after] = [
        await lab.run("d1", "ipvsadm -Ln --stats"),
        await ours("-Ln", "--stats"),
        await lab.run("d1", "ipvsadm -Ln --stats"),
      ];
      return before === after && text === after && / 5 /.test(text);
    });
    await lab.eventually("the same connections in both", 20_000, async () => {
      return (await ours("-Ln")) === (await lab.run("d1", "ipvsadm -Ln"));
    });
    const json = JSON.parse(await ours("-Ln", "--json"));
    expect(json.services[0]).toMatchObject({ service: { scheduler: "rr" }, stats: { connections: 5 } });
  });

  test("without privilege: what is missing, as ipvsadm says it", async () => {
    const program = await lab.program();
    const { status, stderr } = await lab.exec(
      "d1",
      `setpriv --bounding-set -all --inh-caps -all ${process.execPath} ${program} ipvs -Ln`,
    );
    expect(stderr).toBe(
      "Can't initialize ipvs: Permission denied (you must be root)\n" +
        "Are you sure that IP Virtual Server is built in the kernel or as module?\n",
    );
    expect(status).toBe(2);
  });
});
