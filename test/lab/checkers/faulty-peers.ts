// Servers that answer as their port says, or fail so: node faulty-peers.mjs '[{"port":3000,"over":"smtp","how":"ok"},...]'
import dgram from "node:dgram";
import net from "node:net";

export type Peer = { readonly port: number; readonly over: "smtp" | "http" | "dns" | "udp"; readonly how: string };

const smtpLines: Readonly<Record<string, readonly string[]>> = {
  ok: ["220 mail.example\r\n", "250 mail.example\r\n", "221 bye\r\n"],
  multiline: ["220-mail\r\n220 example\r\n", "250-mail\r\n250 example\r\n", "221 bye\r\n"],
  busy: ["421 too busy\r\n"],
  "helo refused": ["220 mail.example\r\n", "550 not you\r\n", "221 bye\r\n"],
  "odd farewell": ["220 mail.example\r\n", "250 mail.example\r\n", "502 what\r\n"],
  "no farewell": ["220 mail.example\r\n", "250 mail.example\r\n"],
  silent: [],
  garbage: ["\x07\x1b[2J not a mail server\r\n"],
};

const page = "status: fine\nsecond line\n";
const pages: Readonly<Record<string, string>> = {
  page: `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
  "cut short": `HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n${page}`,
};

function smtp(socket: net.Socket, how: string): void {
  if (how === "reset") return void socket.resetAndDestroy();
  if (how === "closes") return void socket.end("220 mail.example\r\n");
  if (how === "closes at quit") {
    socket.write("220 mail.example\r\n");
    socket.on("data", (bytes) => (bytes.includes("QUIT") ? socket.end() : socket.write("250 mail.example\r\n")));
    return;
  }
  const left = [...(smtpLines[how] ?? [])];
  socket.write(left.shift() ?? "");
  socket.on("data", () => socket.write(left.shift() ?? ""));
}

function http(socket: net.Socket, how: string): void {
  socket.once("data", () => socket.end(pages[how] ?? ""));
}

/** What goes back for a datagram; nothing: silence. */
function answersOf({ over, how }: Peer, request: Buffer): readonly Buffer[] {
  if (over === "udp") return how === "silent" ? [] : [Buffer.from(how, "hex")];
  const answer = Buffer.from(request);
  answer.writeUInt16BE(0x8180, 2);
  switch (how) {
    case "ok":
      break;
    case "cut":
      answer.writeUInt16BE(0x8380, 2);
      break;
    case "nxdomain":
      answer.writeUInt16BE(0x8183, 2);
      break;
    case "servfail":
      answer.writeUInt16BE(0x8182, 2);
      break;
    case "other id":
      answer.writeUInt16BE(answer.readUInt16BE(0) ^ 0xffff, 0);
      break;
    case "query":
      return [request];
    case "short":
      return [answer.subarray(0, 5)];
    default:
      return [];
  }
  return [answer];
}

const peers = JSON.parse(process.argv[2] ?? "[]") as readonly Peer[];
for (const peer of peers) {
  if (peer.over === "dns" || peer.over === "udp") {
    const socket = dgram.createSocket("udp4");
    socket.on("message", (request, { address, port }) => {
      for (const answer of answersOf(peer, request)) socket.send(answer, port, address);
    });
    socket.bind(peer.port);
  } else {
    const talk = peer.over === "smtp" ? smtp : http;
    net
      .createServer((socket) => {
        socket.on("error", () => {});
        talk(socket, peer.how);
      })
      .listen(peer.port);
  }
}
setTimeout(() => process.stdout.write("listening\n"), 200);
