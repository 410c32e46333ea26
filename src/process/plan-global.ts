import { hostname } from "node:os";
import type { Problems } from "../config/diagnostic.ts";
import { interpret } from "../config/interpret.ts";
import { placeOf } from "../config/place.ts";
import { Accounts } from "./accounts.ts";
import { type GlobalDefs, globalDefs } from "./global-options.ts";
import type { Root } from "./options.ts";
import type { GlobalPlan, MailPlan } from "./plan.ts";
import type { PlanContext } from "./plan-context.ts";
import { resolveUser, Scripts } from "./plan-scripts.ts";

/** What the other parts of the plan are made with: global settings, and the accounts and programs of this host. */
export function planContext(root: Root, problems: Problems): PlanContext {
  const global = root.global_defs[0] ?? interpret(globalDefs, [], problems);
  const accounts = new Accounts();
  const named = global.script_user;
  const user = named
    ? resolveUser(accounts, named, placeOf(global, "script_user"), problems)
    : accounts.user("keepalived_script");
  return {
    problems,
    global,
    scripts: new Scripts(accounts, { user, secure: global.enable_script_security }, problems),
  };
}

export function planGlobal(root: Root, { global, problems }: PlanContext): GlobalPlan {
  const mail = planMail(global);
  if (!mail && global.notification_email && global.notification_email.length > 0)
    problems.warning("mail/no-server", "no mail is sent without `smtp_server`", placeOf(global, "notification_email"), {
      hint: "e.g. `smtp_server 127.0.0.1`",
    });
  return {
    routerId: global.router_id ?? hostname(),
    ...(mail && { mail }),
    watchdogTimeoutMs: global.watchdog_timeout,
    childWaitMs: root.child_wait_time,
  };
}

function planMail(global: GlobalDefs): MailPlan | undefined {
  const recipients = [...new Set(global.notification_email ?? [])];
  const server = global.smtp_server;
  if (!server || recipients.length === 0) return undefined;
  return {
    recipients,
    from: global.notification_email_from ?? `keepalived@${hostname()}`,
    host: server.host,
    port: server.port,
    heloName: global.smtp_helo_name ?? hostname(),
    timeoutMs: Math.max(1000, global.smtp_connect_timeout),
  };
}

/** The `smtp_alert` that counts where none is given beside it. */
export const alertDefault = (global: GlobalDefs, of: "vrrp" | "checker", otherwise: boolean): boolean =>
  (of === "vrrp" ? global.smtp_alert_vrrp : global.smtp_alert_checker) ?? global.smtp_alert ?? otherwise;
