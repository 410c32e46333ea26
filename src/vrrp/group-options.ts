import { alias, type BlockOf, block, row } from "../config/row.ts";
import { flag, word, wordList } from "../config/types.ts";
import { notifyRows } from "./notify-options.ts";
import { trackerListRows } from "./tracker-list-options.ts";

const group = { in: "vrrp_sync_group", process: "vrrp" } as const;

const trackingWeight = row({
  ...group,
  name: "sync_group_tracking_weight",
  type: flag(),
  default: false,
  doc: "Members keep their weighted trackers; otherwise a weighted script of a member is left out, and a weighted interface puts it into FAULT.",
  example: "sync_group_tracking_weight",
  since: "2.0.0",
});

export const vrrpSyncGroup = block({
  name: "vrrp_sync_group",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  since: "<=1.1.0",
  doc: "Instances that change state together.",
  example: "vrrp_sync_group G1 {\n    group {\n        VI_1\n        VI_2\n    }\n}",
  rows: [
    row({
      ...group,
      name: "group",
      type: wordList("INSTANCE"),
      defaultText: "required",
      doc: "Names of the instances. An instance can be in one group only.",
      example: "group {\n    VI_1\n    VI_2\n}",
      since: "<=1.1.0",
    }),
    ...notifyRows("vrrp_sync_group"),
    ...trackerListRows("vrrp_sync_group"),
    trackingWeight,
    alias({
      ...group,
      name: "global_tracking",
      of: trackingWeight,
      deprecated: "write `sync_group_tracking_weight`",
      example: "global_tracking",
      since: "1.2.3",
    }),
  ],
});

export type VrrpSyncGroup = BlockOf<typeof vrrpSyncGroup>;
