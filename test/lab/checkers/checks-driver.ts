// Runs the checks of a configuration alone, without virtual servers or a table: node checks-driver.mjs FILE
// Each first run comes after half of its warmup. Standard output has lines of JSON (DriverLine), with seconds since 1970.
import { readFileSync } from "node:fs";
import { loadKinds } from "../../../src/checkers/kinds.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";
import { checkerPlanOf } from "../../unit/process/planning.ts";

export type DriverLine = { readonly atS: number; readonly service: string } & (
  | { readonly is: "made"; readonly up: boolean }
  | { readonly is: "result"; readonly up: boolean | "unknown"; readonly tookMs: number; readonly why: string }
  | { readonly is: "change"; readonly up: boolean }
);

const { plan, codes } = checkerPlanOf(readFileSync(process.argv[2] ?? "", "utf8"));
const subjects = plan.virtualServers.flatMap((vs) =>
  vs.realServers.flatMap((rs) =>
    rs.checkers.map((checker) => ({
      plan: checker,
      virtualServer: vs.name,
      realServer: `[${rs.address}]:tcp:${rs.port}`,
    })),
  ),
);
const serviceOf = new Map(subjects.map((subject) => [subject.plan.id, subject.virtualServer]));
const say = (service: string, what: object): void =>
  void process.stdout.write(`${JSON.stringify({ atS: Date.now() / 1000, service, ...what })}\n`);

await loadKinds(new Set(subjects.map((subject) => subject.plan.probe.kind)));
const runner = createCheckerRunner(
  ({ text }) => process.stdout.write(`${text}\n`),
  (id, state, change) => {
    if (change === "up" || change === "down") say(serviceOf.get(id) ?? "", { is: "change", up: state.up });
  },
  {
    random: () => 0.5,
    onResult: (id, verdict) => {
      const tookMs = runner.state(id)?.lastLatencyMs ?? 0;
      const why = verdict.up === true ? "" : verdict.detail;
      say(serviceOf.get(id) ?? "", { is: "result", up: verdict.up, tookMs, why });
    },
  },
);
runner.replace(subjects);
for (const subject of subjects)
  say(subject.virtualServer, { is: "made", up: runner.state(subject.plan.id)?.up === true });
process.stdout.write(`started with ${subjects.length} checks, and these were said of them: ${codes.join(", ")}\n`);
