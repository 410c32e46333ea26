import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab, type LabProcess } from "../lib/lab.ts";

const VIP = "192.168.122.100";
const RS = "192.168.122.10";
const digest = createHash("md5").update("shop\n").digest("hex");

/** Two sites behind one address, told apart by the name in the TLS handshake, and a plain one. */
const nginx = `daemon off;
master_process off;
user root;
pid /run/tls.pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path /run/tls-body;
  proxy_temp_path /run/tls-proxy;
  fastcgi_temp_path /run/tls-fastcgi;
  uwsgi_temp_path /run/tls-uwsgi;
  scgi_temp_path /run/tls-scgi;
  ssl_certificate /run/tls.crt;
  ssl_certificate_key /run/tls.key;
  default_type text/plain;
  server { listen 443 ssl default_server; location / { return 404 "none\\n"; } }
  server { listen 443 ssl; server_name shop.example; location / { return 200 "shop\\n"; } }
  server { listen 8443; location / { return 200 "plain\\n"; } }
}
`;

const check = (port: number, lines: string): string => `
virtual_server ${VIP} ${port} {
  delay_loop 0.5
  lb_algo rr
  lb_kind NAT
  protocol TCP
  alpha
  real_server ${RS} ${port === 8443 ? 8443 : 443} {
    SSL_GET {
      warmup 0
      connect_timeout 2
      ${lines}
    }
  }
}
`;

const config = `${check(443, `enable_sni\n url {\n path /\n status_code 200\n digest ${digest}\n virtualhost shop.example\n }`)}
${check(1443, "url {\n path /\n status_code 200\n }")}
${check(8443, "url {\n path /\n status_code 200\n }")}`;

describe("SSL_GET against nginx with a certificate of its own making", () => {
  let lab: Lab;
  let director: LabProcess;
  beforeAll(async () => {
    lab = await Lab.start();
    await lab.writeFile("/run/tls.conf", nginx, { at: "rs1" });
    const subject = ["-subj", "/CN=shop.example", "-keyout", "/run/tls.key", "-out", "/run/tls.crt"];
    await lab.run("rs1", ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject]);
    await lab.spawn("rs1", ["nginx", "-e", "stderr", "-c", "/run/tls.conf"], { name: "rs1-nginx" });
    await lab.eventually("nginx answers over TLS", 20_000, async () => {
      return (await lab.exec("rs1", ["curl", "-sk", "-m", "2", "https://127.0.0.1/"])).status === 0;
    });
    director = await lab.director("d1", config, ["-C"]);
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const saved = (): Promise<string> => lab.run("d1", ["ipvsadm", "-Sn"]);

  test("status, digest and the name in the handshake count; the certificate does not", async () => {
    await lab.eventually("the shop is in the table", 20_000, async () =>
      (await saved()).includes(`-a -t ${VIP}:443 -r ${RS}:443`),
    );
  });

  test("without enable_sni the default site answers, and its status is the reason", async () => {
    await lab.eventually("the reason in the log", 20_000, async () => (await director.log()).includes("status 404"));
    expect(await saved()).not.toContain(`-a -t ${VIP}:1443`);
  });

  test("a port that speaks no TLS is out for that reason", async () => {
    await lab.eventually("the reason in status", 20_000, async () => {
      const { stdout } = await lab.lvskeeper("d1", ["status"]);
      return /TLS/i.test(stdout.split("\n").find((line) => line.includes(`[${RS}]:tcp:8443`)) ?? "");
    });
    expect(await saved()).not.toContain(`-a -t ${VIP}:8443`);
  });
});
