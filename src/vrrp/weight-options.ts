import type { Placed } from "../config/diagnostic.ts";
import { quote } from "../config/diagnostic.ts";
import { optionLine } from "../config/option-line.ts";
import { row, type ValueType } from "../config/row.ts";
import { interfaceName, line, mapped, readChoice, readInt, word } from "../config/types.ts";

export type Weight = { readonly weight: number; readonly reverse: boolean };

export const NO_WEIGHT: Weight = { weight: 0, reverse: false };

/** `-MAX..MAX [reverse|noreverse]`. Where `old` is set, one more than `max` is read as `max`: older versions had it. */
export function weight(options: { readonly max: 253 | 254; readonly old?: boolean }): ValueType<Weight> {
  const { max, old } = options;
  return line(
    "INT [reverse|noreverse]",
    (words) => {
      const number = words.need(`a number -${max} to ${max}`);
      const limit = old ? max + 1 : max;
      const value = number && readInt(words, number, -limit, limit);
      const reverse = words.take();
      const choice = reverse && readChoice(words, reverse, ["reverse", "noreverse"], false);
      if (value === undefined || number === undefined || (reverse && choice === undefined)) return undefined;
      const held = Math.min(max, Math.max(-max, value));
      if (held !== value)
        words.problems.warning("vrrp/weight-limit", `${quote(number.text)} is read as ${held}, the limit`, number, {
          hint: `write ${held}`,
        });
      return { weight: held || 0, reverse: choice === "reverse" };
    },
    { range: `-${max}..${max}`, show: ({ weight: value, reverse }) => `${value}${reverse ? " reverse" : ""}` },
  );
}

/** The lists that name trackers. */
export type TrackList = "track_script" | "track_interface" | "track_file" | "track_process" | "track_bfd";

/** One line of a list of trackers. No weight: that of the tracked thing itself. */
export type TrackLine = { readonly name: string; readonly weight?: Weight; readonly at: Placed };

const LISTS = {
  track_script: { max: 253, name: "chk_nginx", defaultText: "the vrrp_script's", what: "vrrp_script" },
  track_interface: { max: 253, name: "eth1", defaultText: "0", what: "interface" },
  track_file: { max: 254, name: "maintenance", defaultText: "the track_file's", what: "track_file" },
  track_process: { max: 254, name: "nginx", defaultText: "the vrrp_track_process's", what: "vrrp_track_process" },
  track_bfd: { max: 253, name: "peer", defaultText: "the bfd_instance's", what: "bfd_instance" },
} as const;

const DOCS: Readonly<Record<TrackList, string>> = {
  track_script:
    "What the script moves the priority by. 0: its failure is a FAULT. Above 0: added while good; below 0: taken away while failed; `reverse` turns that round.",
  track_interface: "What the interface moves the priority by, instead of a FAULT while it is down.",
  track_file: "What the number in the file is multiplied by. 0: any number but 0 is a FAULT.",
  track_process: "What the processes move the priority by. 0: too few of them is a FAULT.",
  track_bfd: "What the session moves the priority by. 0: a FAULT while it is down.",
};

/** `NAME [weight N [reverse|noreverse]]`, a line of `list`. */
export function trackLine(list: TrackList): ValueType<TrackLine> {
  const facts = LISTS[list];
  const lines = optionLine({
    head: row({
      in: `${list}[]`,
      process: "vrrp",
      name: "NAME",
      type: list === "track_interface" ? interfaceName() : word("NAME", 255),
      doc: `Name of the ${facts.what}.`,
      example: facts.name,
    }),
    options: [
      row({
        in: `${list}[]`,
        process: "vrrp",
        name: "weight",
        type: weight({ max: facts.max, old: list === "track_interface" }),
        defaultText: facts.defaultText,
        doc: DOCS[list],
        example: `${facts.name} weight ${list === "track_file" ? "1" : "-20"}`,
      }),
    ],
    syntax: "NAME [weight INT [reverse|noreverse]]",
  });
  return mapped(lines, ({ NAME, weight: given }, words) => ({
    name: NAME,
    ...(given && { weight: given }),
    at: words.all(),
  }));
}
