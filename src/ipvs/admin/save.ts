import { endpointText } from "../../core/ip.ts";
import { serviceFlags } from "../kernel-values.ts";
import { type Endpoint, maskText, schedulerFlags } from "../listing.ts";
import { type Destination, type ServiceId, type ServiceReading, serviceFamily, type Tunnel } from "../model.ts";

/** A service as `ipvsadm -S` 1.31 writes it: the lines that make it again. Thresholds are not among them. */
export function savedService(
  { service, destinations }: ServiceReading,
  sorted: readonly Destination[] = destinations.map(({ destination }) => destination),
  endpoint: Endpoint = endpointText,
): string {
  const name = serviceWords(service.id, endpoint);
  const protocol = service.id.kind === "fwmark" ? undefined : service.id.protocol;
  const words = [`-A ${name} -s ${service.scheduler}`];
  if ((service.flags & serviceFlags.persistent) !== 0) {
    words.push(`-p ${service.timeoutS}`);
    const mask = service.oddNetmask ?? maskText(service.netmaskBits, serviceFamily(service.id));
    if (mask !== undefined) words.push(`-M ${mask}`);
  }
  if (service.engine !== undefined) words.push(`--pe ${service.engine}`);
  if ((service.flags & serviceFlags.onePacket) !== 0) words.push("-o");
  const flags = schedulerFlags(service.scheduler, service.flags);
  if (flags !== undefined) words.push(`-b ${flags}`);
  const lines = sorted.map(({ address, port, forwarding, weight }) => {
    const tunnel = forwarding.method === "tun" ? ` ${tunnelWords(forwarding.tunnel)}` : "";
    return `-a ${name} -r ${endpoint(address, port, protocol)} ${methods[forwarding.method]} -w ${weight}${tunnel}\n`;
  });
  return `${words.join(" ")}\n${lines.join("")}`;
}

const methods = { nat: "-m", local: "-g", tun: "-i", dr: "-g", bypass: "(null)" } as const;
const protocolWords = { tcp: "-t", udp: "-u", sctp: "--sctp-service" } as const;
const checksumWords = { none: "--tun-nocsum", csum: "--tun-csum", remcsum: "--tun-remcsum" } as const;

/** A mark stands as the signed number that ipvsadm takes it for. */
function serviceWords(id: ServiceId, endpoint: Endpoint): string {
  if (id.kind === "fwmark") return `-f ${id.fwmark | 0}${id.family === 6 ? " -6" : ""}`;
  return `${protocolWords[id.protocol]} ${endpoint(id.address, id.port, id.protocol)}`;
}

function tunnelWords(tunnel: Tunnel): string {
  if (tunnel.type === "ipip") return "--tun-type ipip";
  const port = tunnel.type === "gue" ? ` --tun-port ${tunnel.port}` : "";
  return `--tun-type ${tunnel.type}${port} ${checksumWords[tunnel.checksum]}`;
}
