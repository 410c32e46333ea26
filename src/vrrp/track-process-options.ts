import type { Placed } from "../config/diagnostic.ts";
import { type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { flag, int, line, oneOf, optional, seconds, word } from "../config/types.ts";
import { NO_WEIGHT, weight } from "./weight-options.ts";

/** The program that is looked for, and the arguments it has to have. */
export type ProcessLine = { readonly name: string; readonly args: readonly string[]; readonly at: Placed };

/** `NAME [ARGUMENT]...`: a quoted text is one word. */
const processLine: ValueType<ProcessLine> = line(
  "NAME [ARGUMENT]...",
  (words) => {
    const name = words.need("the name of a program");
    if (!name) return undefined;
    const args = words.takeAll().map(({ text }) => text);
    if (name.text === "") return words.bad(name, "the name of a program", { hint: "it is empty" });
    return { name: name.text, args, at: name };
  },
  {
    show: ({ name, args }) => [name, ...args].map((text) => (/^[^\s"{}]+$/.test(text) ? text : `"${text}"`)).join(" "),
  },
);

const process = { in: "vrrp_track_process", process: "vrrp" } as const;
const delay = { ...process, type: seconds({ minS: 0.000001, maxS: 3600 }) } as const;

export const vrrpTrackProcess = block({
  name: "vrrp_track_process",
  in: "root",
  argument: word("NAME", 255),
  process: "vrrp",
  since: "2.0.11",
  doc: "Counts the processes of a program, told by the kernel of each that begins or ends. Too few, or too many, moves the priority of the instances that track it.",
  example: "vrrp_track_process nginx {\n    process nginx\n    quorum 2\n    weight -20\n}",
  rfc: "linux/cn_proc.h",
  rows: [
    row({
      ...process,
      name: "process",
      type: processLine,
      repeat: "first",
      defaultText: "required",
      doc: "Name of the process as `ps -o comm` shows it, whole. With arguments, `param_match` or `full_command` it is the command line that has to agree.",
      example: 'process "/usr/sbin/nginx" -g "daemon off;"',
      since: "2.0.11",
    }),
    row({
      ...process,
      name: "param_match",
      type: optional(oneOf(["initial", "partial"]), "exact"),
      defaultText: "exact with arguments; without, arguments do not matter",
      doc: "How arguments are compared. Nothing: they have to be the same. partial: the process may have more of them. initial: as partial, and the last one given may be the beginning of the process's. With no arguments given, the process may have none.",
      example: "param_match initial",
      since: "2.0.16",
    }),
    row({
      ...process,
      name: "weight",
      type: weight({ max: 254 }),
      default: NO_WEIGHT,
      repeat: "first",
      doc: "0: a wrong number of processes puts the instance into FAULT. Above 0: added to the priority while it is right. Below 0: taken from it while it is wrong. `reverse` turns that round.",
      example: "weight -20",
      since: "2.0.11",
    }),
    row({
      ...process,
      name: "quorum",
      type: int({ min: 1, max: 65_535 }),
      default: 1,
      doc: "At least so many processes.",
      example: "quorum 2",
      since: "2.0.11",
    }),
    row({
      ...process,
      name: "quorum_max",
      type: int({ min: 0, max: 65_535 }),
      defaultText: "no limit",
      doc: "At most so many processes. 0: none may run.",
      example: "quorum_max 1",
      since: "2.0.16",
    }),
    row({
      ...delay,
      name: "delay",
      defaultText: "0",
      doc: "Sets `terminate_delay` and `fork_delay`; one of them that stands after it wins.",
      example: "delay 0.5",
      since: "2.0.11",
    }),
    row({
      ...delay,
      name: "terminate_delay",
      defaultText: "0",
      doc: "After processes have ended their number may be wrong for so long, e.g. while a service is restarted.",
      example: "terminate_delay 2",
      since: "2.0.16",
    }),
    row({
      ...delay,
      name: "fork_delay",
      defaultText: "0",
      doc: "After processes have begun their number may be wrong for so long, e.g. between fork and exec.",
      example: "fork_delay 0.5",
      since: "2.0.16",
    }),
    row({
      ...process,
      name: "full_command",
      type: flag(),
      default: false,
      doc: "Compare with the command line of the process, and not with its name, which has 15 characters at most.",
      example: "full_command",
      since: "2.0.11",
    }),
  ],
});

export type VrrpTrackProcess = BlockOf<typeof vrrpTrackProcess>;
