import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { PORTS } from "./kinds.ts";

// Servers that every check finds well, until they are killed: `node peers.js KEY CERTIFICATE`.

const [key, cert] = process.argv.slice(2).map((file) => readFileSync(file)) as [Buffer, Buffer];
const fine: http.RequestListener = (_request, response) => void response.end("fine\n");
const quiet = (socket: net.Socket): unknown => socket.on("error", () => socket.destroy());

net.createServer((socket) => void quiet(socket)).listen(PORTS.TCP_CHECK);
http.createServer(fine).listen(PORTS.HTTP_GET);
https.createServer({ key, cert, minVersion: "TLSv1" }, fine).listen(PORTS.SSL_GET);
net
  .createServer((socket) => {
    quiet(socket);
    socket.write("220 fine\r\n");
    socket.on("data", (line) => {
      if (/^QUIT/i.test(String(line))) socket.end("221 bye\r\n");
      else socket.write("250 fine\r\n");
    });
  })
  .listen(PORTS.SMTP_CHECK);
const dns = createSocket("udp4", (query, from) => {
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8180, 2); // an answer, without an error (RFC 1035 §4.1.1)
  dns.send(answer, from.port, from.address);
});
dns.bind(PORTS.DNS_CHECK);
const echo = createSocket("udp4", (packet, from) => echo.send(packet, from.port, from.address));
echo.bind(PORTS.UDP_CHECK, () => console.log("they listen"));
