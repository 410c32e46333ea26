import { Problems } from "../../../src/config/diagnostic.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { parse } from "../../../src/config/parser.ts";
import { root } from "../../../src/process/options.ts";
import { planBfd } from "../../../src/process/plan-bfd.ts";
import { planContext } from "../../../src/process/plan-global.ts";
import { planVrrp } from "../../../src/process/plan-vrrp.ts";

const REMARKS = ["conf/not-supported", "conf/no-effect", "conf/deprecated", "script/security-off"];

/** The vrrp process's part of the plan of a text, its BFD sessions, and the codes of what is said of it with their lines,
 *  without what is said of keywords as such. */
export function vrrpPlanOf(text: string) {
  const problems = new Problems();
  const statements = parse({ file: "/etc/keepalived/test.conf", text }, root, problems, () => []);
  const values = interpret(root, statements, problems);
  const context = planContext(values, problems);
  const plan = planVrrp(values, context);
  const bfd = planBfd(values.bfd_instance, context);
  const telling = problems.list.filter(({ code }) => !REMARKS.includes(code));
  return { plan, bfd, codes: telling.map(({ code, span }) => `${code} ${span?.line}`), diagnostics: telling };
}

/** A vrrp_instance whose own lines begin at its line 5. */
export const instanceText = (name: string, lines: string, vrid = 51): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\nvirtual_ipaddress { 10.0.0.${vrid} }\n${lines}\n}\n`;
