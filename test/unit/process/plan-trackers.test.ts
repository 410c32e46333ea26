import { expect, test } from "vitest";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const SCRIPT = 'vrrp_script s {\nscript "/bin/true"\nweight -5\n}\n';
const FILE = "track_file f {\nfile /run/f\nweight 3 reverse\n}\n";
const PROCESS = "vrrp_track_process p {\nprocess nginx\nweight 7\n}\n";
const BFD = "bfd_instance b {\nneighbor_ip 10.0.0.9\nweight -9 reverse\n}\n";
const ALL = `${SCRIPT}${FILE}${PROCESS}${BFD}`;
/** Lines of `ALL`, and of what stands in an instance before its own lines. */
const BEFORE = ALL.split("\n").length - 1 + 4;

/** The trackers of an instance with these lines after `ALL`, and the codes with lines counted from the first of them. */
function tracked(lines: string, more = "", priority = "priority 100") {
  const { plan, codes } = vrrpPlanOf(`${ALL}${instanceText("A", `${lines}\n${priority}`)}${more}`);
  const { trackScripts, trackInterfaces, trackFiles, trackProcesses, trackBfds } = plan.instances[0] ?? {};
  return {
    scripts: trackScripts,
    interfaces: trackInterfaces,
    files: trackFiles,
    processes: trackProcesses,
    bfds: trackBfds,
    codes: codes
      .filter((code) => !code.startsWith("vrrp/unused-script"))
      .map((code) => code.replace(/\d+$/, (line) => String(Number(line) - BEFORE))),
  };
}

test("a tracker without a weight has that of what it names", () => {
  expect(
    tracked(
      "track_script {\ns\n}\ntrack_interface {\neth1\n}\ntrack_file {\nf\n}\ntrack_process {\np\n}\ntrack_bfd {\nb\n}",
    ),
  ).toEqual({
    scripts: [{ name: "s", weight: -5, reverse: false }],
    interfaces: [{ name: "eth1", weight: 0, reverse: false }],
    files: [{ name: "f", weight: 3, reverse: true }],
    processes: [{ name: "p", weight: 7, reverse: false }],
    bfds: [{ name: "b", weight: -9, reverse: true }],
    codes: [],
  });
});

test("a weight of its own counts, its sign too", () => {
  const { scripts, files, processes, bfds, interfaces, codes } = tracked(
    "track_script {\ns weight 0\n}\ntrack_interface {\neth1 weight -3 reverse\n}\ntrack_file {\nf weight -254 noreverse\n}\ntrack_process {\np weight -254 reverse\n}\ntrack_bfd {\nb weight 253 reverse\n}",
    "",
    "priority 1",
  );
  expect([scripts, interfaces, files, processes, bfds]).toEqual([
    [{ name: "s", weight: 0, reverse: false }],
    [{ name: "eth1", weight: -3, reverse: true }],
    [{ name: "f", weight: -254, reverse: false }],
    [{ name: "p", weight: -254, reverse: true }],
    [{ name: "b", weight: 253, reverse: true }],
  ]);
  expect(codes).toEqual([]);
});

test.for([
  ["track_script {\nt\n}", "vrrp/undefined-name 2"],
  ["track_file {\ng\n}", "vrrp/undefined-name 2"],
  ["track_process {\nnginx\n}", "vrrp/undefined-name 2"],
  ["track_bfd {\nc\n}", "vrrp/undefined-name 2"],
  ["track_script {\ns\ns weight 1\n}", "vrrp/tracked-twice 3"],
  ["track_interface {\neth1\neth1\n}", "vrrp/tracked-twice 3"],
  ["track_interface {\neth0\n}", "vrrp/own-interface 2"],
  ["track_interface {\neth1 weight 254\n}", "vrrp/weight-limit 2"],
  ["track_interface {\neth1 weight -254\n}", "vrrp/weight-limit 2"],
  ["track_interface {\neth1 weight 255\n}", "conf/bad-value 2"],
  ["track_interface {\nfar-too-long-for-one\n}", "conf/bad-value 2"],
  ["track_script {\ns weight 254\n}", "conf/bad-value 2"],
  ["track_script {\ns weight\n}", "conf/missing-value 2"],
  ["track_script {\ns weight 1 backwards\n}", "conf/bad-value 2"],
  ["track_script {\ns weigth 1\n}", "conf/unknown-option 2"],
  ["track_file {\nf weight 255\n}", "conf/bad-value 2"],
  ["track_process {\np weight -255\n}", "conf/bad-value 2"],
  ["track_bfd {\nb weight -254\n}", "conf/bad-value 2"],
] as const)("wrong: %s", ([lines, code]) => {
  expect(tracked(lines, "", "priority 50").codes).toEqual([code]);
});

