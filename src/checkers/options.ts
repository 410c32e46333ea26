import { command } from "../config/command.ts";
import { type BlockOf, block, row } from "../config/row.ts";
import { account, flag, optionalBool, seconds } from "../config/types.ts";
import { checkRows } from "./check-options.ts";
import { grpcCheck } from "./grpc-options.ts";
import { dnsCheck, pingCheck, smtpCheck, tcpCheck, udpCheck } from "./probe-options.ts";
import { bfdCheck, fileCheck } from "./tracked-options.ts";
import { httpGet, sslGet } from "./web-options.ts";

const misc = { in: "MISC_CHECK", process: "checker" } as const;

export const miscCheck = block({
  name: "MISC_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a program exits with 0.",
  example: 'MISC_CHECK {\n    misc_path "/etc/keepalived/check.sh 192.168.1.10"\n    misc_timeout 5\n}',
  since: "<=1.1.0",
  rows: [
    row({
      ...misc,
      name: "misc_path",
      type: command({ account: false }),
      defaultText: "required",
      doc: "The program and its arguments, between quotes when there are any.",
      example: 'misc_path "/etc/keepalived/check.sh 192.168.1.10"',
      since: "<=1.1.0",
    }),
    row({
      ...misc,
      name: "misc_timeout",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      defaultText: "the virtual server's `delay_loop`; so is 0",
      doc: "After this the program is ended with SIGTERM, 2 s later with SIGKILL, and has failed.",
      example: "misc_timeout 5",
      since: "<=1.1.0",
    }),
    row({
      ...misc,
      name: "misc_dynamic",
      type: flag(),
      default: false,
      doc: "Exit status 2..255 sets the weight to that minus 2, 0 restores the configured one, 1 fails.",
      example: "misc_dynamic",
      since: "1.1.8",
    }),
    row({
      ...misc,
      name: "user",
      type: account(),
      defaultText: "`script_user`",
      doc: "Account the program runs as.",
      example: "user nobody",
      since: "1.3.0",
    }),
    row({
      ...misc,
      name: "no_new_privs",
      type: optionalBool(),
      default: true,
      doc: "The program cannot gain privileges by what it executes. With `no` it can: `sudo` and programs with file capabilities work in it.",
      example: "no_new_privs no",
      since: "lvskeeper 0.1",
    }),
    ...checkRows({
      in: "MISC_CHECK",
      since: {
        retry: "1.3.7",
        delay_before_retry: "1.3.7",
        warmup: "1.2.13",
        delay_loop: "1.3.7",
        alpha: "1.3.7",
        log_all_failures: "2.0.11",
      },
      retry: "0",
    }).rows,
  ],
});

/** Everything that may guard a real server. */
export const checkBlocks = [
  tcpCheck,
  httpGet,
  sslGet,
  smtpCheck,
  dnsCheck,
  udpCheck,
  pingCheck,
  grpcCheck,
  miscCheck,
  fileCheck,
  bfdCheck,
] as const;

export type MiscCheck = BlockOf<typeof miscCheck>;
export type { TcpCheck } from "./probe-options.ts";
export type { WebCheck } from "./web-options.ts";
