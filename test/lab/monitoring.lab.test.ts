import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectorEvent } from "../../src/process/events.ts";
import { apiExamples } from "./lib/api-examples.ts";
import { pairConfig, serving, settle, startDirector, startWebServers, VIPS } from "./lib/dual-master.ts";
import { alertExpressions, alertRules, dashboardExpressions, type Expression, filledIn } from "./lib/expressions.ts";
import { addressOf, Lab, type LabProcess } from "./lib/lab.ts";

const PORT = 9650;
const PROMETHEUS = "http://127.0.0.1:9090";
const RULES = "/run/alerts.yml";
const FULL = process.env.LVSKEEPER_LAB_FULL !== undefined;

const configOf = (side: "A" | "B", at: "d1" | "d2"): string =>
  `global_defs {\n    http_listen ${addressOf(at)}:${PORT}\n}\n${pairConfig(side, { persistenceS: 0, advertIntS: 1, delayLoopS: 1 })}`;

const prometheusConfig = `
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [${RULES}]
scrape_configs:
  - job_name: lvskeeper
    static_configs: [{targets: ["${addressOf("d1")}:${PORT}", "${addressOf("d2")}:${PORT}"]}]
`;

type Result = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };

/** A pair of directors, watched by a real Prometheus with the rules of docs/monitoring; only their patience is shortened. */
describe("Prometheus", () => {
  let lab: Lab;
  let web: Record<"rs1" | "rs2", LabProcess>;

  beforeAll(async () => {
    lab = await Lab.start({ memoryMb: 1536 });
    web = await startWebServers(lab);
    await Promise.all([
      startDirector(lab, "d1", "lvskeeper", configOf("A", "d1")),
      startDirector(lab, "d2", "lvskeeper", configOf("B", "d2")),
    ]);
    await settle(lab, "d1", "d2");
    await serving(lab, ["d1", "d2"], ["rs1", "rs2"]);
    await lab.writeFile("/run/prometheus.yml", prometheusConfig, { at: "cl" });
    await lab.writeFile(RULES, alertRules().replaceAll(/for: \d+[sm]/g, "for: 1s"), { at: "cl" });
    await lab.spawn("cl", [
      "prometheus",
      ...["--config.file=/run/prometheus.yml", "--storage.tsdb.path=/run/prometheus"],
      ...["--web.listen-address=127.0.0.1:9090", "--log.level=warn"],
    ]);
    await lab.eventually(
      "both directors are scraped",
      60_000,
      async () => (await query("sum(up)"))[0]?.value[1] === "2",
    );
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const urlOf = (expr: string): string => `${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(expr)}`;
  const resultOf = (answer: string): { readonly error?: string; readonly result: readonly Result[] } => {
    const { data, error } = JSON.parse(answer) as { error?: string; data?: { result: readonly Result[] } };
    return { ...(error !== undefined && { error }), result: data?.result ?? [] };
  };
  const query = async (expr: string): Promise<readonly Result[]> =>
    resultOf((await lab.exec("cl", ["curl", "-s", "-m", "5", urlOf(expr)])).stdout || "{}").result;
  /** What fires, once all that is asked for does. */
  const firing = (alert: string, labels: Readonly<Record<string, string>>, count: number): Promise<number> =>
    lab.eventually(`${alert} fires ${count} times`, 30_000, async () => {
      const results = await query(`ALERTS{alertname="${alert}",alertstate="firing"}`);
      const meant = results.filter(({ metric }) =>
        Object.entries(labels).every(([name, value]) => metric[name] === value),
      );
      return meant.length === count;
    });

  test("reads OpenMetrics from the real director, and promtool finds nothing wrong with its text", async () => {
    const page = await lab.run("cl", ["curl", "-sS", `http://${addressOf("d1")}:${PORT}/metrics`]);
    expect(await lab.exec("cl", ["promtool", "check", "metrics"], { stdin: page })).toMatchObject({
      status: 0,
      stdout: "",
    });
    const accept = "accept: application/openmetrics-text;version=1.0.0";
    const open = await lab.run("cl", ["curl", "-sSi", "-H", accept, `http://${addressOf("d1")}:${PORT}/metrics`]);
    expect(open).toMatch(/^content-type: application\/openmetrics-text; version=1\.0\.0/im);
    expect(open.endsWith("# EOF\n")).toBe(true);
    expect(page).toMatch(/^lvskeeper_ipvs_service_connections_total\{service="tcp 192\.168\.122\.100:80"\} \d+$/m);
    await lab.curl("cl", `http://${VIPS.one}/`);
    await lab.eventually("the kernel's counter has moved", 10_000, async () => {
      const [first] = await query(
        `lvskeeper_ipvs_service_connections_total{service="tcp ${VIPS.one}:80",instance=~"${addressOf("d1")}.*"}`,
      );
      return Number(first?.value[1]) >= 1;
    });
  });

  test("evaluates every expression of the alerts and of the dashboard", async () => {
    const all: Expression[] = [...alertExpressions(), ...dashboardExpressions()];
    const urls = all.map(({ expr }) => urlOf(filledIn(expr)));
    const answers = (await lab.run("cl", ["curl", "-s", "-w", "\\n", ...urls])).trim().split("\n");
    expect(answers).toHaveLength(all.length);
    const read = all.map(({ where, expr }, i) => ({ where, expr, ...resultOf(answers[i] ?? "{}") }));
    expect(read.filter(({ error }) => error !== undefined)).toEqual([]);
    // What asks for trouble, or for what these directors have not (scripts, certificates, BFD), has no answer here.
    const empty = read.filter(({ where, result }) => where.startsWith("panel") && result.length === 0);
    expect(new Set(empty.map(({ where }) => where.slice(6)))).toEqual(NO_TROUBLE);
    const critical = ["LvskeeperDown", "LvskeeperProcessDown", "VirtualServerDown", "RealServerDown", "VrrpNoMaster"];
    for (const alert of [...critical, "VrrpTwoMasters", "VrrpSecondMaster", "IpvsTableError"])
      expect(read.find(({ where }) => where === `alert ${alert}`)?.result, alert).toEqual([]);
  });

  const deaf = (is: boolean) =>
    lab.run(null, ["ip", "link", "set", "dev", "d2", "type", "bridge_slave", "mcast_flood", is ? "off" : "on"]);
  const secondMaster = { vrrp_instance: "bl_one", instance: `${addressOf("d1")}:${PORT}` };

  test("tells of dead real servers, a lost quorum and a second master, and /events why", async () => {
    await deaf(true);
    for (const server of Object.values(web)) await server.signal("SIGTERM");
    await firing("RealServerDown", { real_server: `[${addressOf("rs2")}]:tcp:80` }, 4);
    await firing("VirtualServerDown", { severity: "critical" }, 4);
    await firing("VrrpTwoMasters", { vrid: "38" }, 1);
    await firing("VrrpSecondMaster", secondMaster, 1);
    const [refused] = await query(`sum(lvskeeper_check_failure_reasons_total{reason="refused"})`);
    expect(Number(refused?.value[1])).toBeGreaterThan(4);
    const page = await lab.run("cl", ["curl", "-sS", `http://${addressOf("d1")}:${PORT}/events`]);
    const { events } = JSON.parse(page) as { readonly events: readonly DirectorEvent[] };
    const lost = events.find(({ event }) => event === "quorum.lost");
    expect([lost?.cause?.event, lost?.cause?.cause?.event]).toEqual(["rs.down", "checker.failed"]);
    expect(events.find(({ event }) => event === "vrrp.second")?.facts).toMatchObject({ from: addressOf("d2") });
  });

  test.runIf(FULL)("tells that all is well again, and of each of them alone", async () => {
    await deaf(false);
    web = { rs1: await lab.web("rs1"), rs2: await lab.web("rs2") };
    for (const alert of ["VrrpSecondMaster", "VrrpTwoMasters", "VirtualServerDown", "RealServerDown"])
      await firing(alert, {}, 0);
    await web.rs2.signal("SIGTERM");
    await firing("RealServerDown", { real_server: `[${addressOf("rs2")}]:tcp:80` }, 4);
    expect(await query(`ALERTS{alertname=~"VirtualServerDown|Vrrp.*",alertstate="firing"}`)).toEqual([]);
    await web.rs1.signal("SIGTERM");
    await firing("VirtualServerDown", {}, 4);
    web = { rs1: await lab.web("rs1"), rs2: await lab.web("rs2") };
    await firing("VirtualServerDown", {}, 0);
    await firing("RealServerDown", {}, 0);
    await deaf(true);
    await firing("VrrpSecondMaster", secondMaster, 1);
    expect(await query(`ALERTS{alertname=~".*Server.*",alertstate="firing"}`)).toEqual([]);
    await deaf(false);
    await firing("VrrpSecondMaster", {}, 0);
  });

  test.runIf(FULL)("beside it, the commands of docs/api.md do what they say", async () => {
    const script = apiExamples().map((example) => `${example} || echo "failed: $?"`);
    const streams = script.findIndex((example) => example.includes("text/event-stream"));
    for (const [i, example] of script.entries()) {
      const { stdout } = await lab.exec("d1", example);
      const [, status] = /\n(\d{3})\n(?:failed: 28\n)?$/.exec(stdout) ?? [];
      expect(status, `${example}\n${stdout}`).toBe("200");
      if (i === streams) expect(stdout).toContain('"event":"quorum.lost"');
    }
    await settle(lab, "d2", "d2");
  });
});

/** Panels without anything to show while all is well and nothing was configured for them. */
const NO_TROUBLE = new Set([
  "Adverts dropped or odd",
  "BFD sessions",
  "BFD sessions that went up or down",
  "BFD packets dropped or not sent",
  "Scripts: time of a run, 95 %",
  "Real servers that are down",
  "Days until certificates expire",
  "Transitions",
  "Checks that fail, by reason",
  "Time series left out",
]);
