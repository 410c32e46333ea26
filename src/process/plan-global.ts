import { hostname } from "node:os";
import type { Problems } from "../config/diagnostic.ts";
import { interpret } from "../config/interpret.ts";
import { placeOf } from "../config/place.ts";
import { Observed } from "../core/observed.ts";
import { Accounts } from "./accounts.ts";
import { globalDefs } from "./global-options.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { planDefaults } from "./plan-global-defaults.ts";
import { planMail } from "./plan-global-mail.ts";
import type { GlobalPlan } from "./plan-global-model.ts";
import { planProcesses, planSockets } from "./plan-global-processes.ts";
import { planFifos, planGlobalScripts } from "./plan-global-scripts.ts";
import {
  planDbus,
  planDumps,
  planFirewall,
  planHttp,
  planPlace,
  planReload,
  planSnmp,
  planVrrpSettings,
} from "./plan-global-services.ts";
import { resolveUser, Scripts } from "./plan-scripts.ts";

export { alertDefault } from "./plan-global-mail.ts";

/** What the other parts of the plan are made with: global settings, and the accounts and programs of this host. */
export function planContext(root: Root, problems: Problems, observed = new Observed()): PlanContext {
  const global = root.global_defs[0] ?? interpret(globalDefs, [], problems);
  const accounts = new Accounts(observed);
  const named = global.script_user;
  const user = named
    ? resolveUser(accounts, named, placeOf(global, "script_user"), problems)
    : accounts.user("keepalived_script");
  return {
    problems,
    global,
    observed,
    scripts: new Scripts(
      accounts,
      {
        user,
        userAt: named && placeOf(global, "script_user"),
        allGroups: global.set_supplementary_groups,
        secure: global.enable_script_security,
      },
      problems,
      observed,
    ),
  };
}

export function planGlobal(root: Root, context: PlanContext): GlobalPlan {
  const { global } = context;
  const mail = planMail(context);
  const dbus = planDbus(global);
  return {
    routerId: global.router_id ?? hostname(),
    ...(mail && { mail }),
    watchdogTimeoutMs: global.watchdog_timeout,
    childWaitMs: root.child_wait_time,
    place: planPlace(root),
    processes: planProcesses(global),
    scripts: planGlobalScripts(context),
    umask: global.umask,
    fifos: planFifos(context, root.virtual_server.some((vs) => vs.real_server.length > 0) ? "checker" : "vrrp"),
    dumps: planDumps(global),
    reload: planReload(global),
    snmp: planSnmp(global),
    ...(dbus && { dbus }),
    http: planHttp(global),
    firewall: planFirewall(global),
    sockets: planSockets(global),
    vrrp: planVrrpSettings(root, global),
    defaults: planDefaults(global),
  };
}
