import { command } from "../config/command.ts";
import { type BlockOf, block, row } from "../config/row.ts";
import { account, flag, int, MAX_INT32, seconds, word } from "../config/types.ts";
import { NO_WEIGHT, weight } from "./weight-options.ts";

const script = { in: "vrrp_script", process: "vrrp" } as const;

export const vrrpScript = block({
  name: "vrrp_script",
  in: "root",
  argument: word("NAME", 255),
  process: "vrrp",
  doc: "A program that is run again and again, and whose exit status moves the priority of the instances that track it. It is run only while an instance does.",
  example: 'vrrp_script chk_nginx {\n    script "/usr/bin/pgrep nginx"\n    interval 2\n    weight -20\n}',
  since: "1.1.13",
  rows: [
    row({
      ...script,
      name: "script",
      type: command({ account: false }),
      repeat: "first",
      defaultText: "required",
      doc: "The program and its arguments, between quotes when there are any. Exit status 0 is good. `</path` instead asks whether the file can be read. A shell runs it only when the file is a text without `#!`.",
      example: 'script "/usr/bin/curl -fsS http://127.0.0.1/health"',
      since: "1.1.13",
    }),
    row({
      ...script,
      name: "interval",
      type: { ...seconds({ minS: 0, maxS: 4294, places: 3 }), range: "0.001..4294" },
      default: 1000,
      doc: "Time between two starts; 0 is read as 1. A start that would come while the program still runs is left out.",
      example: "interval 2",
      since: "1.1.13",
    }),
    row({
      ...script,
      name: "timeout",
      type: { ...seconds({ minS: 0, maxS: 4294, places: 3 }), range: "0.001..4294" },
      defaultText: "`interval`",
      doc: "After this the program is ended, which counts as a failure; 0 is read as 1.",
      example: "timeout 5",
      since: "1.2.6",
    }),
    row({
      ...script,
      name: "weight",
      type: weight({ max: 253 }),
      default: NO_WEIGHT,
      doc: "0: a failure puts the instance into FAULT. Above 0: added to the priority while good. Below 0: taken from it while failed. `reverse` turns that round. For those that track it without a weight of their own.",
      example: "weight -20",
      since: "1.1.13",
    }),
    row({
      ...script,
      name: "rise",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Successes in a row before it counts as good; the very first result counts at once.",
      example: "rise 2",
      since: "1.1.18",
    }),
    row({
      ...script,
      name: "fall",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Failures in a row before it counts as failed.",
      example: "fall 3",
      since: "1.1.18",
    }),
    row({
      ...script,
      name: "user",
      type: account(),
      defaultText: "`script_user`",
      doc: "Account the program runs as.",
      example: "user nobody",
      since: "1.3.0",
    }),
    row({
      ...script,
      name: "init_fail",
      type: flag(),
      default: false,
      doc: "Counts as failed until the first result, instead of being waited for.",
      example: "init_fail",
      since: "1.3.2",
    }),
  ],
});

export type VrrpScript = BlockOf<typeof vrrpScript>;
