import { sslBlock } from "../checkers/tls-options.ts";
import { type BlockOf, block } from "../config/row.ts";
import { virtualServerGroup } from "../virtual-server/group-options.ts";
import { virtualServer } from "../virtual-server/options.ts";
import { bfdInstance } from "../vrrp/bfd-options.ts";
import { vrrpSyncGroup } from "../vrrp/group-options.ts";
import { interfaceRows } from "../vrrp/interface-options.ts";
import { vrrpInstance } from "../vrrp/options.ts";
import { vrrpScript } from "../vrrp/script-options.ts";
import { staticRows } from "../vrrp/static-options.ts";
import { trackFile, vrrpTrackFile } from "../vrrp/track-file-options.ts";
import { vrrpTrackProcess } from "../vrrp/track-process-options.ts";
import { globalDefs } from "./global-options.ts";
import { includeRows, placeRows } from "./root-options.ts";

/** Everything a configuration may hold, at its top level and below. */
export const root = block({
  name: "root",
  in: "",
  doc: "The file as a whole.",
  rows: [
    globalDefs,
    vrrpScript,
    trackFile,
    vrrpTrackFile,
    vrrpTrackProcess,
    bfdInstance,
    vrrpInstance,
    vrrpSyncGroup,
    virtualServer,
    virtualServerGroup,
    sslBlock,
    ...staticRows,
    ...interfaceRows,
    ...placeRows,
    ...includeRows,
  ],
});

export type Root = BlockOf<typeof root>;
