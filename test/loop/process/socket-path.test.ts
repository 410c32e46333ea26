import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import { openControl } from "../../../src/process/control.ts";
import type { Director } from "../../../src/process/director.ts";
import { EventRing } from "../../../src/process/event-ring.ts";
import { processEvents } from "../../../src/process/log-events.ts";
import type { RunOptions } from "../../../src/process/run-options.ts";
import { removeSocket } from "../../../src/process/socket-path.ts";
import { temporaryFolder } from "../folder.ts";
import { leaveSocket } from "./left-socket.ts";

/** The control socket of a director that nobody asks for anything. */
async function open(controlSocket: string) {
  const records: LogRecord[] = [];
  const control = await openControl({
    options: { controlSocket } as RunOptions,
    director: { plan: { global: { http: {} } } } as unknown as Director,
    events: new EventRing(0),
    log: createLogger(processEvents, (record) => records.push(record)),
    stop: () => {},
  });
  return { control, texts: () => records.filter(({ level }) => level === "warn").map(({ text }) => text) };
}

test("a file that is no socket is not removed for one: the director serves without", async () => {
  const file = path.join(temporaryFolder(), "keepalived.conf");
  writeFileSync(file, "router_id a\n");
  const { control, texts } = await open(file);
  expect(readFileSync(file, "utf8")).toBe("router_id a\n");
  expect(texts()).toEqual([expect.stringContaining("there is a file of that name")]);
  await control.close();
});

test("a path that is too long is no place for a socket, and none is made under another name", async () => {
  const inside = temporaryFolder();
  const { control, texts } = await open(path.join(inside, "a".repeat(120)));
  expect(readdirSync(inside)).toEqual([]);
  expect(texts()).toEqual([expect.stringContaining("107 bytes at most")]);
  await control.close();
});

test("the folder is made, and the socket of a predecessor that was killed is replaced", async () => {
  const file = path.join(temporaryFolder(), "below", "control.sock");
  const first = await open(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await first.control.close();
  expect(existsSync(file)).toBe(false);
  leaveSocket(file);
  const second = await open(file);
  expect([...first.texts(), ...second.texts()]).toEqual([]);
  await second.control.close();
});

test("a socket that somebody answers at is left alone", async () => {
  const file = path.join(temporaryFolder(), "control.sock");
  const other = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => other.listen(file, resolve));
  await expect(open(file)).rejects.toThrow(/another director answers/);
  expect(existsSync(file)).toBe(true);
  other.close();
});

test("at the end only sockets are removed, and what is gone is no trouble", () => {
  const [file, socket] = [
    path.join(temporaryFolder(), "keepalived.conf"),
    path.join(temporaryFolder(), "control.sock"),
  ];
  writeFileSync(file, "router_id a\n");
  leaveSocket(socket);
  for (const one of [file, socket, `${socket}.gone`]) removeSocket(one);
  expect([existsSync(file), existsSync(socket)]).toEqual([true, false]);
});
