import { expect, test } from "vitest";
import { checkerPlanOf, checkPlanOf, serverPlanOf } from "./planning.ts";

const times = (check: string, vs = "", rs = "") => {
  const { plan } = checkPlanOf(check, vs, rs);
  return plan && [plan.delayLoopMs, plan.warmupMs, plan.retry, plan.delayBeforeRetryMs];
};

test.for([
  ["TCP_CHECK {\n}", [60_000, 60_000, 1, 1000]],
  ["HTTP_GET {\nurl {\npath /\n}\n}", [60_000, 60_000, 1, 3000]],
  ["SSL_GET {\nurl {\npath /\n}\n}", [60_000, 60_000, 1, 3000]],
  ["SMTP_CHECK {\n}", [60_000, 60_000, 1, 1000]],
  ["UDP_CHECK {\n}", [60_000, 60_000, 1, 1000]],
  ["PING_CHECK {\n}", [60_000, 60_000, 1, 1000]],
  ["DNS_CHECK {\n}", [60_000, 60_000, 3, 60_000]],
  ["DNS_CHECK {\ndelay_loop 5\n}", [5000, 5000, 3, 5000]],
  ['MISC_CHECK {\nmisc_path "/bin/true"\n}', [60_000, 60_000, 0, 1000]],
] as const)("%s has the times of its kind", ([check, expected]) => {
  expect(times(check)).toEqual(expected);
});

test("times are the check's, else the real server's, else the virtual server's", () => {
  const vs = "delay_loop 1\nwarmup 2\nretry 3\ndelay_before_retry 4\nconnect_timeout 5\nalpha";
  const rs = "delay_loop 6\nwarmup 7\nretry 8\ndelay_before_retry 9\nconnect_timeout 10\nalpha off";
  const own = "delay_loop 11\nwarmup 0\nretry 0\ndelay_before_retry 0\nconnect_timeout 12\nalpha";
  const seen = [
    ["", ""],
    [rs, ""],
    [rs, own],
  ].map(([server, check]) => {
    const { plan } = checkPlanOf(`TCP_CHECK {\n${check}\n}`, vs, server);
    if (plan?.probe.kind !== "TCP_CHECK") throw new Error("no plan");
    const { delayLoopMs, warmupMs, retry, delayBeforeRetryMs, alpha, probe } = plan;
    return [delayLoopMs, warmupMs, retry, delayBeforeRetryMs, probe.connectTimeoutMs, alpha];
  });
  expect(seen).toEqual([
    [1000, 2000, 3, 4000, 5000, true],
    [6000, 7000, 8, 9000, 10_000, false],
    [11_000, 0, 0, 0, 12_000, true],
  ]);
});

const endpoint = { host: "10.0.0.2", port: 80 };

test.for([
  ["TCP_CHECK {\n}", { kind: "TCP_CHECK", endpoint, connectTimeoutMs: 5000 }],
  [
    "TCP_CHECK {\nconnect_ip 10.0.0.9\nconnect_port 8080\nbindto 10.0.0.3\nbind_port 40000\nbind_if eth1\nfwmark 7\n}",
    {
      kind: "TCP_CHECK",
      endpoint: {
        host: "10.0.0.9",
        port: 8080,
        bindAddress: "10.0.0.3",
        bindPort: 40_000,
        bindInterface: "eth1",
        fwmark: 7,
      },
      connectTimeoutMs: 5000,
    },
  ],
  ["PING_CHECK {\n}", { kind: "PING_CHECK", endpoint: { host: "10.0.0.2", port: 0 }, connectTimeoutMs: 5000 }],
  [
    "DNS_CHECK {\ntype MX\nname example.org\n}",
    { kind: "DNS_CHECK", endpoint, connectTimeoutMs: 5000, queryType: "MX", queryName: "example.org" },
  ],
  ["UDP_CHECK {\n}", { kind: "UDP_CHECK", endpoint, connectTimeoutMs: 5000 }],
  [
    "UDP_CHECK {\npayload 00ff\nrequire_reply 0X\nmin_reply_length 2\nmax_reply_length 9\n}",
    {
      kind: "UDP_CHECK",
      endpoint,
      connectTimeoutMs: 5000,
      payload: "00ff",
      reply: { pattern: "0X", minLength: 2, maxLength: 9 },
    },
  ],
  [
    "SMTP_CHECK {\nhelo_name a.example\n}",
    { kind: "SMTP_CHECK", endpoint, connectTimeoutMs: 5000, heloName: "a.example" },
  ],
  [
    'SSL_GET {\nvirtualhost a\nenable_sni\ntls_compliant\nfast_recovery\nurl {\npath /x\nstatus_code 200\nregex "a b"\nregex_no_match\nregex_options caseless\nregex_min_offset 1\nregex_max_offset 9\nregex_stack 1 2\ntls_compliant off\nvirtualhost b\n}\n}',
    {
      kind: "SSL_GET",
      endpoint,
      connectTimeoutMs: 5000,
      urls: [
        {
          path: "/x",
          statusCodes: [{ from: 200, to: 200 }],
          virtualhost: "b",
          regex: {
            pattern: "a b",
            negate: true,
            options: ["caseless"],
            minOffset: 1,
            maxOffset: 9,
            stack: { startBytes: 1, maxBytes: 2 },
          },
          tlsCompliant: false,
        },
      ],
      virtualhost: "a",
      httpProtocol: "1.0",
      sniName: "b",
      fastRecovery: true,
      tlsCompliant: true,
    },
  ],
  [
    "GRPC_CHECK {\nservice shop.Cart\ntls\nvirtualhost a\nsni_name b\nconnect_timeout 2\n}",
    {
      kind: "GRPC_CHECK",
      endpoint: { host: "10.0.0.2", port: 80 },
      connectTimeoutMs: 2000,
      service: "shop.Cart",
      virtualhost: "a",
      sniName: "b",
      tls: {},
    },
  ],
  [
    "GRPC_CHECK {\nconnect_port 50051\n}",
    { kind: "GRPC_CHECK", endpoint: { host: "10.0.0.2", port: 50_051 }, connectTimeoutMs: 5000, service: "" },
  ],
] as [string, object][])("%s", ([check, probe]) => {
  expect(checkPlanOf(check).plan?.probe).toEqual(probe);
});

