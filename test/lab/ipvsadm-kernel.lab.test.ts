import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job, Result } from "./guest/ipvsadm-beside.ts";
import { commandLine } from "./ipvsadm/cases.ts";
import { anyKernelTable } from "./ipvsadm/kernel-tables.ts";
import { oddRestores } from "./ipvsadm/odd-restores.ts";
import { addressOf, type Host, Lab } from "./lib/lab.ts";

/** The ipvsadm binary and ours on one kernel: output, messages and exit statuses, with the counters of real traffic. */

const full = process.env.LVSKEEPER_LAB_FULL === "1";
const TABLES = full ? 320 : 4;
const COMMAND_LINES = full ? 3000 : 60;
const LINES_AT_ONCE = 30;
const SEED = 1131;
const VIP = "192.168.122.100";

const ALL_FORMS = [
  ...[
    "-Ln",
    "-Ln --stats",
    "-Ln --rate",
    "-Ln --stats --exact",
    "-Ln --rate --exact",
    "-Ln --thresholds",
    "-Ln --nosort",
  ],
  ...["-Ln --persistent-conn", "-Ln --tun-info", "-Ln --exact", "-Lnc", "-Lnc --persistent-conn", "-Sn", "-S", "-L"],
  ...["-L --stats", "-Lc", "-L --timeout", "-L --daemon", "-ln --sort"],
];
/** Of a table; connections of earlier ones are still there, and count down while they are listed. */
const TABLE_FORMS = ALL_FORMS.filter((form) => !/c(?: |$)/.test(form));
const SOME_FORMS = ["-Ln", "-Ln --stats", "-Ln --rate --exact", "-Ln --thresholds", "-Ln --tun-info", "-L"];
/** Names for some of the addresses: in a file, since the lab has no name server. One is as long as names get. */
const HOSTS_FILE = [
  "127.0.0.1 localhost",
  "10.77.0.1 www.example.com www",
  `10.77.0.2 ${"a-rather-long-name-of-a-real-server.".repeat(3)}example.com`,
  "2001:db8:77::1 six.example.com",
  "203.113.111.1 far.example.com",
  `${VIP} vip.example.com`,
  `${addressOf("rs1")} rs1.example.com`,
  "",
].join("\n");

/** A datagram from each of so many ports. */
const ONE_PACKET_EACH = `
const [address, port, count] = process.argv.slice(1);
const one = (n) => {
  if (n === Number(count)) return;
  const socket = require("node:dgram").createSocket("udp4");
  socket.bind(30000 + n, () => socket.send("?", Number(port), address, () => socket.close(() => one(n + 1))));
};
one(0);
`;

