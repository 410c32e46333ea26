import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

/** What docs/compatibility.md says under a heading holds of a configuration. */

const folder = folderOfThisFile();

function codesOf(text: string): readonly string[] {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  return loadConfiguration(file, { configId: "here" }).diagnostics.map(
    ({ severity, code, span }) => `${severity} ${code} ${span?.line}`,
  );
}

const instance = (lines: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${lines}\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n`;
const server = (lines: string, check = "TCP_CHECK {\n}"): string =>
  `virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n${lines}\nreal_server 10.0.0.2 80 {\n${check}\n}\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n10.0.0.1/24\n}\n}\n`;
const global = (lines: string): string => `global_defs {\n${lines}\n}\n`;

test.for([
  ["A mistake stops the start", instance("prority 1"), ["error conf/unknown-keyword 4"]],
  [
    "All mistakes in one run",
    instance("priority\nadvert_int\nstat MASTER"),
    ["error conf/missing-value 4", "error conf/missing-value 5", "error conf/unknown-keyword 6"],
  ],
  ["Places", server("", "HTTP_GET {\nconnect_timeout 3\n}"), ["error check/no-url 7"]],
  [
    "Unknown blocks",
    instance("wibble {\npriority wobble\nwubble 1 {\n}\n}\npriority 100"),
    ["error conf/unknown-keyword 4"],
  ],
  ["Network namespaces", `net_namespace x\n${instance("wibble 1")}`, ["error conf/unknown-keyword 5"]],
  ["Lines that definitions make", `$A=@here router_id x\n$B=$A\n${global("$B")}`, []],
  [
    "Lines that definitions make",
    `$A=~SEQ(i, 2) x$\{i}@example.org\n${global("notification_email {\n$A\n}\nsmtp_server 127.0.0.1")}`,
    [],
  ],
  ["Definitions without an end", `$A=$A\n${global("router_id $A")}`, ["error conf/definition-loop 3"]],
  ["Long lines", `# ${"x".repeat(100_000)}\n`, []],
  ["Long lines", `# ${"x".repeat(200_000)}\n`, ["error file/long-line undefined"]],
  ["Blanks that nobody can see", global("router_id\u00a0x"), ["warning conf/odd-blank 2"]],
  ["Numbers", instance("priority 12abc"), ["error conf/bad-value 4"]],
  ["Times with a unit", instance("garp_master_delay 5s"), ["error conf/bad-value 4"]],
  ["nb_get_retry", server("", "TCP_CHECK {\nnb_get_retry 3\n}"), ["warning conf/deprecated 8"]],
  ["Zero intervals", global("vrrp_garp_interval 0"), ["warning conf/corrected 2"]],
  ["Netmasks with gaps", server("persistence_granularity 1.2.3.4"), ["error conf/bad-value 5"]],
  ["Netmasks with gaps", server("persistence_granularity 24"), ["warning vs/granularity 5"]],
  ["Quorum", server("quorum 5"), ["warning vs/quorum 5"]],
  ["Families in routes and rules", instance("virtual_rules {\ninet6 lookup 5 preference 5\n}"), []],
  ["Masks and prefixes of addresses", instance("").replace("10.0.0.1/24", "10.0.0.1 peer 10.0.0.2/24"), []],
  ["include_check", global("include_check readable +match\ninclude_check read"), []],
  ["random_seed", global("random_seed 5"), ["warning conf/no-effect 2"]],
  [
    "Two instances of one VRID",
    instance("") + instance("").replace("instance A", "instance B").replace("10.0.0.1", "10.0.0.2"),
    ["error vrrp/duplicate-vrid 11"],
  ],
  ["Values that version 2 cannot carry", instance("advert_int 0.3"), ["warning vrrp/interval 4"]],
  [
    "Missing settings",
    server("").replace(/lb_algo rr\nlb_kind NAT\nprotocol TCP\n/, ""),
    ["warning vs/no-protocol 1", "warning vs/no-lb-kind 1", "warning vs/no-lb-algo 1"],
  ],
  ["Checks that check nothing", server("", "MISC_CHECK {\nmisc_timeout 5\n}"), ["error check/no-path 7"]],
] as const)("%s", ([heading, text, codes]) => {
  expect(readFileSync("docs/compatibility.md", "utf8")).toContain(`\n### ${heading}\n`);
  expect(codesOf(text)).toEqual(codes);
});
