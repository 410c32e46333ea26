import { hostname } from "node:os";
import { isGiven, placeOf } from "../config/place.ts";
import type { GlobalDefs } from "./global-options.ts";
import type { PlanContext } from "./plan-context.ts";
import type { MailPlan } from "./plan-global-model.ts";

/** Undefined where no mail is sent, for want of a server or of recipients. */
export function planMail({ global, problems }: PlanContext): MailPlan | undefined {
  const recipients = [...new Set(global.notification_email ?? [])];
  const server = global.smtp_server;
  if (!server && recipients.length > 0 && !isGiven(global, "smtp_server"))
    problems.warning("mail/no-server", "no mail is sent without `smtp_server`", placeOf(global, "notification_email"), {
      hint: "e.g. `smtp_server 127.0.0.1`",
    });
  if (!server || recipients.length === 0) return undefined;
  return {
    recipients,
    from: global.notification_email_from ?? `keepalived@${hostname()}`,
    host: server.host,
    port: server.port,
    ...tlsOf(global.smtp_tls),
    heloName: global.smtp_helo_name ?? hostname(),
    timeoutMs: Math.max(1000, global.smtp_connect_timeout),
    withoutFaults: global.no_email_faults,
  };
}

function tlsOf(tls: GlobalDefs["smtp_tls"]): Pick<MailPlan, "tls"> {
  if (!tls || tls.mode === "off") return {};
  return { tls: { mode: tls.mode, ...(tls.caFile !== undefined && { caFile: tls.caFile }) } };
}

/** The `smtp_alert` that counts where none is given beside it. */
export const alertDefault = (global: GlobalDefs, of: "vrrp" | "checker", otherwise: boolean): boolean =>
  (of === "vrrp" ? global.smtp_alert_vrrp : global.smtp_alert_checker) ?? global.smtp_alert ?? otherwise;
