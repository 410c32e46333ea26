import { setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { runProbe } from "../../../src/checkers/kinds.ts";
import type { Probe, Verdict } from "../../../src/checkers/model.ts";
import { answering, httpAnswer, serve, unusedPort } from "./servers.ts";

const signal = new AbortController().signal;
setMaxListeners(0, signal); // many probes at once share it here

test("after thousands of probes of the other kinds no descriptor or timer is left, and memory does not grow", async () => {
  await using web = await serve(answering(httpAnswer(200, `hello ${"x".repeat(20_000)}`)));
  await using mail = await serve((socket) => {
    socket.write("220 a\r\n");
    socket.on("data", (line) => socket.write(line.includes("QUIT") ? "221 b\r\n" : "250 c\r\n"));
  });
  await using mute = await serve(() => {});
  const nobody = await unusedPort();
  const at = (port: number) => ({ endpoint: { host: "127.0.0.1", port }, connectTimeoutMs: 500 });
  const regex = (pattern: string) => ({ pattern, negate: false, options: ["utf", "multiline"], minOffset: 0 });
  const page = (pattern: string): Probe => {
    const urls = [{ path: "/", statusCodes: [], regex: regex(pattern) }];
    return { kind: "HTTP_GET", ...at(web.port), urls, httpProtocol: "1.0" };
  };
  const probes: readonly Probe[] = [
    page("^hello"),
    page("bye$"),
    page("(unclosed"),
    { kind: "SMTP_CHECK", ...at(mail.port), heloName: "a" },
    { kind: "SMTP_CHECK", ...at(nobody), heloName: "a" },
    { kind: "SMTP_CHECK", ...at(mute.port), connectTimeoutMs: 10, heloName: "a" },
    { kind: "UDP_CHECK", ...at(nobody) },
    { kind: "DNS_CHECK", ...at(nobody), connectTimeoutMs: 10, queryType: "A", queryName: "a" },
    { kind: "PING_CHECK", ...at(0) },
  ];
  const round = (): Promise<Verdict[]> =>
    Promise.all(Array.from({ length: 90 }, (_, i) => runProbe(probes[i % probes.length] as Probe, { url: 0 }, signal)));
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 10; i += 1) await round();
  const [before, rssBefore] = [descriptors(), process.memoryUsage.rss()];
  for (let i = 0; i < 40; i += 1) await round();
  await expect.poll(descriptors).toBeLessThanOrEqual(before + 5);
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThan(10);
  expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(96 * 1024 * 1024);
}, 60_000);
