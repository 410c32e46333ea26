const DEAD = "Dead servers at a reload";
const THRESHOLDS = "Thresholds at a reload";

/** Tables that differ from keepalived's on purpose: "case, step", with the section of docs/compatibility.md that has the
 *  reason. */
export const differences: Readonly<Record<string, string>> = {
  "IPv6, reload": DEAD,
  "a method of each server, reload": DEAD,
  "method TUN type gue port 6080 csum, reload": DEAD,
  "changed thresholds, reload": THRESHOLDS,
};
