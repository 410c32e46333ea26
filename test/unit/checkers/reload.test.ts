import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkerPlanOf } from "../process/planning.ts";
import { elapse, type Harness, refused, reload, roomOf, status } from "../virtual-server/room.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** 10.0.0.2 with these checks, and 10.0.0.3 with none, both behind one address. Checks are made every second. */
const planOf = (checks: string, lines = "") => {
  const head = `lb_algo rr\nlb_kind NAT\nprotocol TCP\ndelay_loop 1\nwarmup 0\n${lines}`;
  const servers = `real_server 10.0.0.2 80 {\n${checks}\n}\nreal_server 10.0.0.3 80 {\n}`;
  return checkerPlanOf(`virtual_server 10.0.0.1 80 {\n${head}\n${servers}\n}\n`).plan;
};
const both = ["10.0.0.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"];
const other = ["10.0.0.1:80 → 10.0.0.3:80 w1"];

const first = (harness: Harness) => status(harness.room).virtualServers[0]?.realServers[0];

/** A director that has found 10.0.0.2 dead. */
async function withDead(checks: string): Promise<Harness> {
  const harness = await roomOf(planOf(checks));
  harness.results.set("10.0.0.2", refused);
  await elapse(1100);
  expect(harness.kernel.show()).toEqual(other);
  return harness;
}

describe("a real server with several checks", () => {
  const checks = "TCP_CHECK {\nconnect_ip 10.0.0.8\nretry 0\n}\nTCP_CHECK {\nconnect_ip 10.0.0.9\nretry 0\n}";

  test("is out when the first of them fails, and in again when the last that failed is well", async () => {
    const { kernel, results } = await roomOf(planOf(checks));
    await elapse(1100);
    const seen: string[] = [];
    for (const [host, verdict] of [
      ["10.0.0.8", refused],
      ["10.0.0.9", refused],
      ["10.0.0.8", undefined],
      ["10.0.0.9", undefined],
    ] as const) {
      if (verdict) results.set(host, verdict);
      else results.delete(host);
      await elapse(1100);
      seen.push(kernel.show().join() === both.join() ? "in" : "out");
      if (seen.at(-1) === "out") expect(kernel.show()).toEqual(other);
    }
    expect(seen).toEqual(["out", "out", "out", "in"]);
  });

  test("with alpha waits for the first success of each", async () => {
    const { kernel, results } = await roomOf(planOf(checks, "alpha\n"));
    results.set("10.0.0.9", refused);
    expect(kernel.show()).toEqual(other);
    await elapse(2100);
    expect(kernel.show()).toEqual(other);
    results.clear();
    await elapse(1100);
    expect(kernel.show()).toEqual(both);
  });
});

