import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { Lab, type LabProcess } from "../lib/lab.ts";
import type { Peer } from "./faulty-peers.ts";

const VIP = "192.168.122.100";
const RS = "192.168.122.10";
const NOBODY = "192.168.122.99";
const FIRST_PORT = 3000;

type Row = {
  readonly name: string;
  readonly check: string;
  /** The server behind it, and what it does; absent: nobody listens. */
  readonly peer?: readonly [Peer["over"], string];
  /** The weight that the real server has in the table; undefined: it is not there. */
  readonly weight: number | undefined;
  /** Where keepalived comes to another verdict, and that is known: its weight. */
  readonly theirs?: { readonly weight?: number };
  /** What `status` says of it, in part. */
  readonly why?: string;
};

const timing = "connect_timeout 1\nretry 0\ndelay_before_retry 1\nwarmup 0";
const smtp = (how?: string): Pick<Row, "check" | "peer"> => ({
  check: `SMTP_CHECK {\n${timing}\nhelo_name director.example\n}`,
  ...(how !== undefined && { peer: ["smtp", how] }),
});
const dns = (how?: string): Pick<Row, "check" | "peer"> => ({
  check: `DNS_CHECK {\n${timing}\ntype A\nname www.example.org\n}`,
  ...(how !== undefined && { peer: ["dns", how] }),
});
const udp = (lines: string, how?: string): Pick<Row, "check" | "peer"> => ({
  check: `UDP_CHECK {\n${timing}\n${lines}\n}`,
  ...(how !== undefined && { peer: ["udp", how] }),
});
const regex = (lines: string): Pick<Row, "check" | "peer"> => ({
  check: `HTTP_GET {\n${timing}\nurl {\npath /\nstatus_code 200\n${lines}\n}\n}`,
  peer: ["http", "page"],
});
const ping = (lines: string): Pick<Row, "check"> => ({ check: `PING_CHECK {\n${timing}\n${lines}\n}` });
const file = (name: string, weight: number): Pick<Row, "check"> => ({
  check: `FILE_CHECK {\ntrack_file ${name}\nweight ${weight}\n}`,
});

const UP = 10;
const rows: readonly Row[] = [
  { name: "SMTP: right", ...smtp("ok"), weight: UP },
  { name: "SMTP: replies of several lines", ...smtp("multiline"), weight: UP, theirs: {} },
  { name: "SMTP: an odd farewell", ...smtp("odd farewell"), weight: UP },
  { name: "SMTP: 421", ...smtp("busy"), weight: undefined, why: "a greeting was 421 too busy" },
  { name: "SMTP: HELO refused", ...smtp("helo refused"), weight: undefined, why: "was 550 not you" },
  { name: "SMTP: silence", ...smtp("silent"), weight: undefined, why: "a greeting did not come within 1 s" },
  { name: "SMTP: garbage", ...smtp("garbage"), weight: undefined, why: "does not speak SMTP: ..[2J not" },
  { name: "SMTP: reset", ...smtp("reset"), weight: undefined, why: "reset the connection" },
  { name: "SMTP: closed", ...smtp("closes"), weight: undefined, why: "the connection was closed" },
  { name: "SMTP: refused", ...smtp(), weight: undefined, why: "refused the connection" },
  { name: "SMTP: no farewell", ...smtp("no farewell"), weight: undefined, why: "an answer to QUIT did not come" },
  { name: "SMTP: closed at QUIT", ...smtp("closes at quit"), weight: undefined, why: "an answer to QUIT" },
  { name: "DNS: right, and no records", ...dns("ok"), weight: UP },
  { name: "DNS: cut to fit", ...dns("cut"), weight: UP },
  { name: "DNS: NXDOMAIN", ...dns("nxdomain"), weight: undefined, why: "with NXDOMAIN" },
  { name: "DNS: SERVFAIL", ...dns("servfail"), weight: undefined, why: "with SERVFAIL" },
  { name: "DNS: another id", ...dns("other id"), weight: undefined, why: "another id" },
  { name: "DNS: the query comes back", ...dns("query"), weight: undefined, why: "a query came back" },
  { name: "DNS: truncated", ...dns("short"), weight: undefined, why: "no DNS message" },
  { name: "DNS: silence", ...dns("silent"), weight: undefined, why: "no answer from" },
  { name: "DNS: refused", ...dns(), weight: undefined, why: "port unreachable" },
  { name: "UDP: silence", ...udp("", "silent"), weight: UP },
  { name: "UDP: refused", ...udp(""), weight: undefined, why: "port unreachable" },
  { name: "UDP: a reply that is right", ...udp("payload 00ff\nrequire_reply 0aXX", "0aff00"), weight: UP },
  {
    name: "UDP: another",
    ...udp("require_reply 0aff", "0afe"),
    weight: undefined,
    theirs: { weight: UP },
    why: "begins with 0afe",
  },
  { name: "UDP: no reply", ...udp("require_reply", "silent"), weight: undefined, why: "no reply from" },
  {
    name: "UDP: too short",
    ...udp("require_reply\nmin_reply_length 4", "0a0b"),
    weight: undefined,
    theirs: { weight: UP },
    why: "has 2 bytes, not 4",
  },
  {
    name: "UDP: too long",
    ...udp("require_reply\nmax_reply_length 2", "0a0b0c"),
    weight: undefined,
    theirs: { weight: UP },
    why: "has 3 bytes, not",
  },
  { name: "PING: answered", ...ping(""), weight: UP },
  { name: "PING: nobody", ...ping(`connect_ip ${NOBODY}`), weight: undefined, why: NOBODY },
  { name: "regex: matches", ...regex('regex "fi[mn]e"'), weight: UP },
  { name: "regex: does not", ...regex('regex "^fine"'), weight: undefined, why: "does not match" },
  { name: "regex: caseless", ...regex('regex "STATUS"\nregex_options caseless'), weight: UP },
  { name: "regex: may not match", ...regex('regex "fine"\nregex_no_match'), weight: undefined, why: "matches" },
  // To keepalived 2.2.7 the head of an answer belongs to what it searches, and offsets count from there.
  {
    name: "regex: a header",
    ...regex('regex "Content-Type"'),
    weight: undefined,
    theirs: { weight: UP },
    why: "does not",
  },
  {
    name: "regex: from an offset",
    ...regex('regex "status"\nregex_min_offset 1'),
    weight: undefined,
    theirs: { weight: UP },
    why: "does not",
  },
  { name: "regex: before an offset", ...regex('regex "fine"\nregex_max_offset 9'), weight: UP, theirs: {} },
  { name: "regex: at an offset", ...regex('regex "fine"\nregex_max_offset 8'), weight: undefined, why: "does not" },
  { name: "FILE: 0 at weight 0", ...file("zero", 0), weight: UP },
  { name: "FILE: a number at weight 0", ...file("three", 0), weight: undefined, why: "track_file three holds 3" },
  { name: "FILE: adds", ...file("three", 2), weight: UP + 6 },
  { name: "FILE: takes off", ...file("three", -2), weight: UP - 6 },
];

