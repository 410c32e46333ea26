import { createServer } from "node:net";

// A mail server that takes everything and writes down the subjects, in the order in which they came: `node sink.js PORT`.

const port = Number(process.argv[2]);

createServer((socket) => {
  let text = "";
  let isData = false;
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.write("220 sink\r\n");
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (isData) {
        headers.push(line);
        if (line === ".") {
          isData = false;
          console.log(`subject ${subjectOf(headers.splice(0))}`);
          socket.write("250 taken\r\n");
        }
      } else if (/^DATA/i.test(line)) {
        isData = true;
        socket.write("354 go on\r\n");
      } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
      else socket.write("250 fine\r\n");
    }
  });
  const headers: string[] = [];
}).listen(port, () => console.log("listens"));

const subjectOf = (lines: readonly string[]): string =>
  /^Subject: (.*)/im.exec(lines.join("\n").replaceAll(/\n[ \t]+/g, " "))?.[1] ?? "";
