import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { type Host, Lab, type LabProcess } from "../lib/lab.ts";

const FULL = process.env.LVSKEEPER_LAB_FULL === "1";
const VIP = "192.168.122.100";
const RS = "192.168.122.10";
const CONFIG = "/etc/keepalived/keepalived.conf";
const CHECKER_PID = "/run/rules-checker.pid";
const SORRY_PORT = 2999;

/** What is done to the real servers, one after the other: who is dead (by number within the virtual server), and what the
 *  scripts and pages say. */
const PHASES = {
  "at the start": { dead: [0, 1] },
  "all are dead": { dead: [0, 1, 2, 3] },
  "two live again": { dead: [0, 1] },
  "all live": { dead: [] },
  "scripts and pages say otherwise": { dead: [], said: "7", page: "bad" },
  "scripts fail": { dead: [], said: "1", page: "bad" },
  "scripts say weight 0": { dead: [], said: "2", page: "bad" },
  "scripts and pages are well": { dead: [] },
  "all are dead again": { dead: [0, 1, 2, 3] },
  "a reload with other options": { dead: [0, 1, 2, 3] },
  "all live after it": { dead: [] },
} as const satisfies Record<
  string,
  { readonly dead: readonly number[]; readonly said?: string; readonly page?: string }
>;
type Phase = keyof typeof PHASES;

type Rule = {
  readonly name: string;
  /** Lines of the virtual server, and how many real servers it has. */
  readonly lines?: string;
  readonly servers: number;
  /** Its check, and others after the reload; absent: a TCP_CHECK. */
  readonly server?: (port: number, isReloaded: boolean) => string;
  /** Numbers of the real servers that count from 2 on: those of 0 and 1 are dead at the start. */
  readonly from?: number;
  /** In the table after each phase, "number:weight", S the sorry server; a phase that is left out is like the one before. */
  readonly table: { readonly [P in Phase]?: string };
  /** Where keepalived 2.2.7's is another, and that is known (docs/compatibility.md). */
  readonly theirs?: { readonly [P in Phase]?: string };
};

const TCP = "TCP_CHECK {\n}";
const SORRY = `sorry_server ${RS} ${SORRY_PORT}`;
const misc = (lines: string): string => `MISC_CHECK {\nmisc_path "/run/said.sh"\nmisc_timeout 5\n${lines}\n}`;

