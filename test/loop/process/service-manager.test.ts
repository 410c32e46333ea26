import { spawn } from "node:child_process";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { serviceManager } from "../../../src/process/service-manager.ts";
import { folderOfThisFile } from "../folder.ts";
import { eventually, instance, Sandbox } from "./sandbox.ts";

/** perl, which every Debian has, plays the service manager: Node has no datagram sockets of this family. */
const LISTENER = `
use IO::Socket::UNIX; $| = 1;
$s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!; print "listening\\n";
while (defined recv($s, $m, 4096, 0)) { print "$m;\\n" }`;

const folder = folderOfThisFile();
const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** What is said to the socket, as it comes. */
async function listen(socket: string): Promise<() => string> {
  const listener = spawn("perl", ["-e", LISTENER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  ended.push(() => listener.kill());
  let heard = "";
  listener.stdout.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
  });
  await eventually("somebody listens", 10_000, () => heard.includes("listening"));
  return () => heard;
}

test("what the service manager hears, and that the environment is not handed on", async () => {
  const socket = path.join(folder, "notify");
  const heard = await listen(socket);
  const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "40000", WATCHDOG_PID: String(process.pid), KEPT: "1" };
  const manager = serviceManager(env);
  expect(env).toEqual({ KEPT: "1" });
  manager.ready();
  manager.reloading();
  manager.stopping();
  await eventually(
    "all of it was heard",
    10_000,
    () => heard().includes("STOPPING=1;") && heard().includes("WATCHDOG=1;"),
  );
  expect(heard()).toMatch(new RegExp(`READY=1\\nMAINPID=${process.pid};\\nRELOADING=1\\nMONOTONIC_USEC=\\d+;\\n`));
});

test("nobody there: nothing is said, and nothing fails", () => {
  for (const env of [{}, { NOTIFY_SOCKET: "" }, { NOTIFY_SOCKET: path.join(folder, "none") }]) {
    const manager = serviceManager(env);
    expect(() => [manager.ready(), manager.reloading(), manager.stopping()]).not.toThrow();
  }
});

test.runIf(process.getuid?.() === 0)("a director tells when it serves, reloads and stops", async () => {
  await using sandbox = new Sandbox();
  const socket = sandbox.file("notify");
  const heard = await listen(socket);
  sandbox.writeConfig(instance("VI_1", 51, "10.9.0.100"));
  process.env.NOTIFY_SOCKET = socket;
  const director = sandbox.director();
  delete process.env.NOTIFY_SOCKET;
  await eventually("it serves", 15_000, () => heard().includes("READY=1\n"));
  process.kill(director.pid, "SIGHUP");
  await eventually("it has reloaded", 15_000, () => /RELOADING=1\n[^;]*;\nREADY=1\n/.test(heard()));
  process.kill(director.pid, "SIGTERM");
  expect(await director.ended).toBe(0);
  expect(heard().match(/\b(?:READY|RELOADING|STOPPING)(?==1)/g)).toEqual(["READY", "RELOADING", "READY", "STOPPING"]);
  expect(heard()).toContain(`MAINPID=${director.pid};`);
});
