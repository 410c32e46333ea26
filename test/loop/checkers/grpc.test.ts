import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { expect, test } from "vitest";
import type { ProbeOf } from "../../../src/checkers/checker.ts";
import { grpcCheck } from "../../../src/checkers/grpc.ts";
import type { Verdict } from "../../../src/checkers/model.ts";
import { answering, httpAnswer, selfSigned, serve, unusedPort } from "./servers.ts";

type More = Partial<Omit<ProbeOf<"GRPC_CHECK">, "kind" | "endpoint">>;

const grpc = (port: number, more: More = {}, signal = new AbortController().signal): Promise<Verdict> =>
  grpcCheck(
    { kind: "GRPC_CHECK", endpoint: { host: "127.0.0.1", port }, connectTimeoutMs: 1000, service: "", ...more },
    { url: 0 },
    signal,
  );

const detailOf = (verdict: Verdict): string => (verdict.up === true ? "" : `${verdict.reason}: ${verdict.detail}`);

type Peer = AsyncDisposable & { readonly port: number; readonly health: HealthImplementation };

/** gRPC's own server, with its own health service where there is one. */
async function peer(options: { withHealth?: boolean; tls?: { key: Buffer; cert: Buffer } } = {}): Promise<Peer> {
  const { withHealth = true, tls } = options;
  const server = new Server();
  const health = new HealthImplementation({ "": "SERVING", "shop.Cart": "SERVING", "shop.Old": "NOT_SERVING" });
  if (withHealth) health.addToServer(server);
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    health,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

test("a server that serves is up, as a whole and by the name of a service", async () => {
  await using server = await peer();
  expect(await grpc(server.port)).toEqual({ up: true });
  expect(await grpc(server.port, { service: "shop.Cart" })).toEqual({ up: true });
});

test("what does not serve is down, in the words of the protocol", async () => {
  await using server = await peer();
  const at = `127.0.0.1:${server.port}`;
  expect(detailOf(await grpc(server.port, { service: "shop.Old" }))).toBe(
    `status: ${at}: the service shop.Old is NOT_SERVING`,
  );
  expect(detailOf(await grpc(server.port, { service: "shop.New" }))).toMatch(
    /^status: .*the service shop\.New answered NOT_FOUND \(its health service does not know that name\)/,
  );
  server.health.setStatus("", "NOT_SERVING");
  expect(detailOf(await grpc(server.port))).toBe(`status: ${at}: the server is NOT_SERVING`);
  server.health.setStatus("", "SERVING");
  expect(await grpc(server.port)).toEqual({ up: true });
});

test("a server without the health service is down for that reason", async () => {
  await using server = await peer({ withHealth: false });
  expect(detailOf(await grpc(server.port))).toMatch(/^status: .*answered UNIMPLEMENTED \(it has no grpc\.health/);
});

test("over TLS as well, and what is known of the certificate is said", async () => {
  await using server = await peer({ tls: selfSigned() });
  const verdict = await grpc(server.port, { tls: {}, sniName: "real.example" });
  expect(verdict).toMatchObject({ up: true, detail: expect.stringContaining("the certificate expires on") });
  expect(detailOf(await grpc(server.port, { tls: { verify: true }, virtualhost: "real.example" }))).toMatch(
    /^tls: .*not trusted/,
  );
  expect(detailOf(await grpc(server.port))).toMatch(/^(protocol|reset): /);
});

test("a server that speaks HTTP/1 or nothing is down for its reason", async () => {
  await using web = await serve(answering(httpAnswer(404, "no")));
  expect(detailOf(await grpc(web.port))).toMatch(/^protocol: .*no HTTP\/2/);
  expect(detailOf(await grpc(await unusedPort()))).toMatch(/^refused: /);
  await using silent = await serve((socket) => void socket.resume());
  expect(detailOf(await grpc(silent.port, { connectTimeoutMs: 100 }))).toMatch(
    /^timeout: .*the answer to a health check did not come within 0.1 s/,
  );
});

test("a web server of HTTP/2 is none of gRPC, and an endless answer is bounded", async () => {
  const server = http2.createServer((_request, response) => {
    if (plain) response.writeHead(404).end("no such page");
    else {
      response.writeHead(200, { "content-type": "application/grpc" });
      const more = (): void => void (response.stream.destroyed || response.write(Buffer.alloc(16 * 1024), more));
      more();
    }
  });
  let plain = true;
  server.on("session", (session) => session.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  expect(detailOf(await grpc(port))).toBe(
    `protocol: 127.0.0.1:${port} does not speak gRPC: it answered with HTTP status 404`,
  );
  plain = false;
  expect(detailOf(await grpc(port))).toBe(`protocol: 127.0.0.1:${port}: the answer to a health check is too long`);
  await new Promise((resolve) => server.close(resolve));
});

test("a cancelled check ends at once and leaves no connection", async () => {
  let closed = false;
  await using server = await serve((socket) => {
    socket.resume().once("close", () => {
      closed = true;
    });
  });
  const stop = new AbortController();
  const checked = grpc(server.port, { connectTimeoutMs: 60_000 }, stop.signal);
  await expect.poll(() => server.accepted()).toBe(1);
  stop.abort();
  expect((await checked).up).toBe("unknown");
  await expect.poll(() => closed).toBe(true);
});
