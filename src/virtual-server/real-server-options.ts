import { connectTimeout, timingRows } from "../checkers/check-options.ts";
import { checkBlocks } from "../checkers/options.ts";
import { addressPort } from "../config/addresses.ts";
import { command } from "../config/command.ts";
import { type BlockOf, block, row } from "../config/row.ts";
import { int, MAX_INT32, MAX_UINT32, optionalBool, seconds, word } from "../config/types.ts";
import { lbKind } from "./argument-options.ts";

const rs = { in: "real_server", process: "checker" } as const;

const script = <const N extends "notify_up" | "notify_down">(name: N, doc: string) =>
  row({
    ...rs,
    name,
    type: command({ account: true }),
    repeat: "first",
    doc,
    example: `${name} "/etc/keepalived/notify.sh 192.168.1.10"`,
    since: "<=1.1.0",
  });

const THE_VS = "the virtual server's";

const timing = timingRows({
  in: "real_server",
  since: { retry: "1.3.7", delay_before_retry: "1.3.7", warmup: "1.3.7", delay_loop: "1.3.7" },
  minRetry: 1,
  retry: `${THE_VS}, then the check's own`,
  delayBeforeRetry: `${THE_VS}, then the check's own`,
  warmup: `${THE_VS}, then \`delay_loop\``,
  delayLoop: THE_VS,
});

export const realServer = block({
  name: "real_server",
  in: "virtual_server",
  argument: addressPort(),
  process: "checker",
  doc: "One server that takes connections of the virtual server. Without a port: that of the virtual server.",
  example: "real_server 192.168.1.10 80 {\n    weight 1\n    TCP_CHECK {\n    }\n}",
  since: "<=1.1.0",
  rows: [
    row({
      ...rs,
      name: "weight",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: `${THE_VS}, which is 1 unless given`,
      doc: "Its share of connections; 0: it gets no new ones.",
      example: "weight 3",
      since: "<=1.1.0",
    }),
    row({
      ...rs,
      name: "lvs_method",
      type: lbKind(),
      defaultText: "the virtual server's `lb_kind`",
      doc: "How packets are forwarded to it.",
      example: "lvs_method TUN type gue port 6080",
      since: "1.3.6",
    }),
    row({
      ...rs,
      name: "uthreshold",
      type: int({ min: 0, max: MAX_UINT32 }),
      default: 0,
      doc: "No new connections above this many; 0: no limit.",
      example: "uthreshold 1000",
      since: "1.1.13",
    }),
    row({
      ...rs,
      name: "lthreshold",
      type: int({ min: 0, max: MAX_UINT32 }),
      default: 0,
      doc: "Below this many, new connections again; 0: below three quarters of `uthreshold`.",
      example: "lthreshold 800",
      since: "1.1.13",
    }),
    row({
      ...rs,
      name: "slow_start",
      type: seconds({ minS: 0, maxS: 86_400, places: 3 }),
      defaultText: THE_VS,
      doc: "How long its weight rises, from 1 to the full one, after it came back; 0: not at all. It takes a scheduler that looks at weights. Not known to keepalived.",
      example: "slow_start 60",
      since: "lvskeeper 0.1",
    }),
    row({
      ...rs,
      name: "inhibit_on_failure",
      type: optionalBool(),
      defaultText: THE_VS,
      doc: "A failed server stays in the table with weight 0.",
      example: "inhibit_on_failure",
      since: "<=1.1.0",
    }),
    script("notify_up", "Run when the server comes up."),
    script("notify_down", "Run when the server goes down."),
    row({
      ...rs,
      name: "alpha",
      type: optionalBool(),
      defaultText: THE_VS,
      doc: "Its checks count as failed until their first success.",
      example: "alpha",
      since: "1.3.7",
    }),
    ...timing.rows,
    connectTimeout("real_server", "2.0.13", THE_VS),
    row({
      ...rs,
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "`smtp_alert_checker`, then `smtp_alert` of global_defs, then on",
      doc: "Mail when it goes up or down.",
      example: "smtp_alert off",
      since: "2.0.0",
    }),
    row({
      ...rs,
      name: "virtualhost",
      type: word("HOST"),
      defaultText: THE_VS,
      doc: "Host header of its HTTP_GET and SSL_GET.",
      example: "virtualhost www.example.org",
      since: "1.3.6",
    }),
    row({
      ...rs,
      name: "snmp_name",
      type: word("NAME"),
      doc: "Name in SNMP.",
      example: "snmp_name web-1",
      since: "2.2.3",
      noEffect: "there is no SNMP agent",
    }),
    ...checkBlocks,
  ],
});

export type RealServer = BlockOf<typeof realServer>;
