import { row } from "../config/row.ts";
import { anyBlock } from "../config/types.ts";

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Routes and rules that come and go with the addresses. */
export const otherInstanceRows = [
  row({
    ...instance,
    name: "virtual_routes",
    type: anyBlock(),
    doc: "Routes only the MASTER has.",
    notSupported: "set them in a notify_master script",
  }),
  row({
    ...instance,
    name: "virtual_rules",
    type: anyBlock(),
    doc: "Policy rules only the MASTER has.",
    notSupported: "set them in a notify_master script",
  }),
] as const;
