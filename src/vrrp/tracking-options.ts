import type { Arguments } from "../config/arguments.ts";
import { command } from "../config/command.ts";
import { type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { flag, int, readChoice, readInt, seconds, word } from "../config/types.ts";

const MAX_INT32 = 2_147_483_647;

/** One line of a tracker list. No weight: that of the tracked thing itself. */
export type TrackLine = { readonly name: string; readonly weight?: number; readonly reverse: boolean };

export type Weight = { readonly weight: number; readonly reverse: boolean };

/** `-253..253 [reverse]`. */
function weight(): ValueType<Weight> {
  return {
    syntax: "INT -253..253 [reverse|noreverse]",
    body: "none",
    read: (words) => {
      const number = words.need("a number -253 to 253");
      const value = number && readInt(words, number, -253, 253);
      const reverse = readReverse(words);
      return value === undefined || reverse === undefined ? undefined : { weight: value, reverse };
    },
  };
}

function readReverse(words: Arguments): boolean | undefined {
  const option = words.take();
  if (!option) return false;
  const choice = readChoice(words, option, ["reverse", "noreverse"], false);
  return choice && choice === "reverse";
}

/** `NAME [weight N [reverse]]`. */
export function trackLine(): ValueType<TrackLine> {
  return {
    syntax: "NAME [weight -253..253 [reverse]]",
    body: "none",
    read: (words) => {
      const name = words.need("a name");
      const option = words.take();
      if (!name) return undefined;
      if (!option) return { name: name.text, reverse: false };
      if (readChoice(words, option, ["weight"], false) === undefined) return undefined;
      const value = weight().read(words);
      return value && { name: name.text, ...value };
    },
  };
}

const script = { in: "vrrp_script", process: "vrrp" } as const;

export const vrrpScript = block({
  name: "vrrp_script",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  doc: "A program that is run again and again, and whose exit status moves the priority of the instances that track it.",
  example: 'vrrp_script chk_nginx {\n    script "/usr/bin/pgrep nginx"\n    interval 2\n    weight -20\n}',
  since: "1.1.13",
  rows: [
    row({
      ...script,
      name: "script",
      type: command({ account: false }),
      repeat: "first",
      doc: "The program and its arguments, between quotes when there are any. Exit status 0 is good. `</path` instead asks whether the file can be read.",
      example: 'script "/etc/keepalived/check_nginx.sh"',
    }),
    row({
      ...script,
      name: "interval",
      type: seconds({ minS: 0, maxS: 4294, places: 3 }),
      default: 1000,
      doc: "Time between two starts; 0 is read as 1.",
      example: "interval 2",
    }),
    row({
      ...script,
      name: "timeout",
      type: seconds({ minS: 0, maxS: 4294, places: 3 }),
      defaultText: "`interval`",
      doc: "After this the program is ended, which counts as a failure.",
    }),
    row({
      ...script,
      name: "weight",
      type: weight(),
      default: { weight: 0, reverse: false },
      defaultText: "0",
      doc: "0: a failure puts the instance into FAULT. Above 0: added to the priority while good. Below 0: taken from it while failed.",
      example: "weight -20",
    }),
    row({
      ...script,
      name: "rise",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Successes in a row before it counts as good.",
    }),
    row({
      ...script,
      name: "fall",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Failures in a row before it counts as failed.",
    }),
    row({
      ...script,
      name: "user",
      type: word("USER", 64),
      defaultText: "`script_user`",
      doc: "Account the program runs as.",
      ...{ example: "user nobody" },
    }),
    row({
      ...script,
      name: "init_fail",
      type: flag(),
      default: false,
      doc: "Counts as failed until the first result.",
    }),
  ],
});

export type VrrpScript = BlockOf<typeof vrrpScript>;
