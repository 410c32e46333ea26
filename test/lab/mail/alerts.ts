import { addressOf, NETWORK } from "../lib/lab.ts";

const VIP = `${NETWORK}.122`;
export const GATE = "/run/mail-gate";

/** `check`: what looks after the server; `options`: of the virtual server, `own`: of the real server. */
type Service = { readonly port: number; readonly options?: string; readonly own?: string; readonly check: string };

const GATED = `MISC_CHECK {
            misc_path "/bin/sh -c '! test -e ${GATE}'"
            misc_timeout 20
        }`;
const WEB = addressOf("rs1");

const service = ({ port, options = "", own = "", check }: Service): string => `
virtual_server ${VIP} ${port} {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    ${options}
    real_server ${WEB} 80 {
        ${own}
        ${check}
    }
}
`;

/** Each switch of alerts beside the next. */
export const SWITCHED: readonly Service[] = [
  { port: 80, check: GATED },
  { port: 81, options: "smtp_alert", own: "smtp_alert false", check: GATED },
  { port: 82, options: "smtp_alert true\n    omega", own: "smtp_alert", check: GATED },
  { port: 83, check: "TCP_CHECK {\n connect_timeout 2\n }" },
  {
    port: 84,
    options: "smtp_alert off",
    own: "smtp_alert on",
    check: "HTTP_GET {\n url {\n path /\n status_code 200\n }\n connect_timeout 2\n }",
  },
  { port: 85, own: "smtp_alert no", check: GATED },
];

export type AlertOptions = {
  readonly from: string;
  /** `smtp_server` and what else is said of mails. */
  readonly smtp: string;
  readonly recipients?: string;
  readonly routerId?: string;
  readonly globals?: string;
};

const globals = ({
  from,
  smtp,
  recipients = "ops@example.org",
  routerId = "lb",
  globals = "",
}: AlertOptions): string => `
global_defs {
    router_id ${routerId}
    notification_email { ${recipients} }
    notification_email_from ${from}
    smtp_server ${smtp}
    script_user root
    enable_script_security
    ${globals}
}
`;

export const switched = (options: AlertOptions, vrid: number): string =>
  `${globals(options)}
vrrp_sync_group G {
    group {
        VI_1
    }
    smtp_alert
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id ${vrid}
    advert_int 1
    virtual_ipaddress {
        ${NETWORK}.${100 + vrid}
    }
}
vrrp_instance VI_2 {
    interface eth0
    virtual_router_id ${vrid + 1}
    advert_int 1
    smtp_alert
    virtual_ipaddress {
        ${NETWORK}.${101 + vrid}
    }
}
${SWITCHED.map(service).join("")}`;

export const FLOOD_FILE = "/run/mail-flood";

/** So many real servers that follow one file, and one with a check of its own. */
export const flooded = (options: AlertOptions, count: number): string =>
  `${globals(options)}
track_file flood {
    file ${FLOOD_FILE}
    weight 0
}
virtual_server ${VIP} 81 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
${Array.from(
  { length: count },
  (_, i) => `    real_server 192.168.122.${150 + (i % 80)} ${5000 + i} {
        FILE_CHECK {
            track_file flood
        }
    }
`,
).join("")}
}
${service({ port: 83, check: "TCP_CHECK {\n connect_timeout 2\n }" })}`;

export const floodName = (i: number): string => `[192.168.122.${150 + (i % 80)}]:tcp:${5000 + i}`;