describe("a check that a reload changes", () => {
  const HTTP = "HTTP_GET {\nurl {\npath /\n}";
  const kept: readonly (readonly [string, string, string])[] = [
    ["retry", "TCP_CHECK {\nretry 1\n}", "TCP_CHECK {\nretry 5\n}"],
    ["delay_before_retry", "TCP_CHECK {\n}", "TCP_CHECK {\ndelay_before_retry 9\n}"],
    ["delay_loop", "TCP_CHECK {\n}", "TCP_CHECK {\ndelay_loop 2\n}"],
    ["warmup", "TCP_CHECK {\n}", "TCP_CHECK {\nwarmup 9\n}"],
    ["alpha", "TCP_CHECK {\n}", "TCP_CHECK {\nalpha\n}"],
    ["log_all_failures", "TCP_CHECK {\n}", "TCP_CHECK {\nlog_all_failures\n}"],
    ["bind_port", "TCP_CHECK {\n}", "TCP_CHECK {\nbind_port 4000\n}"],
    ["what a UDP_CHECK sends", "UDP_CHECK {\n}", "UDP_CHECK {\npayload 00\n}"],
    ["what a UDP_CHECK wants", "UDP_CHECK {\n}", "UDP_CHECK {\nrequire_reply 00\nmin_reply_length 1\n}"],
    ["the order of two", "PING_CHECK {\n}\nTCP_CHECK {\n}", "TCP_CHECK {\n}\nPING_CHECK {\n}"],
  ];
  const fresh: readonly (readonly [string, string, string])[] = [
    ["its kind", "TCP_CHECK {\n}", "PING_CHECK {\n}"],
    ["connect_port", "TCP_CHECK {\n}", "TCP_CHECK {\nconnect_port 81\n}"],
    ["connect_timeout", "TCP_CHECK {\n}", "TCP_CHECK {\nconnect_timeout 2\n}"],
    ["bindto", "TCP_CHECK {\n}", "TCP_CHECK {\nbindto 10.0.0.7\n}"],
    ["bind_if", "TCP_CHECK {\n}", "TCP_CHECK {\nbind_if eth1\n}"],
    ["fwmark", "TCP_CHECK {\n}", "TCP_CHECK {\nfwmark 7\n}"],
    ["a url", `${HTTP}\n}`, `${HTTP}\nurl {\npath /b\n}\n}`],
    ["a status_code", `${HTTP}\n}`, "HTTP_GET {\nurl {\npath /\nstatus_code 404\n}\n}"],
    ["virtualhost", `${HTTP}\n}`, `${HTTP}\nvirtualhost a\n}`],
    ["helo_name", "SMTP_CHECK {\nretry 0\n}", "SMTP_CHECK {\nretry 0\nhelo_name a\n}"],
    ["type", "DNS_CHECK {\n}", "DNS_CHECK {\ntype A\n}"],
    ["name", "DNS_CHECK {\n}", "DNS_CHECK {\nname a.example\n}"],
  ];

  test.for(kept)("%s: is the same, and what it knows stays", async ([, before, after]) => {
    const harness = await withDead(before);
    harness.kernel.commands.length = 0;
    await reload(harness, planOf(after));
    expect(first(harness)).toMatchObject({ alive: false, why: expect.stringContaining("refused") });
    await elapse(3000);
    expect(harness.kernel.commands).toEqual([]);
    harness.results.clear();
    await elapse(3000);
    expect(harness.kernel.show()).toEqual(both);
  });

  test.for(fresh)("%s: is a new one, up until it fails once", async ([, before, after]) => {
    const harness = await withDead(before);
    await reload(harness, planOf(after.replace("retry 0\n", "").replace(/\}$/, "retry 5\n}")));
    expect(harness.kernel.show()).toEqual(both);
    await elapse(900);
    expect(harness.kernel.show()).toEqual(both);
    if (after.startsWith("SMTP")) return; // which has its retries at once
    await elapse(300);
    expect(harness.kernel.show()).toEqual(other);
  });

  test.for(fresh)("%s: is a new one, and with alpha a server that is out stays out", async ([, before, after]) => {
    const harness = await withDead(before);
    harness.kernel.commands.length = 0;
    await reload(harness, planOf(after, "alpha\n"));
    await elapse(1100);
    expect(harness.kernel.commands).toEqual([]);
    harness.results.clear();
    await elapse(10_000);
    expect(harness.kernel.show()).toEqual(both);
  });

  test("the attempts that have failed count, and with fewer retries the next one decides", async () => {
    const harness = await roomOf(planOf("TCP_CHECK {\nretry 3\ndelay_before_retry 1\n}"));
    await elapse(1100);
    harness.results.set("10.0.0.2", refused);
    await elapse(2000);
    expect(first(harness)).toMatchObject({ alive: true, checkers: [{ failures: 2 }] });
    await reload(harness, planOf("TCP_CHECK {\nretry 1\ndelay_before_retry 1\n}"));
    expect(first(harness)).toMatchObject({ alive: true, checkers: [{ failures: 2 }] });
    await elapse(1000);
    expect(harness.kernel.show()).toEqual(other);
  });

  test("taken away, its server is in at once; a new one beside it does not bring the server in", async () => {
    const harness = await withDead("TCP_CHECK {\n}");
    await reload(harness, planOf("TCP_CHECK {\n}\nPING_CHECK {\nconnect_ip 10.0.0.9\n}"));
    await elapse(2100);
    expect(harness.kernel.show()).toEqual(other);
    await reload(harness, planOf("PING_CHECK {\nconnect_ip 10.0.0.9\n}"));
    expect(harness.kernel.show()).toEqual(both);
  });
});
