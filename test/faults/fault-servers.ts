// Servers that fail as they are told. On loopback they run in the test; in a guest:
// node fault-servers.mjs HOST[,HOST...] '{"3000":{"over":"tcp","how":"reset"}}' [FILE]: the authority of its certificates goes into FILE
import dgram from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import { type Certificates, makeCertificates } from "./certificates.ts";

/** How a server talks, by what it talks over. Names of `texts` are sent in answer to the first bytes of a client. */
export type Fault =
  | { readonly over: "tcp" | "udp" | "h2"; readonly how: string }
  | {
      readonly over: "tls" | "h2s";
      readonly how: string;
      readonly certificate?: "expired" | "stranger";
      readonly old?: true;
    };

const page = "status: fine\n";
const head = (status: number, more = ""): string => `HTTP/1.1 ${status} Answer\r\n${more}`;
const sized = (status: number, body = page): string =>
  `${head(status, `Content-Length: ${body.length}\r\n`)}\r\n${body}`;

/** What is sent in answer to the first bytes of a client, before the connection is closed. */
const texts: Readonly<Record<string, string>> = {
  fine: sized(200),
  "status 503": sized(503),
  "status 302": head(302, "Location: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
  "another page": sized(200, "an error page that says 200\n"),
  "cut in the body": `${head(200, "Content-Length: 1000\r\n")}\r\n${page}`,
  "cut in the head": head(200, "Content-Le"),
  "no HTTP": "SSH-2.0-OpenSSH_9.2\r\n",
  nothing: "",
};

/** What mail servers say, one entry for each time it is their turn; after the last they are silent. */
const mailTalks: Readonly<Record<string, readonly string[]>> = {
  "mail: greets only": ["220 mail.example\r\n"],
  "mail: 421": ["421 too busy\r\n"],
  "mail: 450 to HELO": ["220 mail.example\r\n", "450 come later\r\n"],
  "mail: 550 to HELO": ["220 mail.example\r\n", "550 not you\r\n"],
  "mail: silent at QUIT": ["220 mail.example\r\n", "250 mail.example\r\n"],
  "mail: fine": ["220 mail.example\r\n", "250 mail.example\r\n", "221 bye\r\n"],
};

const dripMs = 100;

/** Sends a character now and then, for as long as somebody listens. */
function drip(socket: net.Socket, text = "x"): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), dripMs);
  socket.once("close", () => clearInterval(timer));
}

/** `raw` is the connection below TLS. */
function talk(socket: net.Socket, how: string, raw = socket): void {
  const mail = mailTalks[how];
  if (mail) {
    const left = [...mail];
    socket.write(left.shift() ?? "");
    socket.on("data", () => socket.write(left.shift() ?? ""));
    return;
  }
  switch (how) {
    case "hangs":
      return void socket.resume();
    case "resets":
      return void socket.resetAndDestroy();
    case "resets at the request":
      return void socket.once("data", () => raw.resetAndDestroy());
    case "ends":
      socket.resume().end();
      return;
    case "half-open": // its side has ended, and ours is taken as before
      socket.resume().end();
      return;
    case "drips":
      socket.resume();
      drip(socket, "2");
      return;
    case "begins a head":
      socket.once("data", () => socket.write(`${head(200)}X-Begun: `));
      return;
    case "begins a body":
      socket.once("data", () => socket.write(`${head(200, "Content-Length: 1000\r\n")}\r\n${page}`));
      return;
    case "mail: cut in its greeting":
      socket.resume().end("220 mail.exam");
      return;
    case "drips a body":
      socket.once("data", () => {
        socket.write(`${head(200, "Content-Length: 100000\r\n")}\r\n`);
        drip(socket);
      });
      return;
    case "drips a head":
      socket.once("data", () => {
        socket.write(`${head(200)}X-Drip: `);
        drip(socket);
      });
      return;
    case "no HTTP at once":
      socket.resume().write(texts["no HTTP"] ?? "");
      return;
    default:
      socket.once("data", () => socket.end(texts[how] ?? ""));
  }
}

/** One message of gRPC: a HealthCheckResponse of that status. */
const healthMessage = (status: number): Buffer => Buffer.from([0, 0, 0, 0, 2, 0x08, status]);