const RULES: readonly Rule[] = [
  {
    name: "without alpha, dead from the start: out at its first failure, whatever its retries",
    servers: 1,
    server: (_, isReloaded) => `TCP_CHECK {\nretry ${isReloaded ? 7 : 30}\n}`,
    table: {
      ...{ "at the start": "", "all live": "0:1" },
      // More attempts have failed, or will soon, than are allowed now.
      ...{ "a reload with other options": "", "all live after it": "0:1" },
    },
  },
  {
    name: "retries: out after them, in again at the first success",
    servers: 1,
    from: 2,
    server: (_, isReloaded) => `TCP_CHECK {\nretry 2\nlog_all_failures ${isReloaded ? "off" : "on"}\n}`,
    table: {
      "at the start": "2:1",
      "all are dead": "",
      "two live again": "2:1",
      "all are dead again": "",
      "all live after it": "2:1",
    },
  },
  {
    name: "alpha: out until the first success",
    lines: "alpha",
    servers: 2,
    table: { "at the start": "", "all live": "0:1 1:1", "all are dead again": "", "all live after it": "0:1 1:1" },
  },
  {
    name: "alpha and inhibit_on_failure: in with weight 0",
    lines: "alpha",
    servers: 1,
    server: () => `inhibit_on_failure\n${TCP}`,
    table: { "at the start": "0:0", "all live": "0:1", "all are dead again": "0:0", "all live after it": "0:1" },
  },
  {
    name: "inhibit_on_failure",
    servers: 1,
    from: 2,
    server: (_, isReloaded) => `inhibit_on_failure\nweight ${isReloaded ? 3 : 2}\n${TCP}`,
    table: {
      ...{ "at the start": "2:2", "all are dead": "2:0", "two live again": "2:2", "all are dead again": "2:0" },
      "all live after it": "2:3",
    },
  },
  {
    name: "quorum 2 of 3, with a sorry server",
    lines: `quorum 2\n${SORRY}`,
    servers: 3,
    table: {
      "at the start": "S:1",
      "all live": "0:1 1:1 2:1",
      "all are dead again": "S:1",
      "all live after it": "0:1 1:1 2:1",
    },
  },
  {
    name: "quorum 2 with a hysteresis of 1, of 4",
    lines: `quorum 2\nhysteresis 1\n${SORRY}`,
    servers: 4,
    table: {
      // Two are not enough to gain it, and enough to keep it.
      ...{ "at the start": "2:1 3:1", "all are dead": "S:1", "two live again": "S:1", "all live": "0:1 1:1 2:1 3:1" },
      ...{ "all are dead again": "S:1", "all live after it": "0:1 1:1 2:1 3:1" },
    },
  },
  {
    name: "quorum 2 of 2, without a sorry server",
    lines: "quorum 2",
    servers: 2,
    from: 1,
    table: {
      ...{ "at the start": "2:1", "all are dead": "", "two live again": "2:1", "all live": "1:1 2:1" },
      ...{ "all are dead again": "", "all live after it": "1:1 2:1" },
    },
  },
  {
    name: "sorry_server_inhibit",
    lines: `${SORRY}\nsorry_server_inhibit`,
    servers: 1,
    from: 2,
    table: {
      ...{ "at the start": "2:1 S:0", "all are dead": "S:1", "two live again": "2:1 S:0" },
      ...{ "all are dead again": "S:1", "all live after it": "2:1 S:0" },
    },
  },
  {
    name: "two checks: out with the first that fails, in with the last that is well",
    servers: 1,
    from: 2,
    server: (port) => `${TCP}\nTCP_CHECK {\nconnect_port ${port - 1}\n}`,
    table: {
      ...{ "at the start": "", "all live": "2:1", "all are dead again": "", "all live after it": "2:1" },
    },
  },
  {
    name: "HTTP_GET of two urls",
    servers: 1,
    from: 2,
    server: () => "HTTP_GET {\nretry 1\nurl {\npath /\n}\nurl {\npath /page\nstatus_code 200\n}\n}",
    table: {
      ...{ "at the start": "2:1", "all are dead": "", "two live again": "2:1" },
      ...{ "scripts and pages say otherwise": "", "scripts and pages are well": "2:1" },
      ...{ "all are dead again": "", "all live after it": "2:1" },
    },
  },
  {
    name: "misc_dynamic: status less 2 is the weight, 0 the configured one, 1 a failure",
    lines: SORRY,
    servers: 1,
    server: () => `weight 10\n${misc("misc_dynamic")}`,
    table: {
      ...{ "at the start": "0:10", "scripts and pages say otherwise": "0:5", "scripts fail": "S:1" },
      ...{ "scripts say weight 0": "S:1", "scripts and pages are well": "0:10" },
    },
    theirs: { "a reload with other options": "S:1" },
  },
  {
    name: "MISC_CHECK without misc_dynamic, with a retry",
    servers: 1,
    server: () => `weight 10\n${misc("retry 1")}`,
    table: { "at the start": "0:10", "scripts and pages say otherwise": "", "scripts and pages are well": "0:10" },
  },
  {
    name: "a check with another connect_timeout is a new one",
    servers: 1,
    server: (_, isReloaded) => `TCP_CHECK {\nconnect_timeout ${isReloaded ? 2 : 1}\nretry 30\n}`,
    table: { "at the start": "", "all live": "0:1", "a reload with other options": "", "all live after it": "0:1" },
  },
];

const numbersOf = ({ servers, from = 0 }: Rule): number[] => Array.from({ length: servers }, (_, n) => from + n);
const vipPort = (rule: Rule): number => 1000 + RULES.indexOf(rule);
const portOf = (rule: Rule, number: number): number => 3000 + 10 * RULES.indexOf(rule) + number;

const configOf = (isReloaded: boolean): string => {
  const services = RULES.map((rule) => {
    const { lines = "", server = () => TCP } = rule;
    const real = numbersOf(rule).map((number) => {
      const port = portOf(rule, number);
      return `real_server ${RS} ${port} {\n${server(port, isReloaded)}\n}`;
    });
    const timing = "delay_loop 1\nwarmup 0\nconnect_timeout 1\nretry 1\ndelay_before_retry 0.5";
    return `virtual_server ${VIP} ${vipPort(rule)} {\n${timing}\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n${lines}\n${real.join("\n")}\n}\n`;
  });
  return `global_defs {\nscript_user root\n}\n${services.join("")}`;
};

/** A web server on each port, but those that a file has; /page answers with 404 while another says so. */
const web = `const fs = require("fs");
const servers = process.argv.slice(1).map((port) => ({ port, server: require("http").createServer((request, response) => {
  const isBad = request.url === "/page" && fs.readFileSync("/tmp/rules-page", "utf8") === "bad";
  response.writeHead(isBad ? 404 : 200).end("x");
}) }));
const look = () => {
  const dead = fs.readFileSync("/tmp/rules-dead", "utf8").split(" ");
  for (const { port, server } of servers)
    if (dead.includes(port)) server.close();
    else if (!server.listening) server.listen(Number(port));
};
look();
setInterval(look, 50);
setTimeout(() => console.log("listening"), 300);`;

/** The rules around the checks, one virtual server for each, side by side with Debian's keepalived: the same happens to the
 *  same real servers, and both tables have to be as the rule says. */