test("what is defined after its use is found, with a warning: keepalived would not find it", () => {
  const { plan, codes } = vrrpPlanOf(
    `${instanceText("A", "track_file {\nf\n}\ntrack_script {\ns\n}")}${FILE}${SCRIPT}`,
  );
  expect(codes).toEqual(["vrrp/defined-later 6", "vrrp/defined-later 9"]);
  expect(plan.instances[0]?.trackFiles).toEqual([{ name: "f", weight: 3, reverse: true }]);
  expect(plan.instances[0]?.trackScripts).toEqual([{ name: "s", weight: -5, reverse: false }]);
});

const group = (lines: string) => `vrrp_sync_group G {\ngroup {\nA\n}\n${lines}\n}\n`;

test("in a group without tracking weights, weighted trackers of a member act otherwise", () => {
  const lines =
    "track_script {\ns\n}\ntrack_interface {\neth1 weight 5\n}\ntrack_file {\nf\n}\ntrack_process {\np\n}\ntrack_bfd {\nb\n}";
  const { scripts, interfaces, files, processes, bfds, codes } = tracked(lines, group(""));
  expect([scripts, interfaces, files, processes, bfds]).toEqual([
    [],
    [{ name: "eth1", weight: 0, reverse: false }],
    [{ name: "f", weight: 0, reverse: true }],
    undefined,
    undefined,
  ]);
  expect(codes).toHaveLength(4);
  expect(tracked("track_file {\nf weight 2\n}", group("")).files).toBeUndefined();
  const kept = tracked(lines, group("sync_group_tracking_weight"));
  expect(kept.scripts).toEqual([{ name: "s", weight: -5, reverse: false }]);
  expect(kept.codes).toEqual([]);
});

test("the trackers of a group act on its members, weights included", () => {
  const shared = group(
    "track_script {\ns\n}\ntrack_interface {\neth0\neth2 weight -4\n}\ntrack_file {\nf weight 2\nnone\n}",
  );
  const { scripts, interfaces, files, codes } = tracked("track_interface {\neth2\n}", shared);
  expect(scripts).toEqual([{ name: "s", weight: -5, reverse: false }]);
  expect(interfaces).toEqual([{ name: "eth2", weight: 0, reverse: false }]);
  expect(files).toEqual([{ name: "f", weight: 2, reverse: false }]);
  expect(codes.map((code) => code.split(" ")[0])).toEqual(["vrrp/undefined-name"]);
});

test("beside an owner of its addresses the trackers of a group have no weight", () => {
  expect(tracked("", group("track_script {\ns\n}"), "priority 255").scripts).toEqual([
    { name: "s", weight: 0, reverse: false },
  ]);
});

test("a file that the owner of its addresses tracks has no weight: a number in it is a FAULT", () => {
  const owner = (line: string) => tracked(`track_file {\n${line}\n}`, "", "priority 255");
  expect(owner("f")).toMatchObject({ files: [{ name: "f", weight: 0, reverse: true }], codes: [] });
  expect(owner("f weight 0").files).toEqual([{ name: "f", weight: 0, reverse: false }]);
  expect(owner("f weight 2")).toMatchObject({ files: undefined, codes: ["vrrp/weight-of-owner 2"] });
});

test("a script's times, account and weight", () => {
  const { plan, codes } = vrrpPlanOf(
    `vrrp_script s {\nscript "/bin/true a 'b c'"\ninterval 0.25\ntimeout 0\nweight -253 reverse\nrise 2\nfall 3\nuser root root\ninit_fail\n}\n${instanceText("A", "track_script {\ns weight 0\n}")}`,
  );
  expect(codes).toEqual(["vrrp/zero-time 4"]);
  expect(plan.scripts).toMatchObject([
    {
      name: "s",
      script: { argv: ["/bin/true", "a", "b c"], user: { name: "root", uid: 0, gid: 0 } },
      intervalMs: 250,
      timeoutMs: 1000,
      weight: -253,
      reverse: true,
      rise: 2,
      fall: 3,
      initFail: true,
    },
  ]);
});

