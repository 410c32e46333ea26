/** `node http-probe URL EVERY-MS TIMEOUT-MS`: asks for URL every EVERY-MS, each time by a new connection, and prints a
 *  ProbeLine for each answer until it is stopped. A new request does not wait for the one before. */
import http from "node:http";
import type { ProbeLine } from "./probe-result.ts";

const [url = "", everyMs = "100", timeoutMs = "1000"] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: false });

function report(ok: boolean, text: string): void {
  const line: ProbeLine = { atMs: Math.round(performance.now()), ok, text };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function ask(): void {
  const request = http.get(url, { agent, signal: AbortSignal.timeout(Number(timeoutMs)) }, (response) => {
    let body = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      body += chunk;
    });
    response.on("end", () => report(response.statusCode === 200, body.trim()));
    response.on("error", (error) => report(false, error.message));
  });
  request.on("error", (error) => report(false, error.message));
}

setInterval(ask, Number(everyMs));