describe.skipIf(!FULL)("rules of checks beside keepalived's (LVSKEEPER_LAB_FULL)", () => {
  let lab: Lab;
  const directors: { [At in Host]?: LabProcess } = {};
  beforeAll(async () => {
    lab = await Lab.start();
    const ports = RULES.flatMap((rule) => [0, 1, 2, 3].map((number) => String(portOf(rule, number))));
    await happen(PHASES["at the start"]);
    const server = await lab.spawn("rs1", [process.execPath, "-e", web, ...ports], { name: "rs1-web" });
    await lab.eventually("the servers listen", 20_000, async () => (await server.log()).includes("listening"));
    for (const at of ["d1", "d2"] as const)
      await lab.writeFile("/run/said.sh", "#!/bin/sh\nexit $(cat /tmp/rules-said)\n", { at, mode: 0o755 });
    directors.d1 = await lab.director("d1", configOf(false), ["-C", "-c", CHECKER_PID]);
    directors.d2 = await lab.keepalived("d2", configOf(false), ["-C"]);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function happen(what: { dead: readonly number[]; said?: string; page?: string }): Promise<void> {
    const dead = RULES.flatMap((rule) => what.dead.map((number) => portOf(rule, number)));
    await lab.writeFile("/tmp/rules-dead", dead.join(" "));
    await lab.writeFile("/tmp/rules-said", what.said ?? "0");
    await lab.writeFile("/tmp/rules-page", what.page ?? "good");
  }

  async function reload(): Promise<void> {
    for (const at of ["d1", "d2"] as const) {
      await lab.writeFile(CONFIG, configOf(true), { at });
      await directors[at]?.signal("SIGHUP");
    }
  }

  /** "RULE: 0:1 1:1" for each. */
  async function tables(at: Host): Promise<string[]> {
    const found = new Map<number, string[]>();
    for (const line of (await lab.run(at, ["ipvsadm", "-Sn"])).split("\n")) {
      const [, service, port, weight] = / (?:\S+):(\d+) -r \S+:(\d+) -m -w (\d+)/.exec(line) ?? [];
      if (service === undefined) continue;
      const name = Number(port) === SORRY_PORT ? "S" : String(Number(port) % 10);
      found.set(Number(service), [...(found.get(Number(service)) ?? []), `${name}:${weight}`]);
    }
    return RULES.map((rule) => `${rule.name}: ${(found.get(vipPort(rule)) ?? []).sort().join(" ")}`);
  }

  const wanted = (phase: Phase, at: Host): string[] => {
    const until = Object.keys(PHASES).slice(0, Object.keys(PHASES).indexOf(phase) + 1) as Phase[];
    return RULES.map(({ name, table, theirs }) => {
      const texts = until.map((one) => (at === "d2" ? theirs?.[one] : undefined) ?? table[one]);
      return `${name}: ${texts.findLast((text) => text !== undefined)}`;
    });
  };

  /** SIGKILL to the checker process: what its successor makes of the table, at every moment that ipvsadm sees. */
  async function killed(): Promise<string[]> {
    const look =
      'last=; while :; do now=$(ipvsadm -Sn | tr "\\n" "|"); [ "$now" = "$last" ] || echo "$now"; last=$now; done';
    const sampler = await lab.spawn("d1", ["sh", "-c", look], { name: "d1-sampler" });
    await lab.eventually("a first look at the table", 10_000, async () => (await sampler.log()) !== "");
    const pid = (await lab.readFile(CHECKER_PID, { at: "d1" })).trim();
    await lab.kill(Number(pid), "SIGKILL");
    const killedMs = Date.now();
    await lab.eventually("its successor has made each check twice", 30_000, async () => {
      const { stdout } = await lab.lvskeeper("d1", ["status", "--json"]);
      const { checker } = JSON.parse(stdout) as { readonly checker?: CheckerStatus };
      const all = checker?.virtualServers.flatMap(({ realServers }) => realServers.flatMap(({ checkers }) => checkers));
      return (
        all?.every(
          ({ runs, lastRunWallMs = 0 }) => (runs?.passed ?? 0) + (runs?.failed ?? 0) > 1 && lastRunWallMs > killedMs,
        ) === true
      );
    });
    await sampler.signal("SIGKILL");
    return (await sampler.log()).trim().split("\n");
  }

  test.for(Object.keys(PHASES) as Phase[])("%s", async (phase) => {
    if (phase === "a reload with other options") await reload();
    else if (phase !== "at the start") await happen(PHASES[phase]);
    for (const at of ["d1", "d2"] as const) {
      await lab
        .eventually("all is decided", 60_000, async () => (await tables(at)).join() === wanted(phase, at).join())
        .catch(() => undefined);
      expect(await tables(at), at).toEqual(wanted(phase, at));
    }
    // Some are dead, some wait with weight 0, and one quorum is not regained: all of it is kept.
    if (phase === "two live again") expect(await killed()).toHaveLength(1);
  });
});
