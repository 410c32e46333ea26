import type { Section } from "../outline/model.ts";

/** What the columns of each kind of row are called: as many as its rows have cells. */
export const HEADS = {
  processes: ["Process", "Pid", "State", "Since", "Remarks"],
  instances: ["Instance", "State", "Since", "On", "Priority", "Addresses", "Why"],
  trackers: ["Tracker", "State", "Since", "What it says"],
  sessions: ["Session", "State", "Since", "Neighbor", "Times", "What it says"],
  reloads: ["Reload", "When", "Result", "Took", "What changed"],
  warnings: [],
} satisfies Record<Exclude<Section["id"], "services">, readonly string[]>;

/** Of the real servers of one virtual server. */
export const SERVER_HEADS = ["Server", "State", "Since", "Weight", "Connections", "Checks"] as const;
