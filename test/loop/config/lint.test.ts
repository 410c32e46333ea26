import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

/** "CODE line" of every lint of a text, which has to be without errors. */
function lints(text: string): readonly string[] {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  const { diagnostics } = loadConfiguration(file);
  expect(diagnostics.filter(({ severity, code }) => severity === "error" && code !== "conf/not-supported")).toEqual([]);
  return diagnostics.filter(({ code }) => code.startsWith("lint/")).map(({ code, span }) => `${code} ${span?.line}`);
}

const instance = (name: string, vrid: number, more = "", vips = "10.0.0.9", device = "eth0"): string =>
  `vrrp_instance ${name} {\n interface ${device}\n virtual_router_id ${vrid}\n virtual_ipaddress {\n${vips}\n }\n${more}\n}\n`;

const server = (more: string, reals = "real_server 10.1.0.1 80 { TCP_CHECK { } }", head = "10.0.0.9 80"): string =>
  `virtual_server ${head} {\nprotocol TCP\nlb_algo wrr\nlb_kind NAT\ndelay_loop 5\n${more}\n${reals}\n}\n`;

const script = (line: string, more = ""): string => `vrrp_script chk {\nscript ${line}\n${more}\n}\n`;
const tracking = instance("V", 1, "track_script {\nchk\n}");

