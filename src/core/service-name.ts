import { canonicalAddress, endpointText } from "./ip.ts";

/** A balanced service as one word names it. Port 0: all of them. */
export type NamedService =
  | { readonly kind: "address"; readonly address: string; readonly port: number }
  | { readonly kind: "fwmark"; readonly fwmark: number }
  | { readonly kind: "group"; readonly group: string };

const MAX_PORT = 65_535;
const MAX_UINT32 = 4_294_967_295;

/** "10.0.0.100:80", "[2001:db8::1]:443", "fwmark:1", "group:web"; "10.0.0.100" for port 0. */
export function serviceName(service: NamedService): string {
  if (service.kind === "fwmark") return `fwmark:${service.fwmark}`;
  if (service.kind === "group") return `group:${service.group}`;
  return service.port === 0 ? service.address : endpointText(service.address, service.port);
}

/** A name as `serviceName` writes it, whichever way its address is written; undefined for what names no service. */
export function readServiceName(text: string): string | undefined {
  const [, kind, rest = ""] = /^(fwmark|group):(.+)$/s.exec(text) ?? [];
  if (kind === "group") return serviceName({ kind, group: rest });
  if (kind === "fwmark") {
    const fwmark = numberIn(rest, MAX_UINT32);
    return fwmark === undefined ? undefined : serviceName({ kind, fwmark });
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const address = canonicalAddress(bracketed ?? plain ?? text);
  const port = digits === undefined ? 0 : numberIn(digits, MAX_PORT);
  return address === undefined || port === undefined ? undefined : serviceName({ kind: "address", address, port });
}

function numberIn(text: string, most: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}
