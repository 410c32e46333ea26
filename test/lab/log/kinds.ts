import { addressOf, NETWORK } from "../lib/topology.ts";

/** The port of each kind of check, that of its virtual server too. */
export const PORTS = {
  TCP_CHECK: 8001,
  HTTP_GET: 8002,
  SSL_GET: 8003,
  SMTP_CHECK: 8004,
  DNS_CHECK: 8005,
  UDP_CHECK: 8006,
  PING_CHECK: 8007,
  MISC_CHECK: 8008,
  FILE_CHECK: 8009,
} as const;
export type Kind = keyof typeof PORTS;
export const KINDS = Object.keys(PORTS) as Kind[];

export const VIP = `${NETWORK}.122`;
/** The web server's; that of the pinged one comes and goes. */
export const SERVER = addressOf("rs1");
export const PINGED = `${NETWORK}.31`;
export const GATE = "/run/log-gate";
export const TRACKED = "/run/log-tracked";

const LINES: Readonly<Record<Kind, string>> = {
  TCP_CHECK: "",
  HTTP_GET: "url {\n path /\n status_code 200\n }",
  SSL_GET: "url {\n path /\n status_code 200\n }",
  SMTP_CHECK: "",
  DNS_CHECK: "type A\n name example.org",
  UDP_CHECK: "payload 78\n require_reply 78",
  PING_CHECK: "",
  MISC_CHECK: `misc_path "/bin/sh -c '! test -e ${GATE}'"\n misc_timeout 20`,
  FILE_CHECK: "track_file gate\n weight 0",
};

const own = (kind: Kind): string =>
  kind === "FILE_CHECK" ? "" : `retry 1\n delay_before_retry 1${kind === "MISC_CHECK" ? "" : "\n connect_timeout 2"}`;

const protocolOf = (kind: Kind): string => (kind === "DNS_CHECK" || kind === "UDP_CHECK" ? "udp" : "tcp");

const service = (kind: Kind): string => `
virtual_server ${VIP} ${PORTS[kind]} {
    delay_loop 3
    lb_algo rr
    lb_kind NAT
    protocol ${protocolOf(kind).toUpperCase()}
    real_server ${kind === "PING_CHECK" ? PINGED : SERVER} ${PORTS[kind]} {
        ${kind} {
            ${LINES[kind]}
            ${own(kind)}
        }
    }
}
`;

export const CONFIG = `
global_defs {
    router_id LOG
    script_user root
    enable_script_security
}
track_file gate {
    file ${TRACKED}
    weight 0
}
${KINDS.map(service).join("")}`;

/** How the sentences begin that both have, where a server is well, fails after one retry, and is well again. What ours add
 *  comes at the end. keepalived 2.2 calls a check of SSL_GET that fails an HTTP_CHECK. */
export function sentencesOf(kind: Kind): readonly string[] {
  const rs = `[${kind === "PING_CHECK" ? PINGED : SERVER}]:${protocolOf(kind)}:${PORTS[kind]}`;
  const vs = `[${VIP}]:${protocolOf(kind)}:${PORTS[kind]}`;
  const own: Readonly<Record<Kind, readonly string[]>> = {
    TCP_CHECK: [`TCP connection to ${rs} success.`, `TCP_CHECK on service ${rs} failed after 1 retries.`],
    HTTP_GET: [`Remote Web server ${rs} succeed on service.`, `HTTP_CHECK on service ${rs} failed after 1 retries.`],
    SSL_GET: [`Remote Web server ${rs} succeed on service.`],
    SMTP_CHECK: [`Remote SMTP server ${rs} succeed on service.`, "SMTP_CHECK "],
    DNS_CHECK: [`DNS_CHECK (${rs}) `],
    UDP_CHECK: [`UDP connection to ${rs} success.`, `UDP_CHECK on service ${rs} failed after 1 retries.`],
    PING_CHECK: [`ICMP connection to ${rs} success.`, `ICMP CHECK on service ${rs} of ${vs} failed after 1 retries.`],
    MISC_CHECK: [`Misc check for [${rs} VS ${vs}] by [/`],
    FILE_CHECK: [],
  };
  return [
    ...(kind === "FILE_CHECK" ? [] : [`Activating healthchecker for service ${rs} for VS ${vs}`]),
    ...own[kind],
    `Gained quorum 1+0=1 <= 1 for VS ${vs}`,
    `Removing service ${rs} from VS ${vs}`,
    `Lost quorum 1-0=1 > 0 for VS ${vs}`,
    `Adding service ${rs} to VS ${vs}`,
    `Shutting down service ${rs} from VS ${vs}`,
  ];
}

/** Of a log, without times: what is said of a kind's server and of the check of it, each sentence once. */
export function saidOf(log: string, kind: Kind): readonly string[] {
  const name = `:${PORTS[kind]}`;
  const lines = log.split("\n").map((line) => line.replace(/^.*? \d{4}: /, ""));
  return [...new Set(lines.filter((line) => line.includes(name) && !line.includes("/etc/keepalived")))];
}
