import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { serviceManager } from "../../../src/process/service-manager.ts";
import { eventually } from "./sandbox.ts";

/** perl, which every Debian has, plays the service manager: Node has no datagram sockets of this family. */
const LISTENER = `
use IO::Socket::UNIX; $| = 1;
$s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!; print "listening\\n";
while (defined recv($s, $m, 4096, 0)) { print "$m;\\n" }`;

const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-notify-"));
const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
  rmSync(folder, { recursive: true, force: true });
});

test("what the service manager hears, and that the environment is not handed on", async () => {
  const socket = path.join(folder, "notify");
  const listener = spawn("perl", ["-e", LISTENER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  ended.push(() => listener.kill());
  let heard = "";
  listener.stdout.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
  });
  await eventually("somebody listens", 10_000, () => heard.includes("listening"));
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "40000", WATCHDOG_PID: String(process.pid), KEPT: "1" };
  const manager = serviceManager(env);
  expect(env).toEqual({ KEPT: "1" });
  manager.ready();
  manager.reloading();
  manager.stopping();
  await eventually("all of it was heard", 10_000, () => heard.includes("STOPPING=1;") && heard.includes("WATCHDOG=1;"));
  expect(heard).toMatch(new RegExp(`READY=1\\nMAINPID=${process.pid};\\nRELOADING=1\\nMONOTONIC_USEC=\\d+;\\n`));
});

test("nobody there: nothing is said, and nothing fails", () => {
  for (const env of [{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: path.join(folder, "none") }]) {
    const manager = serviceManager(env);
    expect(() => [manager.ready(), manager.reloading(), manager.stopping()]).not.toThrow();
  }
});
