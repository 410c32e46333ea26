import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { messageOf } from "../core/errors.ts";

type Given = {
  readonly useSsl?: true;
  readonly useSni?: true;
  readonly server: string;
  readonly port: number;
  readonly url: string;
  readonly useVirtualhost?: string;
  readonly verbose?: true;
  readonly timeout: number;
};

const DEFAULT_TIMEOUT_S = 5;

const number =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > most) throw new InvalidArgumentError(`1 to ${most}`);
    return value;
  };

/** `genhash`, also `keepalived -T`: the MD5 digest of a page, as `digest` of a HTTP_GET check wants it, on stdout. Resolves
 *  with 0, or 1 for wrong use; as with keepalived's, a page that cannot be had is told, and gives 0. */
export async function genhashCommand(args: readonly string[]): Promise<number> {
  const program = new Command("genhash")
    .description("The MD5 digest of a page, for `digest` in HTTP_GET and SSL_GET")
    .option("-S, --use-ssl", "speak TLS")
    .option("-I, --use-sni", "name the virtual host to TLS")
    .requiredOption("-s, --server <address>", "address or name of the server")
    .requiredOption("-p, --port <port>", "its port", number(65_535))
    .requiredOption("-u, --url <path>", "the page")
    .option("-V, --use-virtualhost <name>", "the virtual host")
    .option("-P, --protocol <version>", "accepted: HTTP/1.1 with `Connection: close` is spoken")
    .option("-v, --verbose", "tell status and headers too")
    .option("-t, --timeout <seconds>", "wait so long at most", number(3600), DEFAULT_TIMEOUT_S)
    .allowExcessArguments(false)
    .exitOverride();
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return 1;
    throw error;
  }
  const given = program.opts<Given>();
  try {
    const { head, body } = await fetchPage(given);
    if (given.verbose) process.stdout.write(`${head}\n\n`);
    process.stdout.write(`${createHash("md5").update(body).digest("hex")}\n`);
  } catch (error) {
    process.stderr.write(`Connection failed: ${messageOf(error)}\n`);
  }
  return 0;
}

async function fetchPage(given: Given): Promise<{ readonly head: string; readonly body: Buffer }> {
  const { address } = await lookup(given.server);
  const name =
    given.useVirtualhost ?? `${given.server.includes(":") ? `[${given.server}]` : given.server}:${given.port}`;
  const options: https.RequestOptions = {
    host: address,
    port: given.port,
    path: given.url,
    method: "GET",
    agent: false,
    headers: { "User-Agent": "KeepAliveClient", Host: name, Connection: "close" },
    signal: AbortSignal.timeout(given.timeout * 1000),
    // As the check: what is asked for is the page, not who shows it.
    rejectUnauthorized: false,
    ...(given.useSni && given.useVirtualhost !== undefined && { servername: given.useVirtualhost }),
  };
  return new Promise((resolve, reject) => {
    const request = (given.useSsl ? https : http).request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const fields = response.rawHeaders.flatMap((word, i, all) => (i % 2 === 0 ? [`${word}: ${all[i + 1]}`] : []));
        const status = `HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`;
        resolve({ head: [status, ...fields].join("\n"), body: Buffer.concat(chunks) });
      });
    });
    request.on("error", reject);
    request.end();
  });
}
