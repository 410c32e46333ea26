// A web server that fails as it is told: `node faulty-web.mjs PORT MODE_FILE`. The first word of MODE_FILE says how, at each
// connection anew. Each request is a line of output: its time in ms and its path.
import { readFileSync } from "node:fs";
import net from "node:net";

const [port = "80", modeFile = ""] = process.argv.slice(2);
const body = "all is well\n";

const answer = (status: number, text: string): string =>
  `HTTP/1.1 ${status} Answer\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`;

net
  .createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      process.stdout.write(`${Date.now()} ${request.toString("latin1").split(" ")[1]}\n`);
      switch (readFileSync(modeFile, "utf8").trim()) {
        case "hang":
          return;
        case "status":
          socket.end(answer(503, body));
          return;
        case "digest":
          socket.end(answer(200, "an error page that says 200\n"));
          return;
        case "reset":
          socket.resetAndDestroy();
          return;
        case "drip":
          socket.write(`HTTP/1.1 200 Answer\r\nContent-Length: ${body.length}\r\n\r\n`);
          setInterval(() => socket.write("x"), 300).unref();
          return;
        default:
          socket.end(answer(200, body));
      }
    });
  })
  .listen(Number(port), () => process.stdout.write("listening\n"));
