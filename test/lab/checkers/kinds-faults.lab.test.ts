import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { type FaultRow, saidOf } from "../../faults/row.ts";
import { faultRows } from "../../faults/rows.ts";
import { type Host, Lab, type LabProcess } from "../lib/lab.ts";

/** All rows, or those that keepalived knows and that begin at once (without LVSKEEPER_LAB_FULL). */
const full = process.env.LVSKEEPER_LAB_FULL === "1";
/** In s. All rows are spread: a machine that asks them all at once is late with its own answers. */
const TIMES = full ? { loop: 15, warmup: 15 } : { loop: 2, warmup: 2 };
const VIP = "192.168.122.100";
const RS = "192.168.122.10";
const NO_ROUTE = "192.0.2.1";
const DEAF = "192.0.2.2";
const FIRST_PORT = 4000;
const md5 = createHash("md5").update("status: fine\n").digest("hex");
const AUTHORITY = "/run/authority.pem";

const isTheirs = ({ kind, ask = {} }: FaultRow): boolean =>
  !ask.http2 && !ask.verify && kind !== "GRPC_CHECK" && kind !== "MISC_CHECK";
const isShort = (row: FaultRow): boolean => isTheirs(row) && row.at !== "deaf" && row.at !== "stopped";

const rows = faultRows.filter((row) => full || isShort(row));
const theirRows = rows.filter(isTheirs);
/** Whether certificates are verified is one setting for all checks of a director: these have one of their own. */
const verifiedRows = rows.filter(({ ask }) => ask?.verify);
const ourRows = rows.filter(({ ask }) => !ask?.verify);

const portOf = (row: FaultRow): number => FIRST_PORT + rows.indexOf(row);
const hostOf = ({ at }: FaultRow): string => (at === "unreachable" ? NO_ROUTE : at === "deaf" ? DEAF : RS);
const nameOf = ({ kind, fault }: FaultRow): string => `${kind}: ${fault}`;
const scriptOf = (row: FaultRow): string => `/run/fault-${portOf(row)}.sh`;

function check(row: FaultRow): string {
  const { kind, ask = {} } = row;
  // The first failure may be that of a machine which is late itself.
  const lines = ["log_all_failures", "retry 0", "delay_before_retry 1", `warmup ${TIMES.warmup}`];
  if (kind === "MISC_CHECK") lines.push(`misc_path ${scriptOf(row)}`, "misc_timeout 1");
  else lines.push("connect_timeout 1");
  if (hostOf(row) !== RS) lines.push(`connect_ip ${hostOf(row)}`);
  if (kind === "SMTP_CHECK") lines.push("helo_name director.example");
  if (kind === "DNS_CHECK") lines.push("type A", "name www.example.org");
  if (ask.reply !== undefined) lines.push(`require_reply ${ask.reply}`);
  if (ask.minLength !== undefined) lines.push(`min_reply_length ${ask.minLength}`);
  if (ask.http2) lines.push("http_protocol 2");
  if (ask.tls) lines.push("tls");
  if (ask.name !== undefined)
    lines.push(...(kind === "GRPC_CHECK" ? [`sni_name ${ask.name}`] : [`virtualhost ${ask.name}`, "enable_sni"]));
  if (kind === "HTTP_GET" || kind === "SSL_GET") {
    const asks = [ask.digest ? `digest ${md5}` : "status_code 200-299"];
    if (ask.regex !== undefined) asks.push(`regex "${ask.regex}"`);
    lines.push("url {", "path /", ...asks, "}");
  }
  return `${kind} {\n${lines.join("\n")}\n}`;
}

const config = (of: readonly FaultRow[], head = ""): string => {
  const services = of.map((row) => {
    const timing = `delay_loop ${TIMES.loop}\nlb_algo rr\nlb_kind NAT\nprotocol TCP`;
    const server = `real_server ${RS} ${portOf(row)} {\nweight 10\n${check(row)}\n}`;
    return `virtual_server ${VIP} ${portOf(row)} {\n${timing}\n${server}\n}\n`;
  });
  return `global_defs {\nscript_user root\n}\n${head}${services.join("")}`;
};

