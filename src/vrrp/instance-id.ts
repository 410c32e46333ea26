import type { VrrpInstancePlan } from "./model.ts";

type Identity = Pick<
  VrrpInstancePlan,
  "interface" | "multicastGroup" | "unicast" | "sourceAddress" | "vrid" | "family" | "vmac" | "vrf"
>;

/** What makes an instance the same one over a reload: where and as whom it speaks, never its name. */
export const instanceId = (p: Identity): string =>
  `${where(p)} ${p.unicast ? `unicast ${p.sourceAddress ?? ""}` : p.multicastGroup} ${p.vrid} IPv${p.family}`;

const where = ({ interface: below, vmac, vrf = "" }: Identity): string => {
  if (below === "") return `vrf ${vrf}`;
  return vmac ? `${below} ${vmac.interface} ${vmac.mac ?? ""}${vmac.transmitBelow ? " below" : ""}` : below;
};
