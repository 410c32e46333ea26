import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import type { CheckerStatus } from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "../../unit/virtual-server/fake-ipvs.ts";
import { checker, processPlan, server, service } from "../../unit/virtual-server/plans.ts";
import { answering, httpAnswer, serve } from "../checkers/servers.ts";

const message = (plan: ReturnType<typeof processPlan>) =>
  ({
    t: "start",
    role: "checker",
    plan,
    global: { routerId: "mysql_ha01", watchdogTimeoutMs: 3000, childWaitMs: 5000 },
    stop: { keepTable: false, keepVips: false },
  }) as const;

test("a port that closes: the server leaves the table, and notify_down runs and is told with all that explains it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "room-"));
  try {
    const script = path.join(folder, "closekeepalived.sh");
    writeFileSync(script, "systemctl-that-is-not-there stop keepalived\nexit 4\n"); // and no #! line either
    chmodSync(script, 0o755);
    await using mysql = await serve(answering(httpAnswer(200, "x")));
    const probe = {
      kind: "TCP_CHECK",
      endpoint: { host: "127.0.0.1", port: mysql.port },
      connectTimeoutMs: 1000,
    } as const;
    const guarded = server(3, {
      port: 3306,
      notify: { down: { argv: [script] } },
      checkers: [checker("c", { probe, delayLoopMs: 50, delayBeforeRetryMs: 20, retry: 3 })],
    });
    const kernel = new FakeIpvs();
    const records: LogRecord[] = [];
    const parts = { openIpvs: async () => ({ client: kernel }) };
    const context = { sink: (record: LogRecord) => records.push(record), send: () => {} };
    const room = await startCheckerRoom(message(processPlan([service(1, [guarded])])), context, parts);
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:3306 w1"]);
    await expect.poll(() => records.some(({ event }) => event === "checker.succeeded"), { timeout: 5000 }).toBe(true);
    await mysql[Symbol.asyncDispose]();
    await expect
      .poll(() => records.find(({ event }) => event === "script.failed")?.text, { timeout: 5000 })
      .toMatch(
        /^notify_down of \[10\.0\.0\.3\]:tcp:3306 of VS \[10\.0\.1\.1\]:tcp:80: \S+closekeepalived\.sh \(as the daemon's own user\) exited with status 4; it wrote: .*systemctl-that-is-not-there: not found/,
      );
    expect(kernel.show()).toEqual(["10.0.1.1:80 → "]);
    const [down] = (room.status() as CheckerStatus).virtualServers[0]?.realServers ?? [];
    expect(down).toMatchObject({ alive: false, inTable: false, why: `127.0.0.1:${mysql.port} refused the connection` });
    await room.stop({ orphaned: false });
    expect(kernel.table.size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a stop is quick though probes and scripts hang, and leaves nothing of ours running", async () => {
  await using hanging = await serve(() => {});
  const url = { path: "/", statusCodes: [] };
  const http = {
    kind: "HTTP_GET",
    endpoint: { host: "127.0.0.1", port: hanging.port },
    connectTimeoutMs: 60_000,
    urls: [url],
    httpProtocol: "1.0",
  } as const;
  const misc = {
    kind: "MISC_CHECK",
    script: { argv: ["/bin/sleep", "60"] },
    timeoutMs: 60_000,
    dynamic: false,
  } as const;
  const plan = processPlan([
    service(1, [
      server(2, { checkers: [checker("http", { probe: http })] }),
      server(3, { checkers: [checker("misc", { probe: misc })] }),
    ]),
  ]);
  const kernel = new FakeIpvs();
  const context = { sink: () => {}, send: () => {} };
  const room = await startCheckerRoom(message(plan), context, { openIpvs: async () => ({ client: kernel }) });
  await expect.poll(() => hanging.accepted(), { timeout: 5000 }).toBe(1);
  const started = performance.now();
  await room.stop({ orphaned: false });
  expect(performance.now() - started).toBeLessThan(1500);
  const children = (): string[] => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap");
  await expect.poll(children).toEqual([]);
});
