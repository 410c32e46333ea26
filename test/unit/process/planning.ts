import { Problems } from "../../../src/config/diagnostic.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { parse } from "../../../src/config/parser.ts";
import { root } from "../../../src/process/options.ts";
import { planChecker } from "../../../src/process/plan-checker.ts";
import { planContext } from "../../../src/process/plan-global.ts";
import { planTrackFiles } from "../../../src/process/plan-track-files.ts";
import type { VirtualServerPlan } from "../../../src/virtual-server/model.ts";

/** The checker's part of the plan of a text, and the codes of what is said of it with their lines. */
export function checkerPlanOf(text: string) {
  const problems = new Problems();
  const statements = parse({ file: "test.conf", text }, root, problems, () => []);
  const values = interpret(root, statements, problems);
  const context = planContext(values, problems);
  const vrrp = { instances: [], syncGroups: [], scripts: [], trackFiles: planTrackFiles(values, context) };
  const plan = planChecker(values, vrrp as never, context);
  const codes = problems.list.map(({ code, span }) => `${code} ${span?.line}`);
  return { plan, codes, diagnostics: problems.list, root: values, context };
}

/** The plan of one virtual server of TCP at 10.0.0.1:80 by NAT and rr, with these lines; `server` are lines of its real
 *  server 10.0.0.2:80. Lines count from the first of `lines`. */
export function serverPlanOf(lines: string, server = "") {
  const text = `${lines}\nreal_server 10.0.0.2 80 {\n${server}\n}\n`;
  const { plan, diagnostics } = checkerPlanOf(
    `virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n${text}}\n`,
  );
  const codes = diagnostics.map(({ code, span }) => `${code} ${(span?.line ?? 0) - 4}`);
  return { plan: plan.virtualServers[0] as VirtualServerPlan, codes, diagnostics };
}

/** The only checker of a real server with this check, and the codes of what is said of it. */
export function checkPlanOf(check: string, virtualServer = "", realServer = "") {
  const { plan, codes, diagnostics } = serverPlanOf(virtualServer, `${realServer}\n${check}`);
  return { plan: plan.realServers[0]?.checkers[0], codes: codes.map((code) => code.split(" ")[0]), diagnostics };
}
