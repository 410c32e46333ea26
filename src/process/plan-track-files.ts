import path from "node:path";
import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { ORIGIN } from "../config/row.ts";
import type { TrackFile } from "../vrrp/track-file-options.ts";
import type { TrackFilePlan } from "../vrrp/tracked-model.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { reportDoubles } from "./plan-names.ts";

/** All track_files, under either name of the block. */
const trackFileBlocks = (root: Root): readonly TrackFile[] => [...root.track_file, ...root.vrrp_track_file];

export function planTrackFiles(root: Root, context: PlanContext): readonly TrackFilePlan[] {
  const blocks = trackFileBlocks(root);
  reportDoubles(blocks, "track_file", context);
  return blocks.flatMap((block) => {
    if (block.file === undefined) {
      if (!isGiven(block, "file")) reportNoFile(block, context);
      return [];
    }
    const { weight, reverse } = block.weight;
    return [
      {
        name: block.argument,
        file: path.resolve(folderOf(block), block.file),
        weight,
        reverse,
        ...(block.init_file && { init: block.init_file }),
      },
    ];
  });
}

/** A relative path is one beside the file that names it. */
const folderOf = (block: TrackFile): string => path.dirname(path.resolve(placeOf(block, "file").source.file));

function reportNoFile(block: TrackFile, { problems }: PlanContext): void {
  const keyword = block[ORIGIN].statement.words[0].text;
  problems.error("conf/missing-keyword", `${keyword} ${quote(block.argument)} has no \`file\``, blockPlace(block), {
    hint: "add `file PATH`",
  });
}
