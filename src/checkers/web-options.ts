import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { oneOf, optionalBool, word } from "../config/types.ts";
import { connectionRows } from "./check-options.ts";
import { regexRows } from "./regex-options.ts";

export type StatusCodes = readonly { readonly from: number; readonly to: number }[];

/** `200 301-302 …`. */
function statusCodes(): ValueType<StatusCodes> {
  return {
    syntax: "CODE or CODE-CODE, 100..599 ...",
    body: "none",
    range: "100..599",
    read: (words) => {
      if (!words.peek()) words.need("status codes");
      const ranges: { from: number; to: number }[] = [];
      for (let next = words.take(); next; next = words.take()) {
        const match = /^(\d{3})(?:-(\d{3}))?$/.exec(next.text);
        const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
        if (!match || from < 100 || to > 599 || to < from) {
          words.takeAll();
          return words.bad(next, "a status code, or a range of them", {
            hint: "e.g. `200` or `200-299`, from 100 to 599",
          });
        }
        ranges.push({ from, to });
      }
      return ranges.length > 0 ? ranges : undefined;
    },
  };
}

function digest(): ValueType<string> {
  return {
    syntax: "MD5 (32 hex digits)",
    body: "none",
    read: (words) => {
      const hex = words.need("an MD5 digest");
      if (!hex) return undefined;
      if (/^[0-9a-fA-F]{32}$/.test(hex.text)) return hex.text.toLowerCase();
      return words.bad(hex, "an MD5 digest", { hint: "32 hex digits, as `curl -s URL | md5sum` prints them" });
    },
  };
}

/** `[NAME]`; without a name, what `enable_sni` takes. */
function optionalName(): ValueType<string | true> {
  return { syntax: "[HOST]", body: "none", read: (words) => words.take()?.text ?? true };
}

type WebKind = "HTTP_GET" | "SSL_GET";

/** Without TLS there is no handshake, and no end of one. */
const PLAIN = { HTTP_GET: { noEffect: "there is no TLS handshake in HTTP_GET" }, SSL_GET: {} } as const;

const urlRows = [
  row({
    in: "url",
    process: "checker",
    name: "path",
    type: word("PATH"),
    defaultText: "required",
    doc: "Path of the request.",
    example: "path /health",
    since: "<=1.1.0",
  }),
  row({
    in: "url",
    process: "checker",
    name: "status_code",
    type: statusCodes(),
    defaultText: "200-299",
    doc: "Status codes that are good.",
    example: "status_code 200 301-302",
    since: "<=1.1.0",
  }),
  row({
    in: "url",
    process: "checker",
    name: "digest",
    type: digest(),
    doc: "MD5 digest that the body has to have.",
    example: "digest 9b3a0c85a887a256d6939da88aabd8cd",
    since: "<=1.1.0",
  }),
  row({
    in: "url",
    process: "checker",
    name: "virtualhost",
    type: word("HOST"),
    defaultText: "the check's",
    doc: "Host header for this page; before all that is given around it.",
    example: "virtualhost www.example.org",
    since: "1.3.6",
  }),
  ...regexRows,
] as const;

const urlCompliant = row({
  in: "url",
  process: "checker",
  name: "tls_compliant",
  type: optionalBool(),
  defaultText: "the check's",
  doc: "For this page: demand an orderly end of TLS.",
  example: "tls_compliant",
  since: "2.2.8",
});

const urlFacts = <const B extends WebKind>(inBlock: B) =>
  ({
    name: "url",
    in: inBlock,
    process: "checker",
    doc: "One page to get. With several, one is tested each delay_loop; all have to pass before a failed server is up again.",
    example: "url {\n    path /index.html\n    status_code 200\n}",
    since: "<=1.1.0",
  }) as const;