let lab: Lab;
const ours: { director: LabProcess; at: Host; rows: readonly FaultRow[] }[] = [];
beforeAll(async () => {
  lab = await Lab.start();
  const faults = rows.flatMap((row) => (typeof row.at === "string" ? [] : [[portOf(row), row.at] as const]));
  const program = await lab.bundle("test/faults/fault-servers.ts");
  // Else not every datagram to a closed port is refused.
  await lab.run("rs1", `sysctl -qw net.ipv4.icmp_ratelimit=0 && ip route add blackhole ${DEAF}`);
  for (const at of ["d1", "d2", "cl"] as const)
    await lab.run(at, `ip route add unreachable ${NO_ROUTE} && ip route add ${DEAF} via ${RS}`);
  const words = ["0.0.0.0", JSON.stringify(Object.fromEntries(faults)), AUTHORITY];
  const server = await lab.spawn("rs1", [process.execPath, program, ...words], { name: "faults" });
  await lab.eventually("the servers listen", 30_000, async () => (await server.log()).includes("listening"));
  const stopped = rows.filter(({ at }) => at === "stopped").map(portOf);
  if (stopped.length > 0) await stop(stopped);
  for (const row of rows.filter(({ kind }) => kind === "MISC_CHECK"))
    await lab.writeFile(scriptOf(row), `#!/bin/sh\n${row.ask?.script}\n`, { at: "d1", mode: 0o755 });
  ours.push({ director: await lab.director("d1", config(ourRows), ["-C"]), at: "d1", rows: ourRows });
  if (verifiedRows.length > 0) {
    await lab.writeFile(AUTHORITY, await lab.readFile(AUTHORITY, { at: "rs1" }), { at: "cl" });
    const text = config(verifiedRows, `SSL {\nca ${AUTHORITY}\nverify\n}\n`);
    ours.push({ director: await lab.director("cl", text, ["-C"]), at: "cl", rows: verifiedRows });
  }
  await lab.keepalived("d2", config(theirRows), ["-C"]);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A process that listens and is stopped then: its kernel goes on accepting. */
async function stop(ports: readonly number[]): Promise<void> {
  const script = `for (const port of ${JSON.stringify(ports)}) require("net").createServer().listen(port);`;
  const server = await lab.spawn("rs1", [process.execPath, "-e", script], { name: "stopped" });
  await lab.eventually("it listens", 20_000, async () => {
    const listening = await lab.run("rs1", "ss -Hltn");
    return ports.every((port) => listening.includes(`:${port} `));
  });
  await server.signal("SIGSTOP");
}

/** Which real servers are in the table, in the words of the rows. */
async function found(at: Host, of: readonly FaultRow[]): Promise<string[]> {
  const table = await lab.run(at, ["ipvsadm", "-Ln"]);
  return of.map((row) => `${nameOf(row)}: ${table.includes(`-> ${RS}:${portOf(row)} `) ? "up" : "down"}`);
}

const wanted = (of: readonly FaultRow[], verdict: (row: FaultRow) => string | undefined): string[] =>
  of.map((row) => `${nameOf(row)}: ${verdict(row) ?? (row.reason === undefined ? "up" : "down")}`);

/** What status has of the one check of each row. */
async function checks(at: Host, of: readonly FaultRow[]) {
  const { stdout } = await lab.lvskeeper(at, ["status", "--json"]);
  const { checker } = JSON.parse(stdout) as { readonly checker?: CheckerStatus };
  return of.map((row) => {
    const service = checker?.virtualServers.find(({ name }) => name === `[${VIP}]:tcp:${portOf(row)}`);
    const server = service?.realServers[0];
    return { row, why: server?.why ?? "", check: server?.checkers[0] };
  });
}

test("the verdicts are those of the rows, and status and the log say why", async () => {
  for (const { at, rows: of, director } of ours) {
    const expected = wanted(of, () => undefined);
    await lab
      .eventually("all are decided", 90_000, async () => {
        const decided = (await checks(at, of)).every(({ check: one }) => one?.hasRun);
        return decided && (await found(at, of)).join() === expected.join();
      })
      .catch(() => undefined);
    expect(await found(at, of)).toEqual(expected);
    const unsaid = async (): Promise<string[]> => {
      const logged = (await director.log()).split("\n").map((line) => / failed\.? \((.*?)\)\.?$/.exec(line)?.[1] ?? "");
      return (await checks(at, of)).flatMap(({ row, why }) => {
        if (row.reason === undefined) return [];
        const words = saidOf(row, `${hostOf(row)}:${portOf(row)}`, 1);
        return Object.entries({ status: [why], log: logged }).flatMap(([place, texts]) =>
          texts.some((text) => words.test(text)) ? [] : [`${nameOf(row)}: not in ${place}: ${why}`],
        );
      });
    };
    await lab.eventually("all is said", 60_000, async () => (await unsaid()).length === 0).catch(() => undefined);
    expect(await unsaid()).toEqual([]);
  }
});

test.runIf(full)("each verdict is known in its time (LVSKEEPER_LAB_FULL)", async () => {
  for (const { at, rows: of } of ours) {
    const wrong = (await checks(at, of)).flatMap(({ row, check: one }) => {
      const tookMs = one?.lastLatencyMs ?? -1;
      const least = row.reason === "timeout" ? row.limits * 1000 - 50 : 0;
      const most = (row.limits + 1) * 1000 + 500;
      return tookMs >= least && tookMs <= most ? [] : [`${nameOf(row)}: ${tookMs} ms`];
    });
    expect(wrong).toEqual([]);
  }
});

test("keepalived's verdicts are those of the rows, but where a row says otherwise", async () => {
  const settledRows = theirRows.filter(({ theirs }) => theirs !== "either");
  const expected = wanted(settledRows, ({ theirs }) => theirs);
  await lab
    .eventually("all are decided", 60_000, async () => (await found("d2", settledRows)).join() === expected.join())
    .catch(() => undefined);
  expect(await found("d2", settledRows)).toEqual(expected);
});
