import { type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { MAX_INT32, optionalBool, readChoice, readInt, word } from "../config/types.ts";

export type FileWeight = { readonly weight: number; readonly reverse: boolean };

/** `N [reverse|noreverse]`. */
function fileWeight(): ValueType<FileWeight> {
  return {
    syntax: "INT [reverse|noreverse]",
    body: "none",
    range: `-${MAX_INT32}..${MAX_INT32}`,
    read: (words) => {
      const number = words.need("a weight");
      const weight = number && readInt(words, number, -MAX_INT32, MAX_INT32);
      const direction = words.take();
      const named = direction && readChoice(words, direction, ["reverse", "noreverse"], false);
      if (weight === undefined || (direction && !named)) return undefined;
      return { weight, reverse: named === "reverse" };
    },
  };
}

export const fileCheck = block({
  name: "FILE_CHECK",
  in: "real_server",
  process: "checker",
  doc: "The number in a file takes the server out, or moves its weight.",
  example: "FILE_CHECK {\n    track_file load\n    weight -1\n}",
  since: "2.1.0",
  rows: [
    row({
      in: "FILE_CHECK",
      process: "checker",
      name: "track_file",
      type: word("NAME"),
      defaultText: "required",
      doc: "Name of the `track_file` block that says which file it is.",
      example: "track_file load",
      since: "2.1.0",
    }),
    row({
      in: "FILE_CHECK",
      process: "checker",
      name: "weight",
      type: fileWeight(),
      defaultText: "that of the track_file",
      doc: "0: any number but 0 in the file takes the server out. Otherwise the number times this is added to its weight; with `reverse`, taken off.",
      example: "weight -1 reverse",
      since: "2.1.0",
    }),
  ],
});

export const bfdCheck = block({
  name: "BFD_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up while a BFD session is up.",
  example: "BFD_CHECK {\n    name to_web1\n}",
  since: "2.0.0",
  rfc: "RFC 5880",
  rows: [
    row({
      in: "BFD_CHECK",
      process: "checker",
      name: "name",
      type: word("NAME"),
      defaultText: "required",
      doc: "Name of the `bfd_instance`.",
      example: "name to_web1",
      since: "2.0.0",
    }),
    row({
      in: "BFD_CHECK",
      process: "checker",
      name: "alpha",
      type: optionalBool(),
      defaultText: "the real server's, then the virtual server's",
      doc: "Counts as failed until the session has come up.",
      example: "alpha",
      since: "2.0.0",
    }),
  ],
});

export type FileCheck = BlockOf<typeof fileCheck>;
export type BfdCheck = BlockOf<typeof bfdCheck>;