test("each host of an SMTP_CHECK is a check of its own, with what the block says beside it", () => {
  const { plan } = serverPlanOf(
    "",
    "SMTP_CHECK {\nretry 5\nconnect_timeout 2\nhost {\nconnect_ip 10.0.0.8\n}\nhost {\nconnect_port 2525\nretry 6\n}\n}",
  );
  const seen = plan.realServers[0]?.checkers.map(({ probe, retry }) =>
    probe.kind === "SMTP_CHECK" ? [probe.endpoint.host, probe.endpoint.port, probe.connectTimeoutMs, retry] : [],
  );
  expect(seen).toEqual([
    ["10.0.0.8", 80, 2000, 5],
    ["10.0.0.2", 2525, 2000, 6],
  ]);
});

test.for([
  ["HTTP_GET {\n}", ["check/no-url"]],
  ["HTTP_GET {\nurl {\n}\n}", ["check/no-path"]],
  ["HTTP_GET {\nurl {\npath\n}\n}", ["conf/missing-value"]],
  ["HTTP_GET {\nurl {\npath /\nregex_no_match\nregex_min_offset 3\n}\n}", ["check/no-regex"]],
  ["HTTP_GET {\nurl {\npath /\nregex a\nregex_min_offset 3\nregex_max_offset 3\n}\n}", ["check/regex-offsets"]],
  ['HTTP_GET {\nurl {\npath /\nregex "a(b"\n}\n}', ["check/regex"]],
  ["MISC_CHECK {\n}", ["check/no-path"]],
  ["TCP_CHECK {\nbindto 2001:db8::1\n}", ["check/address"]],
  ["TCP_CHECK {\nconnect_ip fe80::1\n}", ["check/address"]],
  ["TCP_CHECK {\nconnect_ip fe80::1\nbind_if eth0\n}", []],
  ["UDP_CHECK {\nmin_reply_length 300\n}", ["check/reply-length"]],
  ["UDP_CHECK {\nrequire_reply 001122\nmax_reply_length 2\n}", ["check/reply-length"]],
  ["HTTP_GET {\nhttp_protocol 2\nurl {\npath /\n}\n}", []],
  ["SSL_GET {\nhttp_protocol 2\nurl {\npath /\ntls_compliant\n}\n}", ["check/http2-end"]],
  ["SSL_GET {\nhttp_protocol 2\ntls_compliant\nurl {\npath /\n}\n}", ["check/http2-end"]],
  ["GRPC_CHECK {\n}", []],
  ["GRPC_CHECK {\nsni_name a\n}", ["check/no-tls"]],
  ["FILE_CHECK {\n}", ["check/no-name"]],
  ["FILE_CHECK {\ntrack_file none\n}", ["check/unknown-name"]],
  ["BFD_CHECK {\nname none\n}", ["check/unknown-name"]],
] as [string, string[]][])("%s: %j", ([check, codes]) => {
  expect(checkPlanOf(check).codes.filter((code) => code !== "script/security-off")).toEqual(codes);
});