test("a script that asks whether a file can be read", () => {
  const { plan } = vrrpPlanOf(`vrrp_script s {\nscript "</run/ok"\n}\n${instanceText("A", "track_script {\ns\n}")}`);
  expect(plan.scripts[0]?.script.argv.slice(-2)).toEqual(["-r", "/run/ok"]);
});

test.for([
  ["interval 4295", "conf/bad-value"],
  ["interval 0.0001", "conf/bad-value"],
  ["interval 5s", "conf/bad-value"],
  ["timeout -1", "conf/bad-value"],
  ["weight 254", "conf/bad-value"],
  ["weight 5 sideways", "conf/bad-value"],
  ["rise 0", "conf/bad-value"],
  ["fall 2147483648", "conf/bad-value"],
  ["user", "conf/missing-value"],
  ["user nobody-has-this-name", "script/unknown-user"],
] as const)("a script with `%s`", ([line, code]) => {
  const { codes } = vrrpPlanOf(
    `vrrp_script s {\nscript "/bin/true"\n${line}\n}\n${instanceText("A", "track_script {\ns\n}")}`,
  );
  expect(codes).toEqual([`${code} 3`]);
});

/** One block of the top level: its plan, and the codes of what is said with lines. */
const files = (lines: string) => {
  const { plan, codes } = vrrpPlanOf(`track_file f {\n${lines}\n}\n`);
  return { plan: plan.trackFiles?.[0], codes };
};

test.for([
  { lines: "file /run/f", plan: { file: "/run/f", weight: 1, reverse: false } },
  { lines: "file sub/f\nweight -254", plan: { file: "/etc/keepalived/sub/f", weight: -254, reverse: false } },
  { lines: 'file "a b"\nweight 0 reverse', plan: { file: "/etc/keepalived/a b", weight: 0, reverse: true } },
  {
    lines: "file /f\ninit_file",
    plan: { file: "/f", weight: 1, reverse: false, init: { value: 0, overwrite: false } },
  },
  {
    lines: "file /f\ninit_file overwrite",
    plan: { file: "/f", weight: 1, reverse: false, init: { value: 0, overwrite: true } },
  },
  {
    lines: "file /f\ninit_file -2147483648 overwrite",
    plan: { file: "/f", weight: 1, reverse: false, init: { value: -2147483648, overwrite: true } },
  },
] as const)("track_file: $lines", ({ lines, plan }) => {
  expect(files(lines)).toEqual({ plan: { name: "f", ...plan }, codes: [] });
});

test.for([
  ["weight 2", "conf/missing-keyword 1"],
  ["file", "conf/missing-value 2"],
  ["file /f\nfile /g", "conf/repeated 3"],
  ["file /f\nweight 255", "conf/bad-value 3"],
  ["file /f\ninit_file 2147483648", "conf/bad-value 3"],
  ["file /f\ninit_file 1 replace", "conf/bad-value 3"],
] as const)("track_file, wrong: %s", ([lines, code]) => {
  expect(files(lines).codes).toEqual([code]);
});

test("vrrp_track_file is the old name of the same block", () => {
  const { plan, codes } = vrrpPlanOf(`vrrp_track_file f {\nfile /f\n}\n${FILE}`);
  expect(plan.trackFiles).toHaveLength(2);
  expect(codes).toEqual(["conf/duplicate 1"]);
});

const processes = (lines: string) => {
  const { plan, codes } = vrrpPlanOf(`vrrp_track_process p {\n${lines}\n}\n`);
  return { plan: plan.trackProcesses?.[0], codes };
};
const PLAIN = { name: "p", args: [], weight: 0, reverse: false, quorum: 1, terminateDelayMs: 0, forkDelayMs: 0 };

