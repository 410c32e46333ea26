import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { probeService } from "../../../src/vrrp/service-tracker.ts";
import type { ServiceProbe } from "../../../src/vrrp/tracked-model.ts";

const probe = (port: number, more: Partial<ServiceProbe> = {}) =>
  probeService(
    {
      ...{ protocol: "http", address: "127.0.0.1", port, path: "/", status: { from: 200, to: 399 } },
      ...{ intervalMs: 1000, timeoutMs: 2000, fall: 1, rise: 1 },
      ...more,
    },
    new AbortController().signal,
  );

/** Runs something beside a server, with its port. */
async function beside<T>(server: net.Server, deed: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const open = new Set<net.Socket>();
  server.on("connection", (socket) => void open.add(socket));
  try {
    return await deed((server.address() as AddressInfo).port);
  } finally {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
const raw = (answer: (socket: net.Socket) => void): net.Server =>
  net.createServer((socket) => {
    socket.on("error", () => {});
    answer(socket);
  });

test("http: the status decides, and the page that is asked for is the one of the line", async () => {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === "/health" ? 204 : 503;
    response.end("x".repeat(100_000));
  });
  await beside(server, async (port) => {
    expect(await probe(port, { path: "/health" })).toEqual({ up: true, detail: "status 204" });
    expect(await probe(port)).toEqual({ up: false, detail: "status 503" });
    expect(await probe(port, { status: { from: 503, to: 503 } })).toEqual({ up: true, detail: "status 503" });
    expect(await probe(port, { protocol: "tcp" })).toEqual({ up: true, detail: "connected" });
  });
});

test("nobody listens", async () => {
  const port = await beside(net.createServer(), async (free) => free);
  expect(await probe(port)).toEqual({ up: false, detail: "connection refused" });
  expect(await probe(port, { protocol: "tcp" })).toEqual({ up: false, detail: "connection refused" });
});

test("one deadline for the whole try: silence, and a header that comes byte by byte for ever", async () => {
  const silent = raw(() => {});
  const slow = raw((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const drip = setInterval(() => socket.write("x"), 20);
    socket.on("close", () => clearInterval(drip));
  });
  for (const server of [silent, slow])
    await beside(server, async (port) => {
      expect(await probe(port, { timeoutMs: 150 })).toEqual({ up: false, detail: "no answer within 0.15 s" });
    });
});

test("a hostile answer is a failure, and bounded", async () => {
  const endless = raw((socket) => {
    const write = (): void => {
      while (socket.writable && socket.write(`x-header: ${"y".repeat(8000)}\r\n`));
    };
    socket.write("HTTP/1.1 200 OK\r\n");
    socket.on("drain", write);
    write();
  });
  const garbage = raw((socket) => socket.end("\0\0not HTTP"));
  for (const server of [endless, garbage])
    await beside(server, async (port) => expect((await probe(port)).up).toBe(false));
});
