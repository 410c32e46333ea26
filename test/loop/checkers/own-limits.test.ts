import dgram from "node:dgram";
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { native } from "../../../native/index.ts";
import { httpCheck } from "../../../src/checkers/http.ts";
import { udpCheck } from "../../../src/checkers/udp.ts";
import { answering, serve } from "./servers.ts";

// This machine has no room left for what a check needs (fs.epoll.max_user_watches, say): its servers keep their state.

const never = new AbortController().signal;
const turn = { url: 0 };
const descriptors = (): number => readdirSync("/proc/self/fd").length;

beforeEach(() => {
  vi.spyOn(native(), "watch").mockImplementation(() => {
    throw Object.assign(new Error("uv_poll_init ENOSPC"), { code: "ENOSPC", syscall: "uv_poll_init" });
  });
});
afterEach(() => vi.restoreAllMocks());

const nothing = { up: "unknown", reason: "local", detail: expect.stringContaining("ENOSPC") };

test("an answer over HTTP that would have to be waited for says nothing, and leaves no descriptor", async () => {
  await using server = await serve(answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it"));
  const endpoint = { host: "127.0.0.1", port: server.port };
  const urls = [{ path: "/", statusCodes: [] }];
  const before = descriptors();
  for (let i = 0; i < 20; i += 1) {
    const probe = { kind: "HTTP_GET", endpoint, connectTimeoutMs: 1000, urls, httpProtocol: "1.0" } as const;
    expect(await httpCheck(probe, turn, never)).toEqual(nothing);
  }
  await expect.poll(descriptors).toBeLessThanOrEqual(before + 3); // what the connector keeps, and the server's last end
});

test("a datagram's answer likewise", async () => {
  const server = dgram.createSocket("udp4");
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  const endpoint = { host: "127.0.0.1", port: server.address().port };
  const before = descriptors();
  for (let i = 0; i < 20; i += 1)
    expect(await udpCheck({ kind: "UDP_CHECK", endpoint, connectTimeoutMs: 1000 }, turn, never)).toEqual(nothing);
  expect(descriptors()).toBeLessThanOrEqual(before);
  server.close();
});
