import { expect, test } from "vitest";
import { checkerPlanOf } from "./planning.ts";

/** The first check behind a virtual server, and the codes of what is said of it. */
function planned(head: string, kind: string, check: string, server = "10.0.0.2 80") {
  const { plan, codes } = checkerPlanOf(
    `virtual_server_group g {\n10.0.0.50-60 80\n}\nvirtual_server ${head} {\nlb_algo rr\nlb_kind ${kind}\nprotocol TCP\nreal_server ${server} {\n${check}\n}\n}\n`,
  );
  const probe = plan.virtualServers[0]?.realServers[0]?.checkers[0]?.probe;
  return { probe, codes: codes.map((code) => code.split(" ")[0]).filter((code) => !/^(vs|conf)\//.test(code ?? "")) };
}

test.for([
  ["10.0.0.1 80", "DR", "via_vip", { vip: "10.0.0.1" }],
  ["10.0.0.1 80", "DR", "via_vip 10.0.0.9", { vip: "10.0.0.9" }],
  ["10.0.0.1 80", "TUN", "via_vip", { vip: "10.0.0.1", tunnel: { type: "ipip" } }],
  ["10.0.0.1 80", "TUN type gre csum", "via_vip", { vip: "10.0.0.1", tunnel: { type: "gre", checksum: "csum" } }],
  [
    "10.0.0.1 80",
    "TUN type gue port 6080",
    "via_vip",
    { vip: "10.0.0.1", tunnel: { type: "gue", port: 6080, checksum: "none" } },
  ],
  ["group g", "DR", "via_vip", { vip: "10.0.0.50" }],
  ["fwmark 7", "DR", "connect_port 80\nvia_vip 10.0.0.9", { vip: "10.0.0.9" }],
  ["10.0.0.1 80", "DR", "", undefined],
] as const)("%s by %s with %j asks at %j", ([head, kind, lines, via]) => {
  const { probe, codes } = planned(head, kind, `TCP_CHECK {\n${lines}\n}`);
  expect(codes).toEqual([]);
  expect(probe?.kind === "TCP_CHECK" && probe.endpoint).toEqual({ host: "10.0.0.2", port: 80, ...(via && { via }) });
});

test.for([
  "TCP_CHECK {\nvia_vip\n}",
  "HTTP_GET {\nvia_vip\nurl {\npath /\n}\n}",
  "SSL_GET {\nvia_vip\nurl {\npath /\n}\n}",
  "SMTP_CHECK {\nvia_vip\n}",
  "SMTP_CHECK {\nvia_vip\nhost {\n}\n}",
  "GRPC_CHECK {\nvia_vip\n}",
  "DNS_CHECK {\nvia_vip\n}",
  "PING_CHECK {\nvia_vip\n}",
  "UDP_CHECK {\nvia_vip\nrequire_reply\n}",
])("%s is asked as by a client", (check) => {
  const { probe, codes } = planned("10.0.0.1 80", "DR", check);
  expect(codes).toEqual([]);
  expect(probe && "endpoint" in probe && probe.endpoint.via).toEqual({ vip: "10.0.0.1" });
});

test.for([
  ["10.0.0.1 80", "NAT", "TCP_CHECK {\nvia_vip\n}"],
  ["fwmark 7", "DR", "TCP_CHECK {\nconnect_port 80\nvia_vip\n}"],
  ["10.0.0.1 80", "DR", "TCP_CHECK {\nvia_vip 2001:db8::1\n}"],
  ["10.0.0.1 80", "DR", "TCP_CHECK {\nvia_vip\nconnect_ip 10.0.0.8\n}"],
  ["10.0.0.1 80", "DR", "TCP_CHECK {\nvia_vip\nbind_port 4000\n}"],
  ["10.0.0.1 80", "DR", "HTTP_GET {\nvia_vip\nconnect_ip 10.0.0.8\nurl {\npath /\n}\n}"],
  ["10.0.0.1 80", "DR", "SMTP_CHECK {\nvia_vip\nhost {\nconnect_ip 10.0.0.8\n}\n}"],
  ["10.0.0.1 80", "DR", "UDP_CHECK {\nvia_vip\n}"],
] as const)("%s by %s with %s is refused", ([head, kind, check]) => {
  expect(planned(head, kind, check).codes).toEqual(["check/via-vip"]);
});

test.for([
  ["TUN", "via_vip", ["check/via-vip"], undefined],
  ["DR", "via_vip\nbindto 10.0.0.3", ["check/via-vip"], undefined],
  ["TUN", "via_vip\nbindto 2001:db8::3", ["check/address"], undefined],
  ["TUN", "via_vip\nbindto 10.0.0.3", [], "10.0.0.3"],
] as const)("an IPv4 address of a real server of IPv6, by %s with %j: %j", ([kind, lines, codes, bindAddress]) => {
  const found = planned("10.0.0.1 80", kind, `TCP_CHECK {\n${lines}\n}`, "2001:db8::2 80");
  expect(found.codes).toEqual(codes);
  if (bindAddress !== undefined)
    expect(found.probe?.kind === "TCP_CHECK" && found.probe.endpoint).toMatchObject({ bindAddress });
});

test("a real server of IPv6 is asked as any other", () => {
  const { codes, probe } = planned("2001:db8::1 80", "DR", "TCP_CHECK {\nvia_vip\n}", "2001:db8::2 80");
  expect(codes).toEqual([]);
  expect(probe && "endpoint" in probe && probe.endpoint.via).toEqual({ vip: "2001:db8::1" });
});

test("another address to ask at is another check", () => {
  const { plan } = checkerPlanOf(
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind DR\nprotocol TCP\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\nTCP_CHECK {\nvia_vip\n}\nTCP_CHECK {\nvia_vip 10.0.0.9\n}\n}\n}\n",
  );
  const ids = plan.virtualServers[0]?.realServers[0]?.checkers.map(({ id }) => id) ?? [];
  expect(new Set(ids).size).toBe(3);
  expect(ids.every((id) => !id.includes("#"))).toBe(true);
});
