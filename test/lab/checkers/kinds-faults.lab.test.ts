import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FaultRow, saidOf } from "../../faults/row.ts";
import { faultRows } from "../../faults/rows.ts";
import { Lab, type LabProcess } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const RS = "192.168.122.10";
const NO_ROUTE = "192.0.2.1";
const FIRST_PORT = 4000;
const md5 = createHash("md5").update("status: fine\n").digest("hex");

/** What keepalived knows, of what can be set up here. */
const isTheirs = ({ kind, at, ask = {} }: FaultRow): boolean =>
  !ask.http2 && !ask.verify && kind !== "GRPC_CHECK" && kind !== "MISC_CHECK" && at !== "deaf" && at !== "stopped";

const rows = faultRows.filter(isTheirs);
const portOf = (index: number): number => FIRST_PORT + index;

function check({ kind, at, ask = {} }: FaultRow): string {
  const lines = ["connect_timeout 1", "retry 0", "delay_before_retry 1", "warmup 0"];
  if (at === "unreachable") lines.push(`connect_ip ${NO_ROUTE}`);
  if (kind === "SMTP_CHECK") lines.push("helo_name director.example");
  if (kind === "DNS_CHECK") lines.push("type A", "name www.example.org");
  if (ask.reply !== undefined) lines.push(`require_reply ${ask.reply}`);
  if (ask.minLength !== undefined) lines.push(`min_reply_length ${ask.minLength}`);
  if (kind === "HTTP_GET" || kind === "SSL_GET") {
    const asks = [ask.digest ? `digest ${md5}` : "status_code 200-299"];
    if (ask.regex !== undefined) asks.push(`regex "${ask.regex}"`);
    lines.push("url {", "path /", ...asks, "}");
  }
  return `${kind} {\n${lines.join("\n")}\n}`;
}

const config = rows
  .map(
    (row, index) => `virtual_server ${VIP} ${portOf(index)} {
delay_loop 1
lb_algo rr
lb_kind NAT
protocol TCP
real_server ${RS} ${portOf(index)} {
weight 10
${check(row)}
}
}
`,
  )
  .join("");

let lab: Lab;
let ours: LabProcess;
beforeAll(async () => {
  lab = await Lab.start();
  const faults = rows.flatMap(({ at }, index) => (typeof at === "string" ? [] : [[portOf(index), at] as const]));
  const program = await lab.bundle("test/faults/fault-servers.ts");
  await lab.run("rs1", "sysctl -qw net.ipv4.icmp_ratelimit=0"); // else not every datagram to a closed port is refused
  for (const at of ["d1", "d2"] as const) await lab.run(at, `ip route add unreachable ${NO_ROUTE}`);
  const words = ["0.0.0.0", JSON.stringify(Object.fromEntries(faults))];
  const server = await lab.spawn("rs1", [process.execPath, program, ...words], { name: "faults" });
  await lab.eventually("the servers listen", 30_000, async () => (await server.log()).includes("listening"));
  ours = await lab.director("d1", config, ["-C"]);
  await lab.keepalived("d2", config, ["-C"]);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Which real servers are in the table, in the words of the rows. */
async function found(at: "d1" | "d2"): Promise<string[]> {
  const table = await lab.run(at, ["ipvsadm", "-Ln"]);
  return rows.map(({ kind, fault }, index) => {
    return `${kind}: ${fault}: ${table.includes(`-> ${RS}:${portOf(index)} `) ? "up" : "down"}`;
  });
}

const wanted = (of: (row: FaultRow) => string | undefined): string[] =>
  rows.map((row) => `${row.kind}: ${row.fault}: ${of(row) ?? (row.reason === undefined ? "up" : "down")}`);

test("the verdicts are those of the rows, and status and the log say why", async () => {
  const expected = wanted(() => undefined);
  await lab
    .eventually("all are decided", 60_000, async () => (await found("d1")).join() === expected.join())
    .catch(() => undefined);
  expect(await found("d1")).toEqual(expected);
  const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
  const reasons = [...stdout.matchAll(/"why": ?("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) =>
    String(JSON.parse(text)),
  );
  const logged = (await ours.log()).split("\n");
  const inBrackets = logged.map((line) => / failed\. \((.*)\)$/.exec(line)?.[1] ?? "");
  const unsaid = rows.flatMap((row, index) => {
    if (row.reason === undefined) return [];
    const target = `${row.at === "unreachable" ? NO_ROUTE : RS}:${portOf(index)}`;
    const words = saidOf(row, target, 1);
    const places = { status: reasons, log: inBrackets };
    return Object.entries(places).flatMap(([place, texts]) =>
      texts.some((text) => words.test(text)) ? [] : [`${row.kind}: ${row.fault}: not in ${place}`],
    );
  });
  expect(unsaid).toEqual([]);
});

test("keepalived's verdicts are those of the rows, but where a row says otherwise", async () => {
  const expected = wanted(({ theirs }) => theirs);
  const settled = (list: readonly string[]): string[] => list.filter((_row, index) => rows[index]?.theirs !== "either");
  await lab
    .eventually("all are decided", 60_000, async () => {
      return settled(await found("d2")).join() === settled(expected).join();
    })
    .catch(() => undefined);
  expect(settled(await found("d2"))).toEqual(settled(expected));
});
