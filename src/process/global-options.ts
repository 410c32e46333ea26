import { type BlockOf, block } from "../config/row.ts";
import { fifoRows } from "./global-fifo-options.ts";
import { firewallRows } from "./global-firewall-options.ts";
import { garpRows } from "./global-garp-options.ts";
import { httpRows } from "./global-http-options.ts";
import { lvsRows } from "./global-lvs-options.ts";
import { mailRows } from "./global-mail-options.ts";
import { managementRows } from "./global-management-options.ts";
import { fileRows, reloadRows } from "./global-reload-options.ts";
import { schedulingRows } from "./global-scheduling-options.ts";
import { scriptRows } from "./global-script-options.ts";
import { socketRows } from "./global-socket-options.ts";
import { ipvsSysctl } from "./global-sysctl-options.ts";
import { vrrpRows } from "./global-vrrp-options.ts";

export const globalDefs = block({
  name: "global_defs",
  in: "root",
  repeat: "merge",
  doc: "Settings of the director as a whole. May be given several times; later values win.",
  example:
    "global_defs {\n    router_id lvs-1\n    notification_email { ops@example.org }\n    smtp_server 127.0.0.1\n    script_user nobody\n    enable_script_security\n}",
  since: "<=1.1.0",
  process: "all",
  rows: [
    ...mailRows,
    ...scriptRows,
    ...vrrpRows,
    ...garpRows,
    ...lvsRows,
    ipvsSysctl,
    ...fifoRows,
    ...reloadRows,
    ...fileRows,
    ...schedulingRows,
    ...socketRows,
    ...firewallRows,
    ...managementRows,
    ...httpRows,
  ],
});

export type GlobalDefs = BlockOf<typeof globalDefs>;
