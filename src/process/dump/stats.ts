import type { VrrpStatus } from "../../vrrp/model.ts";

/** What stands in keepalived.stats of an instance: titles, and lines with the counter that each tells. */
const LAYOUT = [
  ["Advertisements", { Received: "advert_rcvd", Sent: "advert_sent" }],
  ["Became master", "become_master"],
  ["Released master", "release_master"],
  [
    "Packet Errors",
    {
      Length: "packet_len_err",
      TTL: "ip_ttl_err",
      "Invalid Type": "invalid_type_rcvd",
      "Advertisement Interval": "advert_interval_err",
      "Address List": "addr_list_err",
    },
  ],
  [
    "Authentication Errors",
    { "Invalid Type": "invalid_authtype", "Type Mismatch": "authtype_mismatch", Failure: "auth_failure" },
  ],
  ["Priority Zero", { Received: "pri_zero_rcvd", Sent: "pri_zero_sent" }],
] as const satisfies readonly (readonly [string, string | Readonly<Record<string, string>>])[];

/** keepalived.stats: what SIGUSR2 asks for. */
export const statsText = ({ instances }: Pick<VrrpStatus, "instances">): string =>
  instances
    .flatMap(({ name, counters }) => {
      const told = (counter: string): number => counters[counter] ?? 0;
      return [
        `VRRP Instance: ${name}`,
        ...LAYOUT.flatMap(([title, part]) =>
          typeof part === "string"
            ? [`  ${title}: ${told(part)}`]
            : [`  ${title}:`, ...Object.entries(part).map(([line, counter]) => `    ${line}: ${told(counter)}`)],
        ),
      ];
    })
    .map((line) => `${line}\n`)
    .join("");
