import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { httpCheck } from "../../../src/checkers/http.ts";
import type { HttpProtocol, Verdict } from "../../../src/checkers/model.ts";
import { sslCheck } from "../../../src/checkers/ssl.ts";
import { selfSigned, unusedPort } from "./servers.ts";

const NGINX = "/usr/sbin/nginx";
const never = new AbortController().signal;

/** HTTP/1 and HTTP/2 on ports of their own, with TLS and without; the answer says which was spoken. */
const config = (folder: string, [plain, known, secure, old]: readonly number[]): string => `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  ssl_certificate ${folder}/cert;
  ssl_certificate_key ${folder}/key;
  default_type text/plain;
  server { listen 127.0.0.1:${plain}; location / { return 200 "$server_protocol"; } }
  server { listen 127.0.0.1:${known} http2; location / { return 200 "$server_protocol"; } location /gone { return 404; } }
  server { listen 127.0.0.1:${secure} ssl http2; location / { return 200 "$server_protocol"; } }
  server { listen 127.0.0.1:${old} ssl; location / { return 200 "$server_protocol"; } }
}
`;

describe.runIf(existsSync(NGINX))("nginx", () => {
  let folder = "";
  let nginx: ChildProcess;
  let ports: number[] = [];
  const [PLAIN, KNOWN, SECURE, OLD] = [0, 1, 2, 3];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "nginx-"));
    ports = [await unusedPort(), await unusedPort(), await unusedPort(), await unusedPort()];
    const { key, cert } = selfSigned();
    writeFileSync(path.join(folder, "key"), key);
    writeFileSync(path.join(folder, "cert"), cert);
    writeFileSync(path.join(folder, "conf"), config(folder, ports));
    nginx = spawn(NGINX, ["-e", "stderr", "-c", path.join(folder, "conf")], { stdio: "ignore" });
    const all = async (): Promise<void> => expect(await Promise.all(ports.map(listens))).not.toContain(false);
    await vi.waitFor(all, { timeout: 10_000 });
  });
  afterAll(async () => {
    nginx.kill("SIGKILL");
    if (nginx.exitCode === null) await once(nginx, "exit");
    rmSync(folder, { recursive: true });
  });

  const listens = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });

  /** Whether the server, which tells the protocol it was spoken to in, tells this one. */
  function check(port: number, kind: "HTTP_GET" | "SSL_GET", protocol: HttpProtocol, told: string, at = "/") {
    const regex = { pattern: `^${told}$`, negate: false, options: [], minOffset: 0 };
    const probe = {
      endpoint: { host: "127.0.0.1", port: ports[port] ?? 0 },
      connectTimeoutMs: 2000,
      urls: [{ path: at, statusCodes: [], regex }],
      httpProtocol: protocol,
    };
    return kind === "SSL_GET"
      ? sslCheck({ kind, ...probe }, { url: 0 }, never)
      : httpCheck({ kind, ...probe }, { url: 0 }, never);
  }

  test.for([
    ["HTTP_GET", PLAIN, "1.0", "HTTP/1.0"],
    ["HTTP_GET", PLAIN, "1.0C", "HTTP/1.0"],
    ["HTTP_GET", PLAIN, "1.1", "HTTP/1.1"],
    ["HTTP_GET", KNOWN, "2", "HTTP/2.0"],
    ["SSL_GET", OLD, "1.0", "HTTP/1.0"],
    ["SSL_GET", OLD, "1.1", "HTTP/1.1"],
    ["SSL_GET", SECURE, "1.1", "HTTP/1.1"],
    ["SSL_GET", SECURE, "2", "HTTP/2.0"],
  ] as const)("%s on port %i: http_protocol %s is %s", async ([kind, port, protocol, told]) => {
    expect(await check(port, kind, protocol, told)).toMatchObject({ up: true });
  });

  test("what does not fit is down for that reason", async () => {
    const words = (verdict: Verdict): string => (verdict.up === false ? `${verdict.reason}: ${verdict.detail}` : "up");
    expect(words(await check(KNOWN, "HTTP_GET", "2", "", "/gone"))).toContain("status: /gone answered with status 404");
    expect(words(await check(PLAIN, "HTTP_GET", "2", ""))).toMatch(/^protocol: .*no HTTP\/2/);
    expect(words(await check(OLD, "SSL_GET", "2", ""))).toMatch(/^tls: .*HTTP\/2/);
  });
});
