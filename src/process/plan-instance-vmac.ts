import { quote } from "../config/diagnostic.ts";
import { placeOf } from "../config/place.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { AddressLine } from "../vrrp/address-line-options.ts";
import type { VmacPlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";
import { RouteNames } from "./plan-route-values.ts";
import type { VmacNames } from "./vmac-names.ts";

type Router = {
  readonly vrid: number;
  readonly family: Family;
  readonly unicast: boolean;
  readonly strict: boolean;
};

/** The interface of an instance's own, where it asks for one. */
export function planVmac(
  block: VrrpInstance,
  router: Router,
  names: VmacNames,
  context: PlanContext,
): VmacPlan | undefined {
  const { problems, global } = context;
  const line = block.use_vmac ?? block.use_ipvlan;
  if (!line) {
    if (block.vmac_xmit_base)
      problems.warning(
        "vrrp/no-vmac",
        "`vmac_xmit_base` has no effect without `use_vmac` or `use_ipvlan`",
        placeOf(block, "vmac_xmit_base"),
        { hint: "remove it" },
      );
    return undefined;
  }
  if (block.use_vmac && block.use_ipvlan)
    problems.error(
      "vrrp/vmac-and-ipvlan",
      "an instance has one interface of its own: `use_vmac` or `use_ipvlan`",
      placeOf(block, "use_ipvlan"),
      { hint: "remove one of both" },
    );
  reportName(block, line.interface, context);
  reportIpvlan(block, router, context);
  if (block.promote_secondaries)
    problems.warning(
      "vrrp/vmac-promotes",
      "`promote_secondaries` changes nothing on an interface of the instance's own, which has it anyway",
      placeOf(block, "promote_secondaries"),
      { hint: "remove it" },
    );
  const at = placeOf(block, "use_vmac", "use_ipvlan");
  const group =
    line.group === undefined ? undefined : new RouteNames(context).number("group", { text: String(line.group), at });
  const common = {
    interface: line.interface ?? names.generate(global.vmac_prefix ?? "vrrp", router.vrid, router.family),
    ...(group !== undefined && { group }),
    transmitBelow: router.unicast || (block.vmac_xmit_base && !(router.strict && block.use_vmac !== undefined)),
  };
  if (!block.use_vmac) {
    const { address, prefixLength = address?.includes(":") ? 128 : 32, mode = "bridge" } = block.use_ipvlan ?? {};
    const own = address === undefined ? {} : { address: { address, prefixLength } };
    return { kind: "ipvlan", ...common, mode, ...own, netlinkNotify: false };
  }
  return {
    kind: "macvlan",
    ...common,
    mac: macOf(router.strict ? undefined : block.use_vmac.mac, router),
    netlinkNotify: block.use_vmac.netlinkNotify === true,
  };
}

/** A MAC address of 5 bytes ends in the VRID, as the one of the RFC does. RFC 9568 §7.3 */
function macOf(given: string | undefined, { vrid, family }: Router): string {
  const mac = given ?? `00:00:5e:00:0${family === 6 ? 2 : 1}`;
  return mac.length > "00:00:00:00:00".length ? mac : `${mac}:${vrid.toString(16).padStart(2, "0")}`;
}

function reportName(block: VrrpInstance, name: string | undefined, { problems }: PlanContext): void {
  if (name === undefined || name !== block.interface) return;
  problems.error(
    "vrrp/vmac-name",
    `${quote(name)} is the instance's interface: the one of its own needs another name`,
    placeOf(block, "use_vmac", "use_ipvlan"),
    { hint: "leave the name out, or give one that no interface has" },
  );
}

/** The addresses of IPv4 are all that tells an ipvlan from the interface below, whose MAC address it has. */
function reportIpvlan(block: VrrpInstance, { family }: Router, { problems }: PlanContext): void {
  if (block.use_vmac || family === 6 || block.use_ipvlan?.address !== undefined) return;
  problems.error("vrrp/ipvlan-address", "an ipvlan of IPv4 needs an address of its own", placeOf(block, "use_ipvlan"), {
    hint: "add the address that advertisements shall come from: `use_ipvlan ADDRESS`",
  });
}

/** Names the macvlans that addresses of an instance are put on, one for each interface and family. The instance's own
 *  serves those of its interface and family. */
export function addressVmacs(
  block: VrrpInstance,
  router: Pick<Router, "vrid" | "family">,
  own: VmacPlan | undefined,
  names: VmacNames,
  { global }: PlanContext,
): (line: AddressLine) => string | undefined {
  const prefix = global.vmac_addr_prefix ?? global.vmac_prefix ?? "vrrp";
  const made = new Map<string, string>();
  return (line) => {
    const device = line.interface ?? block.interface;
    const family = familyOf(line.address);
    const elsewhere = device !== block.interface || family !== router.family;
    if (device === undefined || !(line.useVmac || (block.use_vmac_addr && elsewhere))) return undefined;
    if (!elsewhere && own?.kind === "macvlan") return own.interface;
    const known = made.get(`${device} ${family}`);
    if (known !== undefined) return known;
    const name = names.generate(prefix, router.vrid, family);
    made.set(`${device} ${family}`, name);
    return name;
  };
}
