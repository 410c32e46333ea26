import { DirectorError } from "../core/errors.ts";
import type { Link, RouteRequest } from "./network.ts";
import type { Prefix, RoutePlan, RulePlan } from "./route-model.ts";

/** A route as the kernel is asked for it. Throws DirectorError "ENODEV" while an interface of it does not exist, or its VRF. */
export function routeRequest(
  plan: RoutePlan,
  linkOf: (name: string) => Pick<Link, "index" | "vrfTable"> | undefined,
): RouteRequest {
  const { interface: name, nexthops, place: _place, track: _track, trackGroup: _group, vrf, ...rest } = plan;
  const at = (interfaceName: string | undefined): { interfaceIndex?: number } => {
    if (interfaceName === undefined) return {};
    const link = linkOf(interfaceName);
    if (link === undefined) throw new DirectorError("ENODEV", `interface ${interfaceName} does not exist`);
    return { interfaceIndex: link.index };
  };
  const table = vrf === undefined ? plan.table : linkOf(vrf)?.vrfTable;
  if (table === undefined) throw new DirectorError("ENODEV", `VRF ${vrf} does not exist`);
  const hops = nexthops?.map(({ interface: hopName, ...hop }) => ({ ...hop, ...at(hopName) }));
  return { ...rest, table, ...at(name), ...(hops && { nexthops: hops }) };
}

const prefixText = ({ address, prefixLength }: Prefix): string =>
  prefixLength === 0 ? "default" : `${address}/${prefixLength}`;

/** For a log: "the route to 10.1.0.0/16 via 10.0.0.1". */
export function routeText({ destination, gateway, interface: name, table, vrf }: RoutePlan): string {
  const way = [
    ...(gateway ? [`via ${gateway.address}`] : []),
    ...(name === undefined ? [] : [`dev ${name}`]),
    ...(vrf === undefined ? [] : [`vrf ${vrf}`]),
    ...(table === 254 || vrf !== undefined ? [] : [`table ${table}`]),
  ];
  return ["the route to", prefixText(destination), ...way].join(" ");
}

/** For a log: "the rule 1000 from 10.0.0.0/8". */
export function ruleText({ preference, from, to }: RulePlan): string {
  const parts = [...(from ? [`from ${prefixText(from)}`] : []), ...(to ? [`to ${prefixText(to)}`] : [])];
  return [`the rule ${preference}`, ...parts].join(" ");
}
