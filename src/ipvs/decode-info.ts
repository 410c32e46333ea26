import { decodeAttrs } from "../netlink/attrs.ts";
import { infoAttrs } from "./attrs.ts";
import { versionText } from "./kernel-values.ts";
import type { Info } from "./listing.ts";

/** The answer to IPVS_CMD_GET_INFO. Never throws. */
export function decodeInfo(attributes: Buffer): Info {
  const attrs = decodeAttrs(infoAttrs, attributes);
  return { version: versionText(attrs.version ?? 0), connectionTableSize: attrs.connectionTableSize ?? 0 };
}