test.for([
  { lines: "process nginx", plan: { process: "nginx", match: "name" } },
  { lines: "process /usr/sbin/nginx", plan: { process: "/usr/sbin/nginx", match: "command" } },
  {
    lines: "process a-name-longer-than-15\nfull_command",
    plan: { process: "a-name-longer-than-15", match: "command" },
  },
  {
    lines: 'process "/tmp/a b" one "two three"',
    plan: { process: "/tmp/a b", args: ["one", "two three"], match: "exact" },
  },
  { lines: "process x\nparam_match", plan: { process: "x", match: "exact" } },
  { lines: "process x -a\nparam_match initial", plan: { process: "x", args: ["-a"], match: "initial" } },
  {
    lines: "process x\nweight 254 reverse\nquorum 2\nquorum_max 2\ndelay 1.5",
    plan: {
      process: "x",
      match: "name",
      weight: 254,
      reverse: true,
      quorum: 2,
      quorumMax: 2,
      terminateDelayMs: 1500,
      forkDelayMs: 1500,
    },
  },
  {
    lines: "process x\nfork_delay 1\ndelay 2\nterminate_delay 3",
    plan: { process: "x", match: "name", forkDelayMs: 2000, terminateDelayMs: 3000 },
  },
  { lines: "process x\nquorum_max 0", plan: { process: "x", match: "name", quorum: 0, quorumMax: 0 } },
] as const)("vrrp_track_process: $lines", ({ lines, plan }) => {
  expect(processes(lines)).toEqual({ plan: { ...PLAIN, ...plan }, codes: [] });
});

test.for([
  ["quorum 1", "conf/missing-keyword 1"],
  ["process", "conf/missing-value 2"],
  ["process x\nquorum 0", "conf/bad-value 3"],
  ["process x\nquorum_max 65536", "conf/bad-value 3"],
  ["process x\nquorum 3\nquorum_max 2", "vrrp/quorum-max 4"],
  ["process x\ndelay 0", "conf/bad-value 3"],
  ["process x\ndelay 3600.1", "conf/bad-value 3"],
  ["process x\nparam_match exact", "conf/bad-value 3"],
  ["process a-name-longer-than-15", "vrrp/process-name 2"],
  ["process x\nweight 1\nweight 2", "conf/repeated 4"],
] as const)("vrrp_track_process, wrong: %s", ([lines, code]) => {
  expect(processes(lines).codes).toEqual([code]);
});

test("a name is cut where the kernel cuts it, and not within a character", () => {
  expect(processes("process a-name-longer-than-15").plan?.process).toBe("a-name-longer-t");
  expect(processes("process 12345678901234é").plan?.process).toBe("12345678901234");
});

const sessions = (lines: string) => {
  const { bfd, codes } = vrrpPlanOf(`bfd_instance b {\n${lines}\n}\n`);
  return { plan: bfd[0], codes };
};
const SESSION = {
  ...{ name: "b", neighbor: "10.0.0.9", minRxMs: 10, minTxMs: 10, idleTxMs: 1000, multiplier: 5, passive: false },
  ...{ ttl: 255, minTtl: 255, multihop: false, weight: 0, reverse: false, vrrp: true, checker: true },
};

test.for([
  { lines: "neighbor_ip 10.0.0.9", plan: {} },
  {
    lines: "neighbour_ip 2001:db8::9\nsource_ip 2001:db8:0::1",
    plan: { neighbor: "2001:db8::9", source: "2001:db8::1", minTtl: 64 },
  },
  {
    lines:
      "neighbor_ip 10.0.0.9\nmin_rx 3.312\nmin_tx 50\nidle_tx 2000\nmultiplier 3\npassive\nhoplimit 9\nmax_hops -1\nmultihop on\nweight -20 reverse\nchecker",
    plan: {
      ...{ minRxMs: 3.312, minTxMs: 50, idleTxMs: 2000, multiplier: 3, passive: true, ttl: 9, minTtl: undefined },
      ...{ multihop: true, weight: -20, reverse: true, vrrp: false },
    },
  },
] as const)("bfd_instance: $lines", ({ lines, plan }) => {
  expect(sessions(lines)).toEqual({ plan: { ...SESSION, ...plan }, codes: [] });
});

test.for([
  ["min_rx 10", "conf/missing-keyword 1"],
  ["neighbor_ip peer", "conf/bad-value 2"],
  ["neighbor_ip 10.0.0.9\nsource_ip fe80::1", "bfd/mixed-families 3"],
  ["neighbor_ip 10.0.0.9\nmin_rx 0.999", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nmin_tx 10.1234", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nmin_tx 10001", "bfd/long-interval 3"],
  ["neighbor_ip 10.0.0.9\nidle_tx 999", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nmultiplier 0", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nmultiplier 11", "bfd/large-multiplier 3"],
  ["neighbor_ip 10.0.0.9\nmax_hops 256", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nttl 0", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\nweight 254", "conf/bad-value 3"],
  ["neighbor_ip 10.0.0.9\n}\nbfd_instance c {\nneighbor_ip 10.0.0.9", "bfd/duplicate-neighbor 5"],
  ["neighbor_ip 10.0.0.9\n}\nbfd_instance b {\nneighbor_ip 10.0.0.8", "conf/duplicate 4"],
] as const)("bfd_instance, wrong: %s", ([lines, code]) => {
  expect(sessions(lines).codes).toEqual([code]);
});

