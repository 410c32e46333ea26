import { address } from "../config/addresses.ts";
import { command } from "../config/command.ts";
import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { anyBlock, anyWords, flag, int, MANY_SECONDS, oneOf, optionalBool, seconds, word } from "../config/types.ts";

const MAX_UINT32 = 4_294_967_295;

/** Times and counts of a real server's checks; the same keywords stand in virtual_server, real_server and the checkers,
 *  and the innermost counts. */
export const timingRows = <const B extends string>(inBlock: B, minRetry: 0 | 1) => {
  const at = { in: inBlock, process: "checker" } as const;
  const inherited = minRetry === 0 ? "the real server's, then the virtual server's, then the checker's own" : "none";
  const retry = row({
    ...at,
    name: "retry",
    type: int({ min: minRetry, max: MAX_UINT32 }),
    defaultText: inherited,
    doc: "Extra failing attempts before a server that was up is taken out: 1 by default, 0 for MISC_CHECK. The very first failure after the start counts at once.",
    example: "retry 3",
  });
  return {
    retry,
    rows: [
      retry,
      row({
        ...at,
        name: "delay_before_retry",
        type: seconds({ minS: 0, maxS: MANY_SECONDS }),
        defaultText: inherited,
        doc: "Time between attempts while retrying: 1 s by default, 3 s for HTTP_GET and SSL_GET.",
        example: "delay_before_retry 3",
      }),
      row({
        ...at,
        name: "warmup",
        type: seconds({ minS: 0, maxS: MANY_SECONDS }),
        defaultText: "`delay_loop`",
        doc: "The first check comes 1 s plus a random part of this after the start; 0: no random part.",
      }),
      row({
        ...at,
        name: "delay_loop",
        type: seconds({ minS: 0.000001, maxS: MANY_SECONDS }),
        defaultText: "60 s, or that of the enclosing block",
        doc: "Time between checks.",
        example: "delay_loop 3",
      }),
    ],
  } as const;
};

const checkRows = <const B extends string>(inBlock: B) => {
  const at = { in: inBlock, process: "checker" } as const;
  const timing = timingRows(inBlock, 0);
  return {
    retry: timing.retry,
    rows: [
      ...timing.rows,
      row({
        ...at,
        name: "alpha",
        type: optionalBool(),
        defaultText: "the real server's",
        doc: "Counts as failed until the first success.",
      }),
      row({
        ...at,
        name: "log_all_failures",
        type: optionalBool(),
        defaultText: "`checker_log_all_failures`",
        doc: "Log each failing attempt, not only changes.",
      }),
    ],
  } as const;
};

/** The connection of a network check. */
const connectionRows = <const B extends string>(inBlock: B) => {
  const at = { in: inBlock, process: "checker" } as const;
  const checks = checkRows(inBlock);
  return {
    retry: checks.retry,
    rows: [
      row({
        ...at,
        name: "connect_ip",
        type: address(),
        defaultText: "the real server's address",
        doc: "Address to check instead.",
      }),
      row({
        ...at,
        name: "connect_port",
        type: int({ min: 1, max: 65_535 }),
        defaultText: "the real server's port",
        doc: "Port to check instead.",
        example: "connect_port 80",
      }),
      row({
        ...at,
        name: "connect_timeout",
        type: seconds({ minS: 0.000001, maxS: 4294.967295 }),
        defaultText: "5 s, or that of the enclosing block",
        doc: "Limit for connecting and for each wait for an answer.",
        example: "connect_timeout 10",
      }),
      row({
        ...at,
        name: "bindto",
        type: address(),
        defaultText: "the kernel's choice",
        doc: "Source address of the check.",
      }),
      row({
        ...at,
        name: "bind_port",
        type: int({ min: 1, max: 65_535 }),
        doc: "Source port of the check.",
        noEffect: "the kernel chooses the port",
      }),
      row({
        ...at,
        name: "bind_if",
        type: word("IFNAME", 15),
        doc: "Interface of the check.",
        notSupported: "use `bindto` with an address of that interface",
      }),
      row({
        ...at,
        name: "fwmark",
        type: int({ min: 0, max: MAX_UINT32 }),
        doc: "Firewall mark of the check's packets.",
        notSupported: "use `bindto` and a rule for that source address",
      }),
      ...checks.rows,
    ],
  } as const;
};

const tcp = connectionRows("TCP_CHECK");

export const tcpCheck = block({
  name: "TCP_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a TCP connection can be made.",
  example: "TCP_CHECK {\n    connect_port 80\n    connect_timeout 10\n}",
  rows: [
    ...tcp.rows,
    alias({
      in: "TCP_CHECK",
      name: "nb_get_retry",
      of: tcp.retry,
      deprecated: "write `retry`; keepalived 2.x ignores it in TCP_CHECK, here it counts",
    }),
  ],
});

export type StatusCodes = readonly { readonly from: number; readonly to: number }[];

