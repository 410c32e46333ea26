/** Ports of a real server that open and close on demand: `GET /?open=7001,7003` on port 7000 leaves exactly these open, for
 *  IPv4 and IPv6, and is answered once that is so. What connects is let in and sent off. */
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";

const open = new Map<number, Server>();

async function set(ports: readonly number[]): Promise<void> {
  const closed = [...open].filter(([port]) => !ports.includes(port));
  await Promise.all(closed.map(([port, server]) => new Promise((done) => server.close(done) && open.delete(port))));
  for (const port of ports) {
    if (open.has(port)) continue;
    const server = createServer((socket) => socket.on("error", () => undefined).destroy());
    await new Promise<void>((done, fail) => server.once("error", fail).listen({ port, host: "::" }, done));
    open.set(port, server);
  }
}

createHttpServer((request, response) => {
  const wanted = new URL(request.url ?? "/", "http://switches").searchParams.get("open") ?? "";
  set(wanted.split(",").filter(Boolean).map(Number)).then(
    () => response.end("done\n"),
    (error: Error) => response.writeHead(500).end(error.message),
  );
}).listen(7000, "127.0.0.1");