function talkHttp2(stream: http2.ServerHttp2Stream, how: string): void {
  stream.on("error", () => {});
  const grpc = { ":status": 200, "content-type": "application/grpc" };
  const answer = (body: Buffer, status = "0"): void => {
    stream.respond(grpc, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
    stream.end(body);
  };
  switch (how) {
    case "serving":
      answer(healthMessage(1));
      return;
    case "not serving":
      answer(healthMessage(2));
      return;
    case "unimplemented":
      stream.respond({ ...grpc, "grpc-status": "12" }, { endStream: true });
      return;
    case "unavailable":
      stream.respond({ ...grpc, "grpc-status": "14", "grpc-message": "going%20down" }, { endStream: true });
      return;
    case "no status":
      stream.respond(grpc);
      return void stream.end(healthMessage(1));
    case "cut message":
      answer(healthMessage(1).subarray(0, 4));
      return;
    case "page":
      stream.respond({ ":status": 200, "content-type": "text/plain" });
      return void stream.end(page);
    case "begins a body":
      stream.respond({ ":status": 200, "content-length": "1000" });
      stream.write(page);
      return;
    case "drips a body":
      stream.respond({ ":status": 200, "content-length": "100000" });
      drip(stream as unknown as net.Socket);
      return;
    case "cut in the body":
      stream.respond({ ":status": 200, "content-length": "1000" });
      stream.write(page, () => stream.session?.destroy());
      return;
    case "another page":
      stream.respond({ ":status": 200 });
      return void stream.end("an error page that says 200\n");
    case "page 503":
      stream.respond({ ":status": 503 });
      return void stream.end(page);
    case "resets the stream":
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      return;
    case "goes away":
      stream.session?.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return;
    case "drips":
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      drip(stream as unknown as net.Socket);
      return;
    default: // hangs
  }
}

/** What goes back for a datagram; nothing: silence. */
function datagramsFor(request: Buffer, how: string): readonly Buffer[] {
  if (how.startsWith("hex ")) return [Buffer.from(how.slice(4), "hex")];
  const answer = Buffer.from(request);
  const flags: Readonly<Record<string, number>> = {
    "dns: fine": 0x8180,
    "dns: TC": 0x8380,
    "dns: NXDOMAIN": 0x8183,
    "dns: SERVFAIL": 0x8182,
    "dns: REFUSED": 0x8185,
    "dns: other id": 0x8180,
    "dns: other ids": 0x8180,
    "dns: cut": 0x8180,
  };
  const flag = flags[how];
  if (how === "dns: the query") return [request];
  if (flag === undefined) return [];
  answer.writeUInt16BE(flag, 2);
  if (how.startsWith("dns: other id")) answer.writeUInt16BE(answer.readUInt16BE(0) ^ 0xffff, 0);
  return [how === "dns: cut" ? answer.subarray(0, 5) : answer];
}

/** A server at a port (0: any), until it is closed. */
export type FaultServer = { readonly port: number; close(): void };

export async function startFault(
  fault: Fault,
  certificates: () => Certificates,
  { host = "127.0.0.1", port = 0 } = {},
): Promise<FaultServer> {
  if (fault.over === "udp") {
    const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
    const drips = new Set<NodeJS.Timeout>();
    socket.on("message", (request, from) => {
      const answer = (): void => {
        for (const one of datagramsFor(request, fault.how)) socket.send(one, from.port, from.address);
      };
      answer();
      if (fault.how === "dns: other ids") drips.add(setInterval(answer, dripMs));
    });
    socket.bind(port, host);
    await once(socket, "listening");
    const close = (): void => {
      for (const drip of drips) clearInterval(drip);
      socket.close();
    };
    return { port: socket.address().port, close };
  }
  const server = serverOf(fault, certificates);
  const open = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.on("error", () => {}).once("close", () => open.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function serverOf(fault: Fault, certificates: () => Certificates): net.Server {
  const { how } = fault;
  const allowHalfOpen = how === "half-open";
  if (fault.over === "h2") {
    const server = http2.createServer();
    server.on("session", (session) => session.on("error", () => {}));
    return server.on("stream", (stream) => talkHttp2(stream, how)) as unknown as net.Server;
  }
  if (fault.over !== "tls" && fault.over !== "h2s")
    return net.createServer({ allowHalfOpen }, (socket) => talk(socket, how));
  const { certificate = "fine", old } = fault;
  const own = certificates()[certificate];
  const versions = old && ({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const);
  if (fault.over === "h2s") {
    const server = http2.createSecureServer({ ...own, ...versions });
    server.on("session", (session) => session.on("error", () => {})).on("tlsClientError", () => {});
    return server.on("stream", (stream) => talkHttp2(stream, how)) as unknown as net.Server;
  }
  const secureContext = tls.createSecureContext({ ...own, ...versions });
  return net.createServer({ allowHalfOpen }, (raw) => {
    const socket = new tls.TLSSocket(raw, { isServer: true, secureContext });
    socket.on("error", () => raw.destroy());
    talk(socket, how, raw);
  });
}

const [hosts, asked, authorityFile] = process.argv.slice(2);
if (hosts !== undefined && asked?.startsWith("{")) {
  const made = makeCertificates();
  const wanted = Object.entries(JSON.parse(asked) as Readonly<Record<string, Fault>>);
  const all = hosts.split(",").flatMap((host) => wanted.map(([port, fault]) => ({ host, port: Number(port), fault })));
  await Promise.all(all.map(({ fault, ...at }) => startFault(fault, () => made, at)));
  if (authorityFile !== undefined) writeFileSync(authorityFile, made.authority);
  process.stdout.write("listening\n");
}