/** `200 301-302 …`. */
function statusCodes(): ValueType<StatusCodes> {
  return {
    syntax: "CODE or CODE-CODE, 100..599 ...",
    body: "none",
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

const urlBlock = <const B extends "HTTP_GET" | "SSL_GET">(inBlock: B) =>
  block({
    name: "url",
    in: inBlock,
    process: "checker",
    doc: "One page to get. With several, one is tested each delay_loop; all have to pass before a failed server is up again.",
    example: "url {\n    path /index.html\n    status_code 200\n}",
    rows: [
      row({
        in: "url",
        name: "path",
        type: word("PATH"),
        doc: "Path of the request. Required.",
        example: "path /health",
      }),
      row({
        in: "url",
        name: "status_code",
        type: statusCodes(),
        defaultText: "200-299",
        doc: "Status codes that are good.",
        example: "status_code 200 301-302",
      }),
      row({ in: "url", name: "digest", type: digest(), doc: "MD5 digest the body has to have." }),
      row({
        in: "url",
        name: "virtualhost",
        type: word("HOST"),
        defaultText: "the checker's",
        doc: "Host header for this page.",
      }),
      ...(
        ["regex", "regex_no_match", "regex_options", "regex_min_offset", "regex_max_offset", "regex_stack"] as const
      ).map((name) =>
        row({
          in: "url",
          name,
          type: anyWords(),
          doc: "Pattern the body has to match.",
          notSupported: "use `digest`, or a MISC_CHECK with curl and grep",
        }),
      ),
    ],
  });

const webCheck = <const B extends "HTTP_GET" | "SSL_GET">(name: B, doc: string) => {
  const connection = connectionRows(name);
  const at = { in: name, process: "checker" } as const;
  return block({
    name,
    in: "real_server",
    process: "checker",
    doc,
    example: `${name} {\n    url {\n        path /index.html\n        status_code 200\n    }\n}`,
    rows: [
      urlBlock(name),
      ...connection.rows,
      alias({ in: name, name: "nb_get_retry", of: connection.retry, doc: "The old name of `retry`." }),
      row({
        ...at,
        name: "virtualhost",
        type: word("HOST"),
        defaultText: "the real server's, then the virtual server's, then the address",
        doc: "Host header of the requests.",
      }),
      row({
        ...at,
        name: "http_protocol",
        type: oneOf(["1.0", "1.0C", "1.1"], { anyCase: true }),
        default: "1.0",
        doc: "Version of the requests; 1.0C and 1.1 ask for the connection to be closed.",
      }),
      row({
        ...at,
        name: "enable_sni",
        type: optionalBool(),
        default: false,
        doc: "Send the virtual host's name in the TLS handshake.",
      }),
      row({
        ...at,
        name: "sni_name",
        type: word("HOST"),
        doc: "Name to send in the TLS handshake; implies `enable_sni`.",
      }),
      ...(["tls_compliant"] as const).map((tls) =>
        row({
          ...at,
          name: tls,
          type: optionalBool(),
          doc: "Demand an orderly end of TLS.",
          noEffect: "an early end is accepted",
        }),
      ),
      row({
        ...at,
        name: "fast_recovery",
        type: optionalBool(),
        doc: "After a failure test all pages at once.",
        noEffect: "pages are tested one each delay_loop",
      }),
    ],
  });
};

export const httpGet = webCheck("HTTP_GET", "Up when pages can be fetched over HTTP.");
export const sslGet = webCheck("SSL_GET", "As HTTP_GET over TLS. Certificates are not verified.");

const misc = checkRows("MISC_CHECK");

export const miscCheck = block({
  name: "MISC_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when a program exits with 0.",
  example: 'MISC_CHECK {\n    misc_path "/etc/keepalived/check.sh 192.168.1.10"\n    misc_timeout 5\n}',
  rows: [
    row({
      in: "MISC_CHECK",
      name: "misc_path",
      type: command({ account: false }),
      doc: "The program and its arguments, between quotes when there are any. Required.",
    }),
    row({
      in: "MISC_CHECK",
      name: "misc_timeout",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      defaultText: "the virtual server's `delay_loop`",
      doc: "After this the program is ended with SIGTERM, 2 s later with SIGKILL, and has failed.",
    }),
    row({
      in: "MISC_CHECK",
      name: "misc_dynamic",
      type: flag(),
      default: false,
      doc: "Exit status 2..255 sets the weight to that minus 2.",
    }),
    row({
      in: "MISC_CHECK",
      name: "user",
      type: word("USER", 64),
      defaultText: "`script_user`",
      doc: "Account the program runs as.",
    }),
    ...misc.rows,
  ],
});

/** Checks that exist in keepalived and not here: refused, since a server whose check is left out would always be up. */
export const otherChecks = (
  ["SMTP_CHECK", "DNS_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK", "BFD_CHECK"] as const
).map((name) =>
  row({
    in: "real_server",
    process: "checker",
    name,
    type: anyBlock(),
    repeat: "all",
    doc: "A check of keepalived's.",
    notSupported: "use TCP_CHECK, HTTP_GET, SSL_GET, or MISC_CHECK with a program that does it",
  }),
);

export type TcpCheck = BlockOf<typeof tcpCheck>;
export type WebCheck = BlockOf<typeof httpGet> | BlockOf<typeof sslGet>;
export type MiscCheck = BlockOf<typeof miscCheck>;
