import { type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { line, path, readInt, word } from "../config/types.ts";
import { weight } from "./weight-options.ts";

/** What a tracked file is made with: its number, and whether a file that is there is written too. */
export type InitFile = { readonly value: number; readonly overwrite: boolean };

const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;

/** `[INT] [overwrite]`. */
const initFile: ValueType<InitFile> = line(
  "[INT] [overwrite]",
  (words) => {
    const first = words.take();
    const number = first && first.text !== "overwrite" ? first : undefined;
    const value = number ? readInt(words, number, MIN_INT32, MAX_INT32) : 0;
    const option = number ? words.take() : first;
    if (option && option.text !== "overwrite") return words.bad(option, "`overwrite`");
    return value === undefined ? undefined : { value: value || 0, overwrite: option !== undefined };
  },
  {
    range: `${MIN_INT32}..${MAX_INT32}`,
    show: ({ value, overwrite }) => `${value}${overwrite ? " overwrite" : ""}`,
  },
);

function trackFileBlock<const N extends "track_file" | "vrrp_track_file">(
  name: N,
  since: string,
  process: "all" | "vrrp",
  deprecated?: string,
) {
  const file = { in: name, process, since } as const;
  return block({
    name,
    in: "root",
    argument: word("NAME", 255),
    process,
    since,
    doc: "A file with a whole number in it, which is read whenever it changes. It moves the priority of the instances that track it, and the weight of the real servers whose FILE_CHECK names it. A file that is missing or empty is a 0.",
    example: `${name} maintenance {\n    file /run/maintenance\n    weight -10\n}`,
    ...(deprecated !== undefined && { deprecated }),
    rows: [
      row({
        ...file,
        name: "file",
        type: path({ relative: true }),
        repeat: "first",
        defaultText: "required",
        doc: "The file, by a path that is absolute or relative to this configuration file. The number in it may be decimal, 0x or 0 octal; what follows it does not matter.",
        example: "file /run/maintenance",
      }),
      row({
        ...file,
        name: "weight",
        type: weight({ max: 254 }),
        default: { weight: 1, reverse: false },
        doc: "What the number is multiplied by before it is added to the priority; at -254 or below the instance is in FAULT. 0: any number but 0 is a FAULT.",
        example: "weight -10",
      }),
      row({
        ...file,
        name: "init_file",
        type: initFile,
        defaultText: "the file is not made",
        doc: "Makes the file when the director starts, with this number (0 when none is given), where it is not there yet; with `overwrite` also where it is.",
        example: "init_file 5 overwrite",
      }),
    ],
  });
}

export const trackFile = trackFileBlock("track_file", "2.1.0", "all");
export const vrrpTrackFile = trackFileBlock("vrrp_track_file", "2.0.0", "vrrp", "write `track_file`");

export type TrackFile = BlockOf<typeof trackFile> | BlockOf<typeof vrrpTrackFile>;
