import { addressBytes, addressFromBytes } from "../core/ip.ts";
import { remembered } from "../core/remembered.ts";
import { type ServiceId, serviceKey } from "../ipvs/model.ts";
import type { RealServerPlan, ServiceRange, VirtualServerPlan } from "./model.ts";

/** How many services a range stands for. */
export const serviceCount = (range: ServiceRange): number =>
  range.kind === "fwmark" ? 1 : range.count * (range.lastPort - range.firstPort + 1);

/** The services a range stands for, by address, then by port. */
export function* servicesOf(range: ServiceRange): Generator<ServiceId> {
  if (range.kind === "fwmark") {
    yield range;
    return;
  }
  const { protocol, firstPort, lastPort } = range;
  const bytes = Buffer.from(addressBytes(range.first));
  for (let n = 0; n < range.count; n++) {
    const address = n === 0 ? range.first : addressFromBytes(bytes);
    for (let port = firstPort; port <= lastPort; port++) yield { kind: "address", protocol, address, port };
    increment(bytes);
  }
}

/** The next address, in place. */
function increment(bytes: Buffer): void {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const value = ((bytes[at] as number) + 1) & 0xff;
    bytes[at] = value;
    if (value !== 0) return;
  }
}

/** All services of a virtual server, each once: its own, or those of its group. The same list each time. */
export const allServices = remembered(({ id, group }: VirtualServerPlan): readonly ServiceId[] =>
  group ? [...distinct(group.ranges)] : [id],
);

function distinct(ranges: readonly ServiceRange[]): Iterable<ServiceId> {
  const byKey = new Map<string, ServiceId>();
  for (const range of ranges) for (const id of servicesOf(range)) byKey.set(serviceKey(id), id);
  return byKey.values();
}

/** The port that a real server or sorry server has as a destination of one service of its virtual server: its own; in a
 *  group NAT alone may change the service's (0: the kernel takes that of the packet). */
export const portIn = (
  { group }: Pick<VirtualServerPlan, "group">,
  { port, forwarding }: Pick<RealServerPlan, "port" | "forwarding">,
  id: ServiceId,
): number => (!group || forwarding.method === "nat" ? port : id.kind === "address" ? id.port : 0);

/** The port that all services of these ranges have; 0 where they have several, or none. */
export function commonPort(ranges: readonly ServiceRange[]): number {
  const [first] = ranges;
  if (first?.kind !== "addresses") return 0;
  const same = ranges.every(
    (range) => range.kind === "addresses" && range.firstPort === first.firstPort && range.lastPort === first.firstPort,
  );
  return same ? first.firstPort : 0;
}
