import { row } from "../config/row.ts";
import { anyBlock, anyWords } from "../config/types.ts";

const idle = (name: string, isBlock: boolean, doc: string, noEffect: string) =>
  row({ in: "root", name, type: isBlock ? anyBlock() : anyWords(), doc, noEffect });

const refused = (name: string, isBlock: boolean, doc: string, notSupported: string) =>
  row({ in: "root", name, type: isBlock ? anyBlock() : anyWords(), doc, notSupported });

const NO_FILES = "use a vrrp_script that reads the file";

/** Keywords of the top level that are known, and have no effect or are refused. */
export const otherRoots = [
  idle("linkbeat_interfaces", true, "Interfaces whose link is polled.", "link changes come from the kernel"),
  idle("interface_up_down_delays", true, "Wait before a link change counts.", "link changes count at once"),
  idle("garp_group", true, "Least gap between gratuitous ARPs on some interfaces.", "use `vrrp_garp_interval`"),
  refused("bfd_instance", true, "BFD session.", "remove it: there is no BFD process"),
  refused("track_group", true, "Instances that depend on static addresses.", "put the addresses into the instances"),
  refused("track_file", true, "File whose content moves priorities.", NO_FILES),
  refused("vrrp_track_file", true, "File whose content moves priorities.", NO_FILES),
  refused(
    "vrrp_track_process",
    true,
    "Process that has to run.",
    'use a vrrp_script, e.g. script "/usr/bin/pgrep NAME"',
  ),
];
