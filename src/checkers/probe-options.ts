import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { int, oneOf, word } from "../config/types.ts";
import { allSince, type CheckFacts, connectionRows } from "./check-options.ts";
import { hexBytes, hexPattern } from "./hex-options.ts";

const smtpFacts = {
  in: "SMTP_CHECK",
  since: {
    ...allSince("1.2.17"),
    connect_timeout: "1.1.8",
    bind_if: "1.3.7",
    retry: "1.1.8",
    delay_before_retry: "1.1.8",
    warmup: "1.2.13",
    delay_loop: "1.3.7",
    alpha: "1.3.7",
    log_all_failures: "2.0.11",
  },
} as const satisfies CheckFacts<"SMTP_CHECK">;

const smtpHost = block({
  name: "host",
  in: "SMTP_CHECK",
  process: "checker",
  doc: "An address to check; with several, all have to answer. What is not given in it is the check's own.",
  example: "host {\n    connect_port 25\n}",
  since: "1.1.8",
  deprecated: "write what stands in it directly into SMTP_CHECK, one check for each host",
  rows: connectionRows({
    in: "host",
    since: {
      ...allSince("1.3.7"),
      connect_ip: "1.1.8",
      connect_port: "1.1.8",
      bindto: "1.1.8",
      bind_port: "1.2.13",
      connect_timeout: "1.2.13",
      fwmark: "1.2.13",
      log_all_failures: "2.0.11",
    },
  }).rows,
});

export const smtpCheck = block({
  name: "SMTP_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a mail server greets with 220 and answers HELO with 250.",
  example: "SMTP_CHECK {\n    connect_port 25\n    helo_name director.example.org\n}",
  since: "1.1.8",
  rfc: "RFC 5321",
  rows: [
    ...connectionRows(smtpFacts).rows,
    row({
      in: "SMTP_CHECK",
      process: "checker",
      name: "helo_name",
      type: word("HOST", 255),
      default: "smtpchecker.keepalived.org",
      doc: "Name given in HELO.",
      example: "helo_name director.example.org",
      since: "1.1.8",
    }),
    smtpHost,
  ],
});

/** A domain name as it goes into a query: labels of 63 bytes at most, 255 in all. */
function domainName(): ValueType<string> {
  return {
    syntax: "DOMAIN",
    body: "none",
    read: (words) => {
      const token = words.need("a domain name");
      if (!token) return undefined;
      const labels = token.text.replace(/\.$/, "").split(".");
      const isRoot = token.text === ".";
      const long = labels.find((label) => Buffer.byteLength(label) > 63);
      if (!isRoot && labels.includes(""))
        return words.bad(token, "a domain name", { hint: "a label between the dots is empty" });
      if (long !== undefined || Buffer.byteLength(token.text) > 255)
        return words.bad(token, "a domain name", { hint: "at most 255 bytes, and 63 between two dots" });
      return token.text;
    },
  };
}

export const dnsCheck = block({
  name: "DNS_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a name server answers a query over UDP without an error.",
  example: "DNS_CHECK {\n    type A\n    name www.example.org\n}",
  since: "1.3.0",
  rfc: "RFC 1035",
  rows: [
    ...connectionRows({
      in: "DNS_CHECK",
      since: {
        ...allSince("1.3.0"),
        bind_if: "1.3.7",
        delay_before_retry: "1.3.7",
        warmup: "1.3.7",
        delay_loop: "1.3.7",
        alpha: "1.3.7",
        log_all_failures: "2.0.11",
      },
      retry: "3",
      delayBeforeRetry: "`delay_loop`",
    }).rows,
    row({
      in: "DNS_CHECK",
      process: "checker",
      name: "type",
      type: oneOf(["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"], { anyCase: true }),
      default: "SOA",
      doc: "Type of the query.",
      example: "type A",
      since: "1.3.0",
    }),
    row({
      in: "DNS_CHECK",
      process: "checker",
      name: "name",
      type: domainName(),
      default: ".",
      doc: "Name that is asked for; `.` is the root.",
      example: "name www.example.org",
      since: "1.3.0",
    }),
  ],
});

export const udpCheck = block({
  name: "UDP_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Down when the port is reported unreachable, or when a reply that is asked for does not come.",
  example: "UDP_CHECK {\n    payload 0011ffaa\n    require_reply 0011XXaa\n}",
  since: "2.1.0",
  rows: [
    ...connectionRows({ in: "UDP_CHECK", since: allSince("2.1.0") }).rows,
    row({
      in: "UDP_CHECK",
      process: "checker",
      name: "payload",
      type: hexBytes(),
      defaultText: "32 bytes",
      doc: "What is sent.",
      example: "payload 00 11 ff aa",
      since: "2.2.0",
    }),
    row({
      in: "UDP_CHECK",
      process: "checker",
      name: "require_reply",
      type: hexPattern(),
      defaultText: "off",
      doc: "A reply has to come within `connect_timeout`, and to begin with this where it is given.",
      example: "require_reply 0011XXaa",
      since: "2.1.0",
    }),
    row({
      in: "UDP_CHECK",
      process: "checker",
      name: "min_reply_length",
      type: int({ min: 0, max: 65_535, unit: "bytes" }),
      default: 0,
      doc: "A shorter reply is wrong.",
      example: "min_reply_length 12",
      since: "2.2.0",
    }),
    row({
      in: "UDP_CHECK",
      process: "checker",
      name: "max_reply_length",
      type: int({ min: 0, max: 65_535, unit: "bytes" }),
      default: 255,
      doc: "A longer reply is wrong.",
      example: "max_reply_length 512",
      since: "2.2.0",
    }),
  ],
});

export const pingCheck = block({
  name: "PING_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when an ICMP or ICMPv6 echo request is answered.",
  example: "PING_CHECK {\n    connect_timeout 1\n}",
  since: "2.1.0",
  rfc: "RFC 792, RFC 4443",
  rows: connectionRows({ in: "PING_CHECK", since: allSince("2.1.0"), portless: true }).rows,
});

const tcp = connectionRows({
  in: "TCP_CHECK",
  since: {
    connect_ip: "1.2.13",
    connect_port: "<=1.1.0",
    connect_timeout: "<=1.1.0",
    bindto: "1.1.2",
    bind_port: "1.2.13",
    bind_if: "1.3.7",
    fwmark: "1.2.13",
    retry: "1.2.20",
    delay_before_retry: "1.2.20",
    warmup: "1.2.13",
    delay_loop: "1.3.7",
    alpha: "1.3.7",
    log_all_failures: "2.0.11",
  },
});

export const tcpCheck = block({
  name: "TCP_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a TCP connection can be made.",
  example: "TCP_CHECK {\n    connect_port 80\n    connect_timeout 10\n}",
  since: "<=1.1.0",
  rows: [
    ...tcp.rows,
    alias({
      in: "TCP_CHECK",
      process: "checker",
      name: "nb_get_retry",
      of: tcp.retry,
      example: "nb_get_retry 3",
      deprecated: "write `retry`; keepalived 2.x ignores it in TCP_CHECK, here it counts",
    }),
  ],
});

export type TcpCheck = BlockOf<typeof tcpCheck>;
export type SmtpCheck = BlockOf<typeof smtpCheck>;
export type DnsCheck = BlockOf<typeof dnsCheck>;
export type UdpCheck = BlockOf<typeof udpCheck>;