test("two checks that set the weight are told", () => {
  const dynamic = 'MISC_CHECK {\nmisc_path "/bin/true"\nmisc_dynamic\n}\n';
  const { codes } = serverPlanOf("", `${dynamic}${dynamic}`);
  expect(codes).toContain("check/dynamic-twice 9");
});

test("equal checks of one real server have names of their own, and different targets different ones", () => {
  const tcp = (line: string) => `TCP_CHECK {\n${line}\n}\n`;
  const { plan } = serverPlanOf("", tcp("") + tcp("") + tcp("fwmark 1") + tcp("bind_if eth1") + tcp("connect_port 81"));
  const ids = plan.realServers[0]?.checkers.map(({ id }) => id) ?? [];
  expect(new Set(ids).size).toBe(5);
});

test("a real server without port has none to check", () => {
  const text = (check: string) =>
    `virtual_server fwmark 1 {\nlb_algo rr\nlb_kind DR\nreal_server 10.0.0.2 {\n${check} {\n}\n}\n}`;
  expect(checkerPlanOf(text("TCP_CHECK")).codes).toEqual(["check/no-port 5"]);
  expect(checkerPlanOf(text("PING_CHECK")).codes).toEqual([]);
});

test("a check that stands before what it names finds it, and keepalived would not", () => {
  const server =
    "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\nFILE_CHECK {\ntrack_file a\n}\n}\n}\n";
  const { plan, codes } = checkerPlanOf(`${server}track_file a {\nfile /a\n}\n`);
  expect(plan.virtualServers[0]?.realServers[0]?.tracked?.length).toBe(1);
  expect(codes).toContain("vrrp/defined-later 7");
});

test("the SSL block is in the plan of each SSL_GET, and what it holds is not in its name", () => {
  const block = "SSL {\nca /ca.pem\ncertificate /c.pem\nkey /k.pem\npassword x1y2z3\nverify\n}\n";
  const server =
    "virtual_server 10.0.0.1 80 {\nprotocol TCP\nreal_server 10.0.0.2 80 {\nSSL_GET {\nurl {\npath /\n}\n}\n}\n}";
  const { plan } = checkerPlanOf(`${block}${server}`);
  const [check] = plan.virtualServers[0]?.realServers[0]?.checkers ?? [];
  expect(check?.probe).toMatchObject({
    tls: { verify: true, ca: "/ca.pem", certificate: "/c.pem", key: "/k.pem", password: "x1y2z3" },
  });
  expect(check?.id).not.toContain("x1y2z3");
});

test("authorities that nothing is verified by are told of", () => {
  expect(checkerPlanOf("SSL {\nca /ca.pem\n}").codes).toEqual(["check/ca-not-used 2"]);
});

test("FILE_CHECK and BFD_CHECK follow what they name; a weight is the track_file's unless they have their own", () => {
  const tracked =
    "track_file a {\nfile /a\nweight 5 reverse\n}\nbfd_instance s {\nneighbor_ip 10.0.0.2\nsource_ip 10.0.0.1\n}\n";
  const checks =
    "FILE_CHECK {\ntrack_file a\n}\nFILE_CHECK {\ntrack_file a\nweight 3\n}\nBFD_CHECK {\nname s\nalpha off\n}\n";
  const { plan } = checkerPlanOf(
    `${tracked}virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nalpha\nreal_server 10.0.0.2 80 {\n${checks}}\n}`,
  );
  expect(plan.virtualServers[0]?.realServers[0]?.tracked).toEqual([
    { kind: "FILE_CHECK", id: "FILE_CHECK a -5", trackFile: "a", weight: -5, alpha: true },
    { kind: "FILE_CHECK", id: "FILE_CHECK a 3", trackFile: "a", weight: 3, alpha: true },
    { kind: "BFD_CHECK", id: "BFD_CHECK s", instance: "s", alpha: false },
  ]);
  expect(plan.trackFiles).toEqual([{ name: "a", file: "/a" }]);
});

test.for([
  ["sudo in the command", "misc_path \"/bin/sh -c 'sudo /x'\"", ["script/gains-privileges"]],
  ["sudo as a part of a word", 'misc_path "/bin/sh -c pseudo"', []],
  ["allowed to", "misc_path \"/bin/sh -c 'sudo /x'\"\nno_new_privs no", []],
] as const)("MISC_CHECK, %s", ([, lines, expected]) => {
  const { plan, codes } = checkPlanOf(`MISC_CHECK {\n${lines}\n}`);
  expect(codes.filter((code) => code?.startsWith("script/gains"))).toEqual(expected);
  expect(plan?.probe).toMatchObject({ kind: "MISC_CHECK" });
  expect("newPrivileges" in (plan?.probe ?? {})).toBe(lines.includes("no_new_privs no"));
});
