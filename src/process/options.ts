import { sslBlock } from "../checkers/tls-options.ts";
import { type BlockOf, block } from "../config/row.ts";
import { virtualServerGroup } from "../virtual-server/group-options.ts";
import { virtualServer } from "../virtual-server/options.ts";
import { vrrpSyncGroup } from "../vrrp/group-options.ts";
import { staticRows, vrrpInstance } from "../vrrp/options.ts";
import { vrrpScript } from "../vrrp/tracking-options.ts";
import { globalDefs } from "./global-options.ts";
import { otherRoots } from "./other-options.ts";
import { includeRows, placeRows } from "./root-options.ts";

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
    sslBlock,
    ...staticRows,
    ...placeRows,
    ...includeRows,
    ...otherRoots,
  ],
});

export type Root = BlockOf<typeof root>;
