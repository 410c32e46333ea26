import { connectTimeout, timingRows } from "../checkers/check-options.ts";
import { type BlockOf, block } from "../config/row.ts";
import { serviceArgument } from "./argument-options.ts";
import { quorumRows } from "./quorum-options.ts";
import { realServer } from "./real-server-options.ts";
import { serviceRows } from "./service-options.ts";

const timing = timingRows({
  in: "virtual_server",
  since: { retry: "1.3.7", delay_before_retry: "1.3.7", warmup: "1.3.7", delay_loop: "<=1.1.0" },
  minRetry: 1,
  retry: "1; MISC_CHECK 0, DNS_CHECK 3",
  delayBeforeRetry: "1; HTTP_GET and SSL_GET 3, DNS_CHECK `delay_loop`",
  warmup: "`delay_loop`",
  delayLoop: "60",
});

export const virtualServer = block({
  name: "virtual_server",
  in: "root",
  argument: serviceArgument(),
  process: "checker",
  doc: "One IPVS service, and the servers behind it: an address with a port, a firewall mark, or all that a virtual_server_group names.",
  example:
    "virtual_server 192.168.1.50 80 {\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n    real_server 192.168.1.10 80 {\n        TCP_CHECK {\n        }\n    }\n}",
  since: "<=1.1.0",
  rows: [...timing.rows, connectTimeout("virtual_server", "2.0.13", "5"), ...serviceRows, ...quorumRows, realServer],
});

export type VirtualServer = BlockOf<typeof virtualServer>;
export type { RealServer } from "./real-server-options.ts";
