import { expect, test } from "vitest";
import { valuesOf } from "../config/reading.ts";

type Path = readonly string[];

/** The value of a keyword in a check, its blocks from the outside in. */
function valueIn(path: Path, line: string, key: string) {
  const open = ["virtual_server 10.0.0.1 80", "real_server 10.0.0.2 80", ...path].map((name) => `${name} {\n`).join("");
  const { values, codes } = valuesOf(`${open}${line}\n${"}\n".repeat(path.length + 2)}`);
  let block: Record<string, unknown> | undefined = values.virtual_server[0]?.real_server[0];
  for (const name of path) block = (block?.[name] as Record<string, unknown>[] | undefined)?.[0];
  const ours = codes.filter((code) => !/^conf\/(not-supported|no-effect|deprecated)/.test(code));
  return { value: block?.[key], codes: ours.map((code) => code.replace(/ \d+:/, " ")) };
}

const URL = ["HTTP_GET", "url"] as const;
const SMTP_HOST = ["SMTP_CHECK", "host"] as const;

test.for([
  [URL, 'regex "status: (ok|fine)"', "status: (ok|fine)"],
  [URL, "regex ok", "ok"],
  [URL, "regex '\"a b\"'", '"a b"'],
  [URL, 'regex "\\\\d+ \\x41"', "\\d+ A"],
  [URL, "regex_options caseless multiline", ["caseless", "multiline"]],
  [URL, "regex_min_offset 10", 10],
  [URL, "regex_max_offset 0", 0],
  [URL, "regex_stack 32768 524288", { startBytes: 32_768, maxBytes: 524_288 }],
  [URL, "regex_no_match", true],
  [
    URL,
    "status_code 200 301-302",
    [
      { from: 200, to: 200 },
      { from: 301, to: 302 },
    ],
  ],
  [URL, "digest 9B3A0C85A887A256D6939DA88AABD8CD", "9b3a0c85a887a256d6939da88aabd8cd"],
  [["SSL_GET", "url"], "tls_compliant off", false],
  [["SSL_GET"], "sni_name www.example.org", "www.example.org"],
  [["SSL_GET"], "sni_name", true],
  [["HTTP_GET"], "http_protocol 1.0c", "1.0C"],
  [["HTTP_GET"], "nb_get_retry 2", 2, "retry"],
  [["TCP_CHECK"], "nb_get_retry 2", 2, "retry"],
  [["TCP_CHECK"], "bind_if eth1", "eth1"],
  [["TCP_CHECK"], "fwmark 4294967295", 4_294_967_295],
  [["TCP_CHECK"], "delay_before_retry 0", 0],
  [["TCP_CHECK"], "connect_timeout 0.000001", 0.001],
  [["DNS_CHECK"], "type aaaa", "AAAA"],
  [["DNS_CHECK"], "name www.example.org.", "www.example.org."],
  [["DNS_CHECK"], "name .", "."],
  [["DNS_CHECK"], "", ".", "name"],
  [["DNS_CHECK"], "", "SOA", "type"],
  [["UDP_CHECK"], "payload 00 11 FFaa", "0011ffaa"],
  [["UDP_CHECK"], 'payload "00 11"', "0011"],
  [["UDP_CHECK"], "require_reply 0Xx1", "0XX1"],
  [["UDP_CHECK"], "require_reply", ""],
  [["UDP_CHECK"], "", undefined, "require_reply"],
  [["UDP_CHECK"], "", 255, "max_reply_length"],
  [["PING_CHECK"], "connect_ip 10.0.0.9", "10.0.0.9"],
  [["SMTP_CHECK"], "", "smtpchecker.keepalived.org", "helo_name"],
  [SMTP_HOST, "connect_port 25", 25],
  [["MISC_CHECK"], "user nobody nogroup", { user: "nobody", group: "nogroup" }],
  [["MISC_CHECK"], "misc_timeout 0", 0],
  [["FILE_CHECK"], "weight -2147483647 reverse", { weight: -2_147_483_647, reverse: true }],
  [["FILE_CHECK"], "weight 0 noreverse", { weight: 0, reverse: false }],
  [["BFD_CHECK"], "name to_web1", "to_web1"],
] as [Path, string, unknown, string?][])("%j: %s is %j", ([path, line, value, key = line.split(" ")[0] as string]) => {
  expect(valueIn(path, line, key)).toEqual({ value, codes: [] });
});

test.for([
  [URL, "regex", "conf/missing-value 1"],
  [URL, "regex two words", "conf/bad-value 7"],
  [URL, 'regex ""', "conf/bad-value 7"],
  [URL, "regex 'open", "conf/bad-value 7"],
  [URL, "regex \\d+", "check/regex-escape 7"],
  [URL, "regex_options caseles", "conf/bad-value 15"],
  [URL, "regex_options", "conf/missing-value 1"],
  [URL, "regex_min_offset -1", "conf/bad-value 18"],
  [URL, "regex_stack 100", "conf/bad-value 13"],
  [URL, "regex_stack 100 50", "conf/bad-value 17"],
  [URL, "status_code 99", "conf/bad-value 13"],
  [URL, "status_code 300-200", "conf/bad-value 13"],
  [URL, "digest abc", "conf/bad-value 8"],
  [URL, "tls_compliant", "conf/wrong-block 1"],
  [["HTTP_GET"], "http_protocol 2.0", "conf/bad-value 15"],
  [["TCP_CHECK"], "connect_port 0", "conf/bad-value 14"],
  [["TCP_CHECK"], "connect_ip www.example.org", "conf/bad-value 12"],
  [["TCP_CHECK"], "connect_timeout 0", "conf/bad-value 17"],
  [["TCP_CHECK"], "connect_timeout 4295", "conf/bad-value 17"],
  [["TCP_CHECK"], "retry -1", "conf/bad-value 7"],
  [["TCP_CHECK"], "bind_if much_too_long_name", "conf/bad-value 9"],
  [["DNS_CHECK"], "type PTR", "conf/bad-value 6"],
  [["DNS_CHECK"], "name a..b", "conf/bad-value 6"],
  [["DNS_CHECK"], `name ${"x".repeat(64)}.org`, "conf/bad-value 6"],
  [["UDP_CHECK"], "payload", "conf/missing-value 1"],
  [["UDP_CHECK"], "payload 0x11", "conf/bad-value 9"],
  [["UDP_CHECK"], "payload 001", "conf/bad-value 9"],
  [["UDP_CHECK"], "payload XX", "conf/bad-value 9"],
  [["UDP_CHECK"], "require_reply 0G", "conf/bad-value 15"],
  [["UDP_CHECK"], "max_reply_length 65536", "conf/bad-value 18"],
  [["FILE_CHECK"], "weight -2147483648", "conf/bad-value 8"],
  [["FILE_CHECK"], "weight 1 backwards", "conf/bad-value 10"],
  [["BFD_CHECK"], "name", "conf/missing-value 1"],
] as [Path, string, string][])("%j: %s: %s", ([path, line, code]) => {
  expect(valueIn(path, line, "").codes).toEqual([code]);
});
