import { isGiven, placeOf } from "../config/place.ts";
import type { Family } from "../core/ip.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";
import { isUnicast } from "./plan-instance-unicast.ts";

/** Says what strict mode makes of an instance's keywords: some are not used, and unicast cannot be. */
export function reportStrict(
  block: VrrpInstance,
  { family, version, priority }: { readonly family: Family; readonly version: 2 | 3; readonly priority: number },
  { problems }: PlanContext,
): void {
  if (isUnicast(block))
    problems.error(
      "vrrp/strict",
      "strict mode allows no unicast",
      placeOf(block, "unicast_peer", "unicast_fault_no_peer"),
      {
        hint: "add `strict_mode off` to the instance",
      },
    );
  const [first] = block.virtual_ipaddress ?? [];
  if (family === 6 && first && !/^fe[89ab]/.test(first.address))
    problems.error("vrrp/strict", "in strict mode the first IPv6 address has to be link-local", first.at, {
      hint: "put one of fe80::/10 before it, e.g. fe80::51, or add `strict_mode off`",
    });
  for (const [keyword, message] of unused(block, version, priority))
    problems.warning("vrrp/strict", `in strict mode ${message}`, placeOf(block, keyword), {
      hint: `remove ${keyword === "use_vmac" ? "the MAC address" : `\`${keyword}\``}, or add \`strict_mode off\` to the instance`,
    });
}

/** The keywords whose values strict mode passes over, and what counts instead. */
function unused(block: VrrpInstance, version: 2 | 3, priority: number): readonly (readonly [string, string])[] {
  const owner = priority === 255;
  const rules: readonly (readonly [string, boolean, string])[] = [
    ["state", (block.state === "MASTER") !== owner, `the state at start is ${owner ? "MASTER" : "BACKUP"}`],
    ["preempt_delay", block.preempt_delay > 0, "there is no delay before a master is preempted"],
    ["down_timer_adverts", block.down_timer_adverts !== 3, "a master is missed after 3 advertisements"],
    ["garp_lower_prio_repeat", block.garp_lower_prio_repeat !== 0, "no ARP follows an advertisement of lower priority"],
    ["garp_lower_prio_delay", block.garp_lower_prio_delay !== 0, "no ARP follows an advertisement of lower priority"],
    [
      "lower_prio_no_advert",
      block.lower_prio_no_advert === false,
      "an advertisement of lower priority is not answered",
    ],
    [
      "higher_prio_send_advert",
      block.higher_prio_send_advert === true,
      "a master yields without another advertisement",
    ],
    ["accept", block.accept && version === 2 && !owner, "version 2 accepts no traffic to the addresses"],
    ["vmac_xmit_base", block.use_vmac !== undefined && !isUnicast(block), "advertisements are sent on the VMAC itself"],
    ["use_vmac", block.use_vmac?.mac !== undefined, "the MAC address is that of the RFC"],
  ];
  return rules.flatMap(([keyword, broken, message]) =>
    broken && isGiven(block, keyword) ? [[keyword, message] as const] : [],
  );
}