test.for([
  {
    name: "one address in two instances",
    text: instance("A", 1) + instance("B", 2),
    lints: ["lint/shared-address 13"],
  },
  { name: "on two interfaces it is two addresses", text: instance("A", 1) + instance("B", 2, "", "10.0.0.9 dev eth1") },
  {
    name: "a group of a MASTER and a BACKUP",
    text: `${instance("A", 1, "state MASTER\npriority 9", "10.0.0.1")}${instance("B", 2, "state BACKUP", "10.0.0.2")}vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n`,
    lints: ["lint/group-states 16"],
  },
  {
    name: "a group of two BACKUPs",
    text: `${instance("A", 1, "state BACKUP", "10.0.0.1")}${instance("B", 2, "state BACKUP", "10.0.0.2")}vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n`,
  },
  {
    name: "a group of one",
    text: `${instance("A", 1, "", "10.0.0.1")}vrrp_sync_group G {\ngroup {\nA\n}\n}\n`,
    lints: ["lint/small-group 9"],
  },
  { name: "the address of a network", text: instance("A", 1, "", "10.0.4.0/22"), lints: ["lint/network-address 5"] },
  { name: "its broadcast address", text: instance("A", 1, "", "10.0.7.255/22"), lints: ["lint/network-address 5"] },
  {
    name: "an address that ends in 0 or 255 within it",
    text: instance("A", 1, "", "10.0.5.0/22\n10.0.5.255/22\n10.0.4.0"),
  },
  {
    name: "a peer that is a virtual address",
    text: instance("A", 1, "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.9\n}"),
    lints: ["lint/unicast-self 9"],
  },
  { name: "peers", text: instance("A", 1, "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}") },
  {
    name: "a delay of what never happens",
    text: instance("A", 1, "nopreempt\npreempt_delay 10"),
    lints: ["lint/delay-nopreempt 8"],
  },
  { name: "preempt_delay alone", text: instance("A", 1, "preempt_delay 10") },
  {
    name: "a pipe that no shell reads",
    text: script('"/bin/true || exit 1"') + tracking,
    lints: ["lint/shell-syntax 2"],
  },
  { name: "a redirection", text: script('"/bin/true >/dev/null"') + tracking, lints: ["lint/shell-syntax 2"] },
  { name: "a pipe within a shell's command", text: script(`"/bin/sh -c 'true || exit 1'"`) + tracking },
  { name: "an argument that has such characters in it", text: script('"/bin/true a|b"') + tracking },
  { name: "bash's /dev/tcp", text: script("</dev/tcp/127.0.0.1/80") + tracking, lints: ["lint/dev-tcp 2"] },
  {
    name: "a timeout longer than the interval",
    text: script("/bin/true", "interval 2\ntimeout 3") + tracking,
    lints: ["lint/timeout-over-interval 4"],
  },
  { name: "a timeout as long as the interval", text: script("/bin/true", "interval 2\ntimeout 2") + tracking },
  {
    name: "a script that asks the virtual address",
    text: script('"/bin/true http://10.0.0.9:80/"') + tracking,
    lints: ["lint/check-through-vip 2"],
  },
  {
    name: "a script that asks it after an address that begins like it",
    text: script('"/bin/true 10.0.0.90 10.0.0.9"') + tracking,
    lints: ["lint/check-through-vip 2"],
  },
  { name: "a script that asks an address that begins like it", text: script('"/bin/true 10.0.0.90"') + tracking },
  {
    name: "a virtual server without its address",
    text: instance("A", 1, "", "10.0.0.8") + server(""),
    lints: ["lint/no-virtual-server 5", "lint/no-vip 9"],
  },
  { name: "a virtual server alone", text: server("") },
  { name: "the gateway of NAT servers", text: instance("A", 1, "", "10.0.0.9\n10.1.0.254 dev eth1") + server("") },
  {
    name: "a group that holds the address",
    text: `${instance("A", 1, "", "10.0.0.9")}virtual_server_group g {\n10.0.0.5-9 80\n}\n${server("", undefined, "group g")}`,
  },
  {
    name: "a group whose address nobody holds",
    text: `${instance("A", 1, "", "10.0.0.9")}virtual_server_group g {\n10.0.0.9 80\n10.0.0.8 80\n10.0.0.10-19 80\n}\n${server("", undefined, "group g")}`,
    lints: ["lint/no-vip 11"],
  },
  { name: "a firewall mark", text: instance("A", 1) + server("", undefined, "fwmark 7") },
  { name: "a sorry server that is real", text: server("sorry_server 10.1.0.1 80"), lints: ["lint/sorry-is-real 6"] },
  { name: "a sorry server on another port", text: server("sorry_server 10.1.0.1 81") },
  {
    name: "a real server on the virtual address",
    text: server("", "real_server 10.0.0.9 80 { TCP_CHECK { } }"),
    lints: ["lint/real-is-vip 7"],
  },
  {
    name: "weights that rr does not look at",
    text: server(
      "lb_algo rr",
      "real_server 10.1.0.1 80 {\nweight 3\nTCP_CHECK { }\n}\nreal_server 10.1.0.2 80 { TCP_CHECK { } }",
    ),
    lints: ["lint/weights-ignored 6"],
  },
  {
    name: "weight 0, which rr does look at",
    text: server(
      "lb_algo rr",
      "real_server 10.1.0.1 80 {\nweight 0\nTCP_CHECK { }\n}\nreal_server 10.1.0.2 80 { TCP_CHECK { } }",
    ),
  },
  {
    name: "inhibit_on_failure beside persistence",
    text: server("persistence_timeout 50\ninhibit_on_failure"),
    lints: ["lint/inhibit-persistent 7"],
  },
  { name: "inhibit_on_failure alone", text: server("inhibit_on_failure") },
  { name: "no check at all", text: server("", "real_server 10.1.0.1 80 { }"), lints: ["lint/no-check 1"] },
  {
    name: "one server without a check",
    text: server("", "real_server 10.1.0.1 80 { TCP_CHECK { } }\nreal_server 10.1.0.2 80 { }"),
    lints: ["lint/no-check 8"],
  },
  {
    name: "no server with a weight",
    text: server("", "real_server 10.1.0.1 80 {\nweight 0\nTCP_CHECK { }\n}"),
    lints: ["lint/no-weight 1"],
  },
  {
    name: "a check that waits longer than its loop",
    text: server("", "real_server 10.1.0.1 80 { TCP_CHECK {\nconnect_timeout 6\n} }"),
    lints: ["lint/timeout-over-loop 8"],
  },
  { name: "the default timeout beside a short loop", text: server("delay_loop 2") },
  {
    name: "a script without a timeout, in a long loop",
    text: server("delay_loop 60", "real_server 10.1.0.1 80 { MISC_CHECK {\nmisc_path /bin/true\n} }"),
    lints: ["lint/misc-timeout 7"],
  },
  {
    name: "a script with a timeout",
    text: server("delay_loop 60", "real_server 10.1.0.1 80 { MISC_CHECK {\nmisc_path /bin/true\nmisc_timeout 3\n} }"),
  },
  {
    name: "HTTP_GET on port 443",
    text: server("", "real_server 10.1.0.1 443 { HTTP_GET {\nurl { path / }\n} }"),
    lints: ["lint/tls-port 7"],
  },
  {
    name: "HTTP_GET on another port",
    text: server("", "real_server 10.1.0.1 443 { HTTP_GET {\nconnect_port 80\nurl { path / }\n} }"),
  },
  {
    name: "a check copied with its address",
    text: server(
      "",
      "real_server 10.1.0.1 80 { TCP_CHECK { } }\nreal_server 10.1.0.2 80 { TCP_CHECK {\nconnect_ip 10.1.0.1\n} }",
    ),
    lints: ["lint/check-of-other 9"],
  },
  {
    name: "scripts that are run too often",
    text: server(
      "delay_loop 0.1",
      Array.from(
        { length: 6 },
        (_, i) => `real_server 10.1.0.${i + 1} 80 { MISC_CHECK {\nmisc_path /bin/true\n} }`,
      ).join("\n"),
    ),
    lints: ["lint/probe-rate 6"],
  },
])("$name", ({ text, lints: expected = [] }) => {
  expect(lints(text)).toEqual(expected);
});

test("a comment allows a lint, and one for nothing is told", () => {
  const text = `${server("", "real_server 10.1.0.1 80 { }").replace(" {", " { # lvskeeper: allow lint/no-check lint/no-vip")}`;
  expect(lints(text)).toEqual(["lint/unused-allow 1"]);
});