let lab: Lab;
let driver: string;
beforeAll(async () => {
  lab = await Lab.start();
  driver = await lab.bundle("test/lab/guest/ipvsadm-beside.ts");
  await lab.writeFile("/tmp/hosts", HOSTS_FILE);
  await lab.writeFile("/tmp/resolv.conf", "");
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Both on one host's kernel. Connections outlive the tables that they came of: what lists them has a host of its own. */
async function beside(at: Host, jobs: readonly Job[]): Promise<Result[]> {
  const mounts = "mount --bind /tmp/hosts /etc/hosts && mount --bind /tmp/resolv.conf /etc/resolv.conf";
  const script = `${mounts} && exec ${process.execPath} ${driver}`;
  const stdin = JSON.stringify(jobs);
  return JSON.parse(
    await lab.run(at, ["unshare", "-m", "sh", "-c", script], { stdin, timeoutMs: 3_000_000 }),
  ) as Result[];
}

const differencesOf = (results: readonly Result[]) => results.flatMap(({ differences }) => differences);

test(`${TABLES} tables: every form of listing, saved, and each save restored by the other`, {
  timeout: 3_600_000,
}, async () => {
  const tables = fc.sample(anyKernelTable, { numRuns: TABLES, seed: SEED });
  // With many tables each has a third of the forms, and every form a third of the tables.
  const formsOf = (i: number) => (full ? TABLE_FORMS.filter((_, n) => n === 0 || n % 3 === i % 3) : SOME_FORMS);
  const jobs = tables.map(({ rules, traffic }, i) => {
    return { do: "table", rules, traffic, forms: formsOf(i), by: i % 2 ? "ours" : "theirs" } as const;
  });
  const results = await beside("rs2", jobs);
  expect(differencesOf(results)).toEqual([]);
  expect(results.reduce((sum, { compared }) => sum + compared, 0)).toBe(
    jobs.reduce((sum, { forms }) => sum + forms.length + 4, 0),
  );
  expect(results.reduce((sum, { kept }) => sum + kept, 0)).toBeGreaterThan(TABLES / 2);
  // Nothing would be shown by tables that the kernel refuses.
  const wanted = tables.reduce(
    (sum, { rules }) => sum + rules.split("\n").filter((line) => line.startsWith("-A")).length,
    0,
  );
  expect(results.reduce((sum, { services }) => sum + services, 0)).toBe(wanted);
});

test(`${COMMAND_LINES} command lines, right and wrong, one after the other`, { timeout: 3_600_000 }, async () => {
  // The order of --nosort is each network's own.
  const lines = fc
    .sample(commandLine, { numRuns: COMMAND_LINES, seed: SEED })
    .filter((line) => !line.includes("--nosort"));
  const theirNetwork = `/proc/${(await lab.run(null, "cat /mnt/hosts/d2")).trim()}/ns/net`;
  const jobs: Job[] = [];
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE)
    jobs.push({ do: "lines", lines: lines.slice(at, at + LINES_AT_ONCE), theirNetwork });
  const results = await beside("cl", jobs);
  expect(differencesOf(results)).toEqual([]);
});

test("restores of all sorts: what is said, the exit status, and what is there then", { timeout: 600_000 }, async () => {
  const theirNetwork = `/proc/${(await lab.run(null, "cat /mnt/hosts/d2")).trim()}/ns/net`;
  const programs = full ? (["ipvsadm", "ipvsadm-restore"] as const) : (["ipvsadm"] as const);
  const restores = full ? oddRestores : oddRestores.filter((_, i) => i % 6 === 0);
  const jobs = programs.flatMap((program) =>
    restores.map((odd) => ({ do: "restore", program, theirNetwork, ...odd }) as const),
  );
  const results = await beside("cl", jobs);
  expect(differencesOf(results)).toEqual([]);
  expect(results.reduce((sum, { compared }) => sum + compared, 0)).toBe(2 * jobs.length);
});

describe("with traffic through it", () => {
  test("counters both ways, rates, connections and persistence, in every form, with names and numbers", {
    timeout: 600_000,
  }, async () => {
    const own = addressOf("d1");
    await lab.run("d1", `ip addr replace ${VIP}/32 dev eth0; ipvsadm -C`);
    await lab.web("d1", { port: 8080, body: "x".repeat(3000) });
    await lab.web("rs1", { port: 81 });
    await lab.drRealServer("rs1", [VIP]);
    const rules = [
      ...[`-A -t ${VIP}:80 -s rr`, `-a -t ${VIP}:80 -r ${own}:8080 -m`],
      ...[
        `-A -t ${VIP}:81 -s wlc -p 60`,
        `-a -t ${VIP}:81 -r ${addressOf("rs1")}:81 -g -w 3`,
        `-a -t ${VIP}:81 -r ${own}:8080 -m`,
      ],
      ...[`-A -f 9 -s sh`, ""],
    ];
    await lab.run("d1", ["ipvsadm", "-R"], { stdin: rules.join("\n") });
    for (let i = 0; i < 12; i++) await lab.curl("cl", `http://${VIP}:${80 + (i % 2)}/`);
    // The kernel adds its counters up every two seconds.
    await lab.eventually("all connections and their bytes are counted", 10_000, async () => {
      const stats = await lab.run("d1", ["ipvsadm", "-Ln", "--stats", "--exact"]);
      const first = /TCP +192\.168\.122\.100:80 +6 +[1-9]\d+ +[1-9]\d+ +[1-9]\d+ +[1-9]\d{4}/.test(stats);
      return first && /TCP +192\.168\.122\.100:81 +6 /.test(stats);
    });
    const [result] = await beside("d1", [{ do: "forms", forms: ALL_FORMS }]);
    expect(result?.differences).toEqual([]);
    expect(result?.compared).toBe(ALL_FORMS.length);
  });

  test("--json: what the listings say, for programs", async () => {
    const json = async (...args: string[]) => {
      const { status, stdout } = await lab.lvskeeper("d1", ["ipvs", ...args, "--json"]);
      expect(status).toBe(0);
      return JSON.parse(stdout);
    };
    expect(await json("-Ln")).toMatchObject({
      version: "1.2.1",
      services: expect.arrayContaining([
        expect.objectContaining({ service: expect.objectContaining({ scheduler: "sh" }) }),
        expect.objectContaining({
          stats: expect.objectContaining({ connections: 6 }),
          destinations: [expect.objectContaining({ inactiveConnections: expect.any(Number) })],
        }),
      ]),
    });
    expect((await json("-Ln", "-t", `${VIP}:81`)).services).toHaveLength(1);
    expect(await json("-L", "--timeout")).toEqual({ tcpS: 900, tcpFinS: 120, udpS: 300 });
    await lab.run("d1", ["ipvsadm", "--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", "7"]);
    expect(await json("-L", "--daemon")).toMatchObject([{ role: "backup", interface: "eth0", syncId: 7 }]);
    await lab.run("d1", ["ipvsadm", "--stop-daemon", "backup"]);
    expect(await json("-Lnc")).toEqual(
      expect.arrayContaining([expect.objectContaining({ protocol: "TCP", virtual: { address: VIP, port: 80 } })]),
    );
  });

  test.runIf(full)(
    "20,000 connections of a kernel, in a heap that could not hold them",
    { timeout: 600_000 },
    async () => {
      await lab.run("d1", ["ipvsadm", "-R"], {
        stdin: `-A -u ${VIP}:5300 -s rr\n-a -u ${VIP}:5300 -r ${addressOf("rs1")}:5300 -g\n`,
      });
      await lab.run("cl", [process.execPath, "-e", ONE_PACKET_EACH, VIP, "5300", "20000"], { timeoutMs: 300_000 });
      const program = await lab.program();
      const ours = `${process.execPath} --max-old-space-size=12 ${program} ipvs -Lnc`;
      // They count down meanwhile.
      const still = (command: string) =>
        `${command} | sed -E 's/ [0-9]+:[0-9]+ +/ /' | sort | tee /tmp/listed | sha256sum`;
      const [mine, theirs] = [
        await lab.run("d1", still(ours), { timeoutMs: 120_000 }),
        await lab.run("d1", still("ipvsadm -Lnc"), { timeoutMs: 120_000 }),
      ];
      expect(mine).toBe(theirs);
      expect(Number(await lab.run("d1", "grep -c ':5300 ' /tmp/listed"))).toBeGreaterThan(19_000);
    },
  );

  test("a table that a running director owns: changes are refused with the command to use, --force makes them", async () => {
    const director = await lab.director(
      "d2",
      "virtual_server 192.168.122.90 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n real_server 10.0.0.1 80 {\n }\n}\n",
    );
    const ours = (...args: string[]) => lab.lvskeeper("d2", ["ipvs", ...args]);
    await lab.eventually("the director has made its table", 30_000, async () =>
      (await lab.table("d2")).includes("192.168.122.90:80"),
    );
    const before = await lab.table("d2");
    const { status, stderr } = await ours("-D", "-t", "192.168.122.90:80");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^lvskeeper runs here .*change `virtual_server` .*; --force does it all the same\n$/);
    const restored = await lab.exec("d2", [process.execPath, await lab.program(), "ipvs", "-R"], {
      stdin: "-A -t 10.0.0.9:80\n",
    });
    expect(restored).toMatchObject({ status: 1, stderr });
    expect(await lab.table("d2")).toBe(before);
    // Another network has a table of its own, which nobody owns.
    expect(await lab.lvskeeper("cl", ["ipvs", "-C"])).toMatchObject({ status: 0, stderr: "" });
    expect(await ours("--force", "-A", "-t", "10.0.0.9:80")).toMatchObject({ status: 0, stderr: "" });
    expect(await lab.table("d2")).toContain("10.0.0.9:80");
    await director.signal("SIGTERM");
    await director.exited();
  });
});
