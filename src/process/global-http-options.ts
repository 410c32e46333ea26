import { readAddress } from "../config/addresses.ts";
import { row, type ValueType } from "../config/row.ts";
import { int, readInt } from "../config/types.ts";

const all = { in: "global_defs", process: "parent" } as const;
const OURS = "lvskeeper 0.1";

export type HttpListen = { readonly host: string; readonly port: number };

const EXPECTED = "an address and a port, as 127.0.0.1:9650 or [::1]:9650";

/** `ADDRESS:PORT`, an IPv6 address in brackets. */
function addressAndPort(): ValueType<HttpListen> {
  return {
    syntax: "ADDRESS:PORT",
    body: "none",
    show: ({ host, port }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`),
    read: (words) => {
      const token = words.need(EXPECTED);
      if (!token) return undefined;
      const [, six, four, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(token.text) ?? [];
      if (port === undefined) return words.bad(token, EXPECTED);
      const host = readAddress(words, { ...token, text: six ?? four ?? "" }, EXPECTED);
      const number = readInt(words, { ...token, text: port }, 1, 65_535);
      return host === undefined || number === undefined ? undefined : { host, port: number };
    },
  };
}

/** The door for those who only read. */
export const httpRows = [
  row({
    ...all,
    name: "http_listen",
    type: addressAndPort(),
    defaultText: "off: only the control socket is served",
    doc: "Serve metrics, the status page, status and events by HTTP at this address: to be read by anybody who reaches it, and never to change anything. Not known to keepalived.",
    example: "http_listen 127.0.0.1:9650",
    since: OURS,
  }),
  row({
    ...all,
    name: "metrics_max_series",
    type: int({ min: 100, max: 10_000_000 }),
    default: 20_000,
    doc: "How many time series /metrics has at most. What there is most of (counters of destinations, single checks, real servers) is left out first, whole families at a time, and lvskeeper_metrics_omitted_series says how many. Not known to keepalived.",
    example: "metrics_max_series 50000",
    since: OURS,
  }),
] as const;
