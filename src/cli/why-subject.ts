import { canonicalAddress } from "../core/ip.ts";
import type { DirectorStatus } from "../process/status.ts";
import type { CheckerStatus } from "../virtual-server/model.ts";
import { parseServerName, type ServerName } from "../virtual-server/rs-command.ts";
import type { VrrpStatus } from "../vrrp/model.ts";

export type Instance = VrrpStatus["instances"][number];
export type VirtualServer = CheckerStatus["virtualServers"][number];
export type RealServer = VirtualServer["realServers"][number];

/** What a word on the command line can mean. */
export type Subject =
  | { readonly kind: "instance"; readonly instance: Instance }
  | { readonly kind: "virtual server"; readonly service: VirtualServer }
  | { readonly kind: "real server"; readonly service: VirtualServer; readonly server: RealServer };

export const instancesOf = ({ vrrp }: DirectorStatus): readonly Instance[] =>
  typeof vrrp === "object" ? vrrp.instances : [];

export const servicesOf = ({ checker }: DirectorStatus): readonly VirtualServer[] =>
  typeof checker === "object" ? checker.virtualServers : [];

/** All that a word means: the name of an instance, a virtual or a real server as status shows them, ADDRESS,
 *  ADDRESS:PORT, [ADDRESS]:PORT, each with /PROTOCOL or /PREFIX behind it or not, or fwm:MARK. An address means the
 *  instances that hold it too. */
export function subjectsOf(status: DirectorStatus, thing: string): readonly Subject[] {
  const isServer = matcherOf(thing);
  const address = addressOf(thing);
  const instances = instancesOf(status).filter(({ name, addresses }) => name === thing || holds(addresses, address));
  const services = servicesOf(status);
  return [
    ...instances.map((instance) => ({ kind: "instance" as const, instance })),
    ...services.filter(({ name }) => isServer(name)).map((service) => ({ kind: "virtual server" as const, service })),
    ...services.flatMap((service) =>
      service.realServers
        .filter(({ name }) => isServer(name))
        .map((server) => ({ kind: "real server" as const, service, server })),
    ),
  ];
}

/** The instances that hold the address of a virtual server. */
export const holdersOf = (status: DirectorStatus, { name }: VirtualServer): readonly Instance[] => {
  const address = endpointOf(name)?.address;
  return instancesOf(status).filter(({ addresses }) => holds(addresses, address));
};

const holds = (addresses: readonly string[], address: string | undefined): boolean =>
  address !== undefined && addresses.some((one) => one.slice(0, one.lastIndexOf("/")) === address);

/** Of an address alone, with or without its prefix length. */
const addressOf = (thing: string): string | undefined =>
  canonicalAddress(thing.replace(/\/\d+$/, "").replace(/^\[(.*)\]$/, "$1"));

function matcherOf(thing: string): (name: string) => boolean {
  const mark = /^fwm:(\d+)$/i.exec(thing)?.[1];
  const [, bare = thing, protocol] = /^(.*)\/(tcp|udp|sctp)$/i.exec(thing) ?? [];
  const address = addressOf(bare);
  const wanted: ServerName | undefined = address === undefined ? parseServerName(bare) : { address };
  return (name) => {
    if (name === thing || (mark !== undefined && name === `FWM ${mark}`)) return true;
    const known = endpointOf(name);
    if (!known || !wanted) return false;
    if (protocol !== undefined && known.protocol !== protocol.toLowerCase()) return false;
    return known.address === wanted.address && (wanted.port === undefined || known.port === wanted.port);
  };
}

/** "[10.0.0.2]:tcp:80" in its parts. */
function endpointOf(name: string) {
  const [, address, protocol, port] = /^\[(.+)\]:(\w+):(\d+)$/.exec(name) ?? [];
  return address === undefined ? undefined : { address, protocol, port: Number(port) };
}
