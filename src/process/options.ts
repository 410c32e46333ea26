import { type BlockOf, block, row } from "../config/row.ts";
import { seconds, text } from "../config/types.ts";
import { virtualServer, virtualServerGroup } from "../virtual-server/options.ts";
import { staticRows, vrrpInstance, vrrpSyncGroup } from "../vrrp/options.ts";
import { vrrpScript } from "../vrrp/tracking-options.ts";
import { globalDefs } from "./global-options.ts";
import { otherRoots } from "./other-options.ts";

/** Everything a configuration may hold, at its top level and below. */
export const root = block({
  name: "root",
  in: "",
  doc: "The file as a whole.",
  rows: [
    globalDefs,
    vrrpScript,
    vrrpInstance,
    vrrpSyncGroup,
    virtualServer,
    virtualServerGroup,
    ...staticRows,
    row({
      name: "child_wait_time",
      in: "root",
      type: seconds({ minS: 0, maxS: 3600, places: 0 }),
      default: 5000,
      doc: "How long stopping processes are waited for before they are killed.",
      process: "parent",
    }),
    row({
      name: "include",
      in: "root",
      type: text("FILE or PATTERN"),
      repeat: "first",
      doc: "Reads other files at this place, relative to the directory of the file that names them; `*`, `?`, `[…]` and `{a,b}` match several. Files with an execute bit are passed over.",
      example: "include conf.d/*.conf",
    }),
    ...(["includer", "includem", "includew", "includeb", "includea"] as const).map((name) =>
      row({
        name,
        in: "root",
        type: text("FILE or PATTERN"),
        doc: "As `include`; with m, w and a at its end it is an error when no file matches.",
      }),
    ),
    ...otherRoots,
  ],
});

export type Root = BlockOf<typeof root>;
