import type { VrrpInstancePlan } from "./model.ts";

/** What makes an instance the same one over a reload: where and as whom it speaks, never its name. */
export const instanceId = (p: Pick<VrrpInstancePlan, "interface" | "multicastGroup" | "vrid" | "family">): string =>
  `${p.interface} ${p.multicastGroup} ${p.vrid} IPv${p.family}`;