const portOf = (index: number): number => FIRST_PORT + index;

const config = `global_defs {
  script_user root
}
track_file zero {
  file /run/zero
}
track_file three {
  file /run/three
}
${rows
  .map(
    ({ check }, index) => `virtual_server ${VIP} ${portOf(index)} {
delay_loop 1
lb_algo rr
lb_kind NAT
protocol TCP
real_server ${RS} ${portOf(index)} {
weight ${UP}
${check}
}
}
`,
  )
  .join("")}`;

describe("each kind of check, beside keepalived's", () => {
  let lab: Lab;
  let ours: LabProcess;
  beforeAll(async () => {
    lab = await Lab.start();
    const peers = rows.flatMap(({ peer }, index) =>
      peer ? [{ port: portOf(index), over: peer[0], how: peer[1] } satisfies Peer] : [],
    );
    const program = await lab.bundle("test/lab/checkers/faulty-peers.ts");
    await lab.run("rs1", "sysctl -qw net.ipv4.icmp_ratelimit=0"); // else not every datagram to a closed port is refused
    const server = await lab.spawn("rs1", [process.execPath, program, JSON.stringify(peers)], { name: "peers" });
    await lab.eventually("the servers listen", 20_000, async () => (await server.log()).includes("listening"));
    for (const at of ["d1", "d2"] as const) {
      await lab.writeFile("/run/zero", "0\n", { at });
      await lab.writeFile("/run/three", "3\n", { at });
    }
    ours = await lab.director("d1", config, ["-C"]);
    await lab.keepalived("d2", config, ["-C"]);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  /** The weights of the real server, by the port of the virtual server. */
  async function weights(at: "d1" | "d2"): Promise<ReadonlyMap<number, number>> {
    const found = new Map<number, number>();
    for (const line of (await lab.run(at, ["ipvsadm", "-Ln"])).split("\n")) {
      const there = /^ {2}-> \S+:(\d+)\s+Masq\s+(\d+)/.exec(line);
      if (there) found.set(Number(there[1]), Number(there[2]));
    }
    return found;
  }

  const named = (found: ReadonlyMap<number, number>): string[] =>
    rows.map(({ name }, index) => `${name}: ${found.get(portOf(index)) ?? "out"}`);
  const wanted = (of: (row: Row) => number | undefined): string[] =>
    rows.map((row) => `${row.name}: ${of(row) ?? "out"}`);

  test("ours come to the verdicts that are expected, and say why", async () => {
    const expected = wanted(({ weight }) => weight);
    await lab
      .eventually(
        "all are decided",
        30_000,
        async () => named(await weights("d1")).join() === expected.join() || ours.exit !== undefined,
      )
      .catch(() => undefined);
    expect(named(await weights("d1"))).toEqual(expected);
    const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
    const whole = JSON.parse(stdout) as { readonly checker?: CheckerStatus };
    const servers = JSON.stringify(whole).match(/"why":"[^"]*"/g) ?? [];
    for (const { why } of rows)
      if (why !== undefined)
        expect(
          servers.some((text) => text.includes(why)),
          why,
        ).toBe(true);
  });

  test("keepalived comes to the same, but where it is known not to", async () => {
    const expected = wanted((row) => (row.theirs ? row.theirs.weight : row.weight));
    await lab
      .eventually("all are decided", 30_000, async () => {
        return named(await weights("d2")).join() === expected.join();
      })
      .catch(() => undefined);
    expect(named(await weights("d2"))).toEqual(expected);
  });
});
