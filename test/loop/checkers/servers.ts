import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";

/** A server on loopback for one test; gone at the end of the block. */
export type TestServer = AsyncDisposable & {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** What clients sent, one string a connection. */
  readonly received: readonly string[];
};

/** Listens on loopback and lets `talk` do with each connection what it wants. */
export async function serve(
  talk: (socket: net.Socket) => void,
  make: (onConnection: (socket: net.Socket) => void) => net.Server = net.createServer,
  port = 0,
  host = "127.0.0.1",
): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  const received: string[] = [];
  let accepted = 0;
  const server = make((socket: net.Socket) => {
    const at = accepted++;
    received[at] = "";
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (data) => {
      received[at] += data.toString("latin1");
    });
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    accepted: () => accepted,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each request, once it has come whole, with these bytes, and closes. */
export const answering =
  (...parts: readonly string[]) =>
  (socket: net.Socket): void => {
    socket.once("data", () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };

export const httpAnswer = (status: number, body: string, headers = ""): string =>
  `HTTP/1.1 ${status} Whatever\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

/** A self-signed certificate, made by openssl as an administrator would. */
export function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), "tls-"));
  try {
    const [key, cert] = [path.join(folder, "key"), path.join(folder, "cert")];
    const subject = ["-subj", "/CN=real.example", "-days", "365", "-nodes"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", cert, ...subject], {
      stdio: "ignore",
    });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As `serve`, behind TLS. `names` gathers the server names that clients asked for. */
export const serveTls = (
  certificate: { key: Buffer; cert: Buffer },
  names: (string | false)[],
  talk: (socket: net.Socket) => void,
): Promise<TestServer> =>
  serve(talk, (onConnection) =>
    tls.createServer(certificate, (socket) => {
      names.push(socket.servername ?? false);
      onConnection(socket);
    }),
  );

/** A port whose owner is stopped and whose queue is full, so that the kernel answers no further connection attempt. */
export async function deafServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const script = `const s = require("net").createServer();
    s.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  child.kill("SIGSTOP");
  const fillers = Array.from({ length: 4 }, () => net.connect(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(fillers.slice(0, 2).map((socket) => once(socket, "connect")));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** A port on which nobody listens. */
export async function unusedPort(): Promise<number> {
  await using server = await serve(() => {});
  return server.port;
}
