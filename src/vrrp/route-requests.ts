import { DirectorError } from "../core/errors.ts";
import type { RouteRequest } from "./network.ts";
import type { Prefix, RoutePlan, RulePlan } from "./route-model.ts";

/** A route as the kernel is asked for it. Throws DirectorError "ENODEV" while an interface of it does not exist. */
export function routeRequest(plan: RoutePlan, indexOf: (interfaceName: string) => number | undefined): RouteRequest {
  const { interface: name, nexthops, place: _place, track: _track, trackGroup: _group, vrf: _vrf, ...rest } = plan;
  const at = (interfaceName: string | undefined): { interfaceIndex?: number } => {
    if (interfaceName === undefined) return {};
    const index = indexOf(interfaceName);
    if (index === undefined) throw new DirectorError("ENODEV", `interface ${interfaceName} does not exist`);
    return { interfaceIndex: index };
  };
  const hops = nexthops?.map(({ interface: hopName, ...hop }) => ({ ...hop, ...at(hopName) }));
  return { ...rest, ...at(name), ...(hops && { nexthops: hops }) };
}

const prefixText = ({ address, prefixLength }: Prefix): string =>
  prefixLength === 0 ? "default" : `${address}/${prefixLength}`;

/** For a log: "the route to 10.1.0.0/16 via 10.0.0.1". */
export function routeText({ destination, gateway, interface: name, table }: RoutePlan): string {
  const way = [
    ...(gateway ? [`via ${gateway.address}`] : []),
    ...(name === undefined ? [] : [`dev ${name}`]),
    ...(table === 254 ? [] : [`table ${table}`]),
  ];
  return ["the route to", prefixText(destination), ...way].join(" ");
}

/** For a log: "the rule 1000 from 10.0.0.0/8". */
export function ruleText({ preference, from, to }: RulePlan): string {
  const parts = [...(from ? [`from ${prefixText(from)}`] : []), ...(to ? [`to ${prefixText(to)}`] : [])];
  return [`the rule ${preference}`, ...parts].join(" ");
}
