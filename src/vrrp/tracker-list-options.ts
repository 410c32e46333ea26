import { row } from "../config/row.ts";
import { lineList } from "../config/types.ts";
import { serviceRow } from "./service-options.ts";
import { balancingRows } from "./tracking-options.ts";
import { type TrackList, trackLine } from "./weight-options.ts";

type Home = "vrrp_instance" | "vrrp_sync_group";

const types = {
  track_interface: lineList(trackLine("track_interface")),
  track_script: lineList(trackLine("track_script")),
  track_file: lineList(trackLine("track_file")),
  track_process: lineList(trackLine("track_process")),
  track_bfd: lineList(trackLine("track_bfd")),
} as const satisfies Record<TrackList, unknown>;

/** The lists of trackers that an instance has, and a sync group for all its members. */
export function trackerListRows<const B extends Home>(home: B) {
  const list = { in: home, process: "vrrp" } as const;
  const group = home === "vrrp_sync_group";
  const all = group ? ", for all members" : "";
  const tail = group ? " Weights count for members too, except where one has priority 255: there they are 0." : "";
  return [
    row({
      ...list,
      name: "track_interface",
      type: types.track_interface,
      doc: `Interfaces that have to be up${all}: without a weight there is a FAULT while one is down.${tail}`,
      example: "track_interface {\n    eth1\n}",
      since: group ? "2.0.0" : "<=1.1.0",
    }),
    row({
      ...list,
      name: "track_script",
      type: types.track_script,
      doc: `The vrrp_scripts that move the priority${all}.${tail}`,
      example: "track_script {\n    chk_nginx weight -20\n}",
      since: group ? "2.0.0" : "1.1.13",
    }),
    row({
      ...list,
      name: "track_file",
      type: types.track_file,
      doc: `The track_files whose numbers move the priority${all}.${tail}`,
      example: "track_file {\n    maintenance weight -1\n}",
      since: "2.0.0",
    }),
    row({
      ...list,
      name: "track_process",
      type: types.track_process,
      doc: `The vrrp_track_processes that move the priority${all}.${tail}`,
      example: "track_process {\n    nginx weight -20\n}",
      since: "2.0.11",
    }),
    row({
      ...list,
      name: "track_bfd",
      type: types.track_bfd,
      doc: `The bfd_instances that move the priority${all}.${tail}`,
      example: "track_bfd {\n    peer weight -20\n}",
      since: "2.0.0",
    }),
    serviceRow(home),
    ...balancingRows(home),
  ] as const;
}
