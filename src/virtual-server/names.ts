import { type Destination, destinationKey, type Service, serviceKey } from "../ipvs/model.ts";
import type { RealServerPlan, VirtualServerPlan } from "./model.ts";

/** What logs and mails call a real server: "[10.0.0.2]:tcp:80"; of a firewall-mark service, which has no protocol,
 *  "[10.0.0.2]:none:80". */
export const realServerName = (
  vs: Pick<VirtualServerPlan, "id">,
  rs: Pick<RealServerPlan, "address" | "port" | "namedPort">,
): string => `[${rs.address}]:${vs.id.kind === "fwmark" ? "none" : vs.id.protocol}:${rs.namedPort ?? rs.port}`;

/** Key of a virtual server: that of its service. The services of a group have one together, which stays when its lines
 *  change. */
export const virtualServerKey = ({ id, group }: Pick<VirtualServerPlan, "id" | "group">): string =>
  group ? `group ${group.name}:${group.position}` : serviceKey(id);

/** Key of a real server within its virtual server. */
export const realServerKey = (rs: Pick<RealServerPlan, "address" | "port">): string => destinationKey(rs);

/** Key of a real server among those of all virtual servers. */
export const savedKey = (vsKey: string, rsKey: string): string => `${vsKey} ${rsKey}`;

export const serviceText = ({ id }: Pick<Service, "id">): string =>
  id.kind === "fwmark" ? `FWM ${id.fwmark}` : `[${id.address}]:${id.protocol}:${id.port}`;

export const destinationText = (
  service: Pick<Service, "id">,
  destination: Pick<Destination, "address" | "port">,
): string => realServerName(service, destination);
