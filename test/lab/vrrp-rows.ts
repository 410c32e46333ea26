import { addressOf, type Host, VIP } from "./vrrp-bench.ts";

// The configurations that routers of different makes are shown to agree on: one text for ours and for keepalived.

export const LINK_LOCAL = "fe80::100";
export const GLOBAL = "2001:db8::100";
/** Beside the addresses of the bench. */
export const globalOf = { a: "2001:db8::1", b: "2001:db8::2" } as const;
export const other = { a: "b", b: "a" } as const;

export type Make = "ours" | "keepalived" | "FRR";

export type Row = {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly intervalMs: number;
  /** Whose presence says who is MASTER. */
  readonly vip: string;
  /** Which makes of peers can be so configured. */
  readonly peers: readonly Make[];
  /** What the vrrp_instance of a host has beside its version, interval, VRID, interface, priority and addresses. */
  text(host: Host): string;
};

const base = { family: 4, vip: VIP, peers: ["keepalived"], text: () => "" } as const;
const both = { peers: ["keepalived", "FRR"] } as const;
const two = { ...base, version: 2, intervalMs: 1000 } as const;
const three = { ...base, version: 3, intervalMs: 300 } as const;
const six = { ...three, family: 6, vip: GLOBAL } as const;
const unicast = (of: Readonly<Record<Host, string>>) => ({
  text: (host: Host): string => `unicast_src_ip ${of[host]}\n unicast_peer { ${of[other[host]]} }`,
});
const vmac = { ...both, text: () => "use_vmac" } as const;

export const ROWS: readonly Row[] = [
  { ...two, name: "version 2, no authentication", ...both },
  { ...two, name: "version 2, PASS", text: () => "authentication { auth_type PASS\n auth_pass 1111 }" },
  { ...two, name: "version 2, AH", text: () => "authentication { auth_type AH\n auth_pass secret }" },
  { ...three, name: "version 3, IPv4", ...both },
  // Neither Debian's keepalived nor FRR 8.4 can be so configured.
  { ...three, name: "version 3, IPv4, v3_checksum_as_v2", peers: ["ours"], text: () => "v3_checksum_as_v2" },
  { ...six, name: "version 3, IPv6", ...both },
  { ...two, name: "version 2, unicast", ...unicast(addressOf) },
  { ...three, name: "version 3, IPv4, unicast", ...unicast(addressOf) },
  { ...six, name: "version 3, IPv6, unicast", ...unicast(globalOf) },
  { ...two, name: "version 2, VMAC", ...vmac },
  { ...three, name: "version 3, IPv4, VMAC", ...vmac },
  { ...six, name: "version 3, IPv6, VMAC", ...vmac },
];

/** The vrrp_instance of a host, for keepalived and for ours. */
export function textOf(row: Row, host: Host, priority: number): string {
  const addresses = row.family === 6 ? `${LINK_LOCAL}/64\n ${GLOBAL}/64` : row.vip;
  const lines = [
    ...["interface eth0", "virtual_router_id 51", `priority ${priority}`, `version ${row.version}`],
    ...[`advert_int ${row.intervalMs / 1000}`, row.text(host), `virtual_ipaddress { ${addresses} }`],
  ];
  return `vrrp_instance VI_1 {\n ${lines.join("\n ")}\n}\n`;
}