test("a name of 32 characters is too long for a BFD session", () => {
  expect(vrrpPlanOf(`bfd_instance ${"b".repeat(32)} {\nneighbor_ip 10.0.0.9\n}\n`).codes).toEqual(["conf/bad-value 1"]);
});

test("groups of interfaces for announcements, delays of links, linkbeat", () => {
  const { plan, codes } = vrrpPlanOf(
    `garp_group {\ngarp_interval 0.005\ninterfaces { eth1 eth2 }\n}
garp_group {\ngna_interval 1\ninterface eth3\n}
interface_up_down_delays {\neth1 0.5 2\neth2 255\n}
linkbeat_interfaces {\neth1\neth2 ETHTOOL\n}\n`,
  );
  expect(codes).toEqual([]);
  expect(plan).toMatchObject({
    garpGroups: [
      { interfaces: ["eth1", "eth2"], garpIntervalMs: 5, gnaIntervalMs: 0 },
      { interfaces: ["eth3"], garpIntervalMs: 0, gnaIntervalMs: 1000 },
    ],
    linkDelays: [
      { interface: "eth1", downMs: 500, upMs: 2000 },
      { interface: "eth2", downMs: 255_000, upMs: 0 },
    ],
    linkbeat: [{ interface: "eth1" }, { interface: "eth2", method: "ETHTOOL" }],
  });
});

test("a delay as long as a backup waits is left out", () => {
  const delays = (line: string) => {
    const { plan, codes } = vrrpPlanOf(`interface_up_down_delays {\n${line}\n}\n${instanceText("A", "advert_int 2")}`);
    return { delays: plan.linkDelays?.[0], codes };
  };
  expect(delays("eth0 3.999 3")).toEqual({ delays: { interface: "eth0", downMs: 3999, upMs: 3000 }, codes: [] });
  expect(delays("eth0 3 4")).toEqual({
    delays: { interface: "eth0", downMs: 3000, upMs: 0 },
    codes: ["vrrp/link-delay 2"],
  });
  expect(delays("eth9 200 200").codes).toEqual([]);
});

test.for([
  ["interface_up_down_delays {\neth0\n}", "conf/missing-value 2"],
  ["interface_up_down_delays {\neth0 256\n}", "conf/bad-value 2"],
  ["interface_up_down_delays {\neth0 1 x\n}", "conf/bad-value 2"],
  ["interface_up_down_delays {\neth0 1\neth0 2\n}", "vrrp/link-delay-twice 3"],
  ["linkbeat_interfaces {\neth0 mii\n}", "conf/bad-value 2"],
  ["garp_group {\ngarp_interval 1\n}", "vrrp/empty-group 1"],
  ["garp_group {\ninterface eth0\n}", "vrrp/garp-interval 1"],
  ["garp_group {\ngarp_interval 5000\ninterface eth0\ngna_interval 1\n}", "conf/bad-value 2"],
  ["garp_group {\ngarp_interval 1\ninterfaces { eth0 eth0 }\n}", "vrrp/garp-twice 3"],
  ["garp_group {\ngarp_interval 1\ninterface eth0\ninterfaces { eth1 }\n}", "vrrp/garp-interfaces 3"],
  ["track_group G {\n}", "vrrp/empty-group 1"],
] as const)("wrong: %s", ([text, code]) => {
  expect(vrrpPlanOf(text).codes).toEqual([code]);
});

test("thousands of names that mean nothing are told in short time", () => {
  const numbers = Array.from({ length: 2000 }, (_, i) => i);
  const { codes } = vrrpPlanOf(
    `${numbers.map((i) => `track_file name_of_a_file_${i} {\nfile /run/f\n}`).join("\n")}\n${instanceText(
      "A",
      `track_file {\n${numbers.map((i) => `nome_of_a_fole_${i}x`).join("\n")}\n}`,
    )}`,
  );
  expect(codes.every((code) => code.startsWith("vrrp/undefined-name"))).toBe(true);
}, 5000);