/** What HTTP_GET and SSL_GET share, beside `url`. */
const webRows = <const B extends WebKind>(kind: B) => {
  const at = { in: kind, process: "checker" } as const;
  const connection = connectionRows({
    in: kind,
    since: {
      connect_ip: "1.2.13",
      connect_port: "<=1.1.0",
      connect_timeout: "<=1.1.0",
      bindto: "1.1.2",
      bind_port: "1.2.13",
      bind_if: "1.3.7",
      fwmark: "1.2.13",
      retry: "1.3.7",
      delay_before_retry: "<=1.1.0",
      warmup: "1.2.13",
      delay_loop: "1.3.7",
      alpha: "1.3.7",
      log_all_failures: "2.0.11",
    },
    delayBeforeRetry: "3",
  });
  return [
    ...connection.rows,
    alias({
      ...at,
      name: "nb_get_retry",
      of: connection.retry,
      defaultText: "1",
      doc: "The old name of `retry`.",
      since: "<=1.1.0",
      deprecated: "write `retry`",
    }),
    row({
      ...at,
      name: "virtualhost",
      type: word("HOST"),
      defaultText: "the real server's, then the virtual server's, then the address",
      doc: "Host header of the requests.",
      example: "virtualhost www.example.org",
      since: "1.3.6",
    }),
    row({
      ...at,
      name: "http_protocol",
      type: oneOf(["1.0", "1.0C", "1.1", "2"], { anyCase: true }),
      default: "1.0",
      doc: "Version of the requests; 1.0C and 1.1 ask for the connection to be closed. 2 is agreed on in the TLS handshake (ALPN h2), without TLS the server has to know it; keepalived has no 2.",
      example: "http_protocol 1.1",
      since: "2.0.17",
      rfc: "RFC 9112, RFC 9113",
    }),
    row({
      ...at,
      name: "enable_sni",
      type: optionalBool(),
      default: false,
      doc: "Send the virtual host's name in the TLS handshake.",
      example: "enable_sni",
      since: "1.4.3",
      rfc: "RFC 6066 §3",
      ...PLAIN[kind],
    }),
    row({
      ...at,
      name: "sni_name",
      type: optionalName(),
      doc: "Name to send in the TLS handshake; implies `enable_sni`.",
      example: "sni_name www.example.org",
      since: "2.4.3+git",
      rfc: "RFC 6066 §3",
      ...PLAIN[kind],
    }),
    row({
      ...at,
      name: "fast_recovery",
      type: optionalBool(),
      default: false,
      doc: "At the start and after a failure test the next page as soon as one has passed, not a `delay_loop` later.",
      example: "fast_recovery",
      since: "2.0.17",
    }),
  ] as const;
};

const checkFacts = <const B extends WebKind>(name: B) =>
  ({
    name,
    in: "real_server",
    process: "checker",
    example: `${name} {\n    url {\n        path /index.html\n        status_code 200\n    }\n}`,
    since: "<=1.1.0",
  }) as const;

export const httpGet = block({
  ...checkFacts("HTTP_GET"),
  doc: "Up when pages can be fetched over HTTP.",
  rows: [block({ ...urlFacts("HTTP_GET"), rows: urlRows }), ...webRows("HTTP_GET")],
});

export const sslGet = block({
  ...checkFacts("SSL_GET"),
  doc: "As HTTP_GET over TLS. Certificates are verified only where the `SSL` block says `verify`.",
  rows: [
    block({ ...urlFacts("SSL_GET"), rows: [...urlRows, urlCompliant] }),
    ...webRows("SSL_GET"),
    row({
      in: "SSL_GET",
      process: "checker",
      name: "tls_compliant",
      type: optionalBool(),
      default: false,
      doc: "Demand an orderly end of TLS: a connection closed without one has failed.",
      example: "tls_compliant",
      since: "2.2.8",
      rfc: "RFC 8446 §6.1",
    }),
  ],
});

export type HttpGet = BlockOf<typeof httpGet>;
export type SslGet = BlockOf<typeof sslGet>;
export type WebCheck = HttpGet | SslGet;
export type Url = WebCheck["url"][number];
