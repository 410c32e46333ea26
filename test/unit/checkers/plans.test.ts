import { describe, expect, test } from "vitest";
import { encodeQuery } from "../../../src/checkers/dns-message.ts";
import { checkerUses } from "../../../src/process/checker-uses.ts";
import { realServerName } from "../../../src/virtual-server/names.ts";
import { checkerPlanOf, checkPlanOf } from "../process/planning.ts";

describe("the name that a web server is asked for", () => {
  const WITH = { url: "virtualhost url", check: "virtualhost check", rs: "virtualhost rs", vs: "virtualhost vs" };
  test.for([
    { given: ["url", "check", "rs", "vs"], checks: "check", urls: "url", sni: "url" },
    { given: ["check", "rs", "vs"], checks: "check", urls: undefined, sni: "check" },
    { given: ["rs", "vs"], checks: "rs", urls: undefined, sni: "rs" },
    { given: ["vs"], checks: "vs", urls: undefined, sni: "vs" },
    { given: [], checks: undefined, urls: undefined, sni: undefined },
  ] as const)("$given: the nearest one counts, in the TLS handshake too", ({ given, checks, urls, sni }) => {
    const line = (where: keyof typeof WITH): string =>
      (given as readonly string[]).includes(where) ? WITH[where] : "";
    const { plan } = checkPlanOf(
      `SSL_GET {\nenable_sni\n${line("check")}\nurl {\npath /\n${line("url")}\n}\n}`,
      line("vs"),
      line("rs"),
    );
    const probe = plan?.probe;
    if (probe?.kind !== "SSL_GET") throw new Error("no plan");
    expect([probe.virtualhost, probe.urls[0]?.virtualhost, probe.sniName]).toEqual([checks, urls, sni]);
  });

  test("without enable_sni none is sent in the handshake, and sni_name counts before all others", () => {
    const sniOf = (lines: string) => {
      const { plan } = checkPlanOf(`SSL_GET {\nvirtualhost a\n${lines}\nurl {\npath /\n}\n}`);
      return plan?.probe.kind === "SSL_GET" ? plan.probe.sniName : "no plan";
    };
    expect([sniOf(""), sniOf("enable_sni"), sniOf("sni_name b")]).toEqual([undefined, "a", "b"]);
  });
});

// IANA's registry of resource records.
test.for([
  ["A", 1],
  ["NS", 2],
  ["CNAME", 5],
  ["SOA", 6],
  ["MX", 15],
  ["TXT", 16],
  ["AAAA", 28],
  ["RRSIG", 46],
  ["DNSKEY", 48],
] as const)("DNS_CHECK asks for %s by number %i", ([type, number]) => {
  const { plan, codes } = checkPlanOf(`DNS_CHECK {\ntype ${type}\nname a.example\n}`);
  expect([plan?.probe.kind === "DNS_CHECK" && plan.probe.queryType, codes]).toEqual([type, []]);
  const query = encodeQuery({ id: 1, type, name: "a.example" });
  expect([query.readUInt16BE(query.length - 4), query.readUInt16BE(query.length - 2)]).toEqual([number, 1]);
});

describe("checks of several virtual servers that are equal", () => {
  /** The same real server behind 10.0.0.1 to 10.0.0.3, with these lines in the check of each. */
  const readers = (global: string, ...checks: readonly string[]): number[] => {
    const services = checks.map(
      (lines, n) =>
        `virtual_server 10.0.0.${n + 1} 80 {\ndelay_loop 5\nprotocol TCP\nreal_server 10.0.1.1 80 {\nTCP_CHECK {\n${lines}\n}\n}\n}\n`,
    );
    const { plan } = checkerPlanOf(`${global}\n${services.join("")}`);
    const uses = checkerUses(plan);
    return plan.virtualServers.map((vs) => uses.readersOf(vs.realServers[0]?.checkers[0]?.id ?? ""));
  };

  test("have one probe, as long as nobody says otherwise; their retries are their own", () => {
    expect(readers("", "", "", "")).toEqual([3, 3, 3]);
    expect(readers("", "retry 1", "retry 5\ndelay_before_retry 9", "alpha")).toEqual([3, 3, 3]);
    expect(readers("global_defs {\nshare_checks no\n}", "", "", "")).toEqual([1, 1, 1]);
    expect(readers("global_defs {\nshare_checks\n}", "", "", "")).toEqual([3, 3, 3]);
  });

  test.for(["connect_ip 10.0.1.9", "connect_port 81", "bindto 10.0.0.9", "bind_if eth1", "fwmark 7", "delay_loop 6"])(
    "another %s is another probe",
    (line) => {
      expect(readers("", "", "", line)).toEqual([2, 2, 1]);
    },
  );
});

test("logs, FIFOs and mails call servers as keepalived does", () => {
  const service = (head: string, real: string, lines = "protocol TCP") =>
    `virtual_server ${head} {\nlb_kind DR\n${lines}\nreal_server ${real} {\n}\n}\n`;
  const { plan } = checkerPlanOf(
    [
      "virtual_server_group web {\n10.0.0.50 80\n}\n",
      service("10.0.0.1 80", "10.0.0.2 80"),
      service("2001:db8::1 53", "2001:db8::2 53", "protocol UDP"),
      service("fwmark 7", "10.0.0.2 80", ""),
      service("group web", "10.0.0.2 80"),
      service("group web", "10.0.0.3 80", "protocol UDP"),
    ].join(""),
  );
  expect(plan.virtualServers.map((vs) => [vs.name, ...vs.realServers.map((rs) => realServerName(vs, rs))])).toEqual([
    ["[10.0.0.1]:tcp:80", "[10.0.0.2]:tcp:80"],
    ["[2001:db8::1]:udp:53", "[2001:db8::2]:udp:53"],
    ["FWM 7", "[10.0.0.2]:none:0"], // by DR, the ports are those of the packets
    ["[web]:0", "[10.0.0.2]:tcp:80"],
    ["[web]:1", "[10.0.0.3]:udp:80"],
  ]);
});
