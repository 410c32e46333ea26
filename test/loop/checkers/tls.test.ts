import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProbeOf } from "../../../src/checkers/checker.ts";
import type { TlsPlan, Verdict } from "../../../src/checkers/model.ts";
import { sslCheck } from "../../../src/checkers/ssl.ts";
import { answering, httpAnswer, serve } from "./servers.ts";

let folder = "";
const file = (name: string): string => path.join(folder, name);
const openssl = (...words: string[]): void => {
  execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
};

/** A certificate of the authority for a name. */
function issue(name: string, subject: string, ...more: string[]): void {
  openssl(
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.csr`,
    "-subj",
    `/CN=${subject}`,
  );
  writeFileSync(file(`${name}.ext`), `subjectAltName=DNS:${subject}\n`);
  const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...authority,
    "-extfile",
    `${name}.ext`,
    "-out",
    `${name}.pem`,
    ...more,
  );
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tls-checks-"));
  const ca = ["-subj", "/CN=test authority", "-days", "365", "-nodes", "-keyout", "ca.key", "-out", "ca.pem"];
  openssl("req", "-x509", "-newkey", "rsa:2048", ...ca);
  issue("server", "shop.example", "-days", "365");
  issue("client", "director", "-days", "365");
  issue("expired", "shop.example", "-days", "-1");
  openssl("rsa", "-in", "client.key", "-aes128", "-passout", "pass:secret", "-out", "locked.key");
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string): Buffer => readFileSync(file(name));
type More = Partial<Omit<ProbeOf<"SSL_GET">, "kind" | "endpoint">>;

const ssl = (port: number, plan?: TlsPlan, more: More = {}): Promise<Verdict> =>
  sslCheck(
    {
      kind: "SSL_GET",
      endpoint: { host: "127.0.0.1", port },
      connectTimeoutMs: 1000,
      urls: [{ path: "/", statusCodes: [] }],
      httpProtocol: "1.0",
      ...(plan && { tls: plan }),
      ...more,
    },
    { url: 0 },
    new AbortController().signal,
  );

const secureServer = (options: tls.TlsOptions, talk: (socket: net.Socket) => void = answering(httpAnswer(200, "x"))) =>
  serve(talk, (onConnection) =>
    tls.createServer({ key: read("server.key"), cert: read("server.pem"), ...options }, onConnection),
  );

describe("verify", () => {
  test("a certificate of the authority is trusted, with the name where one is asked for", async () => {
    await using server = await secureServer({});
    const plan = { verify: true, ca: file("ca.pem") } as const;
    expect(await ssl(server.port, plan)).toMatchObject({ up: true });
    expect(await ssl(server.port, plan, { virtualhost: "shop.example" })).toMatchObject({ up: true });
    expect(await ssl(server.port, plan, { sniName: "shop.example", virtualhost: "other" })).toMatchObject({ up: true });
    const other = await ssl(server.port, plan, { virtualhost: "bank.example" });
    expect(other).toMatchObject({ up: false, reason: "tls" });
    expect(other.up === false && other.detail).toMatch(/not trusted: Hostname.*bank\.example/);
  });

  test("a certificate of an authority nobody knows is not", async () => {
    await using server = await secureServer({});
    expect(await ssl(server.port, { ca: file("ca.pem") })).toMatchObject({ up: true });
    const verdict = await ssl(server.port, { verify: true });
    expect(verdict).toMatchObject({ up: false, reason: "tls" });
    expect(verdict.up === false && verdict.detail).toContain("not trusted");
  });

  test("one that has expired is not, and is said to have", async () => {
    await using server = await secureServer({ key: read("expired.key"), cert: read("expired.pem") });
    expect(await ssl(server.port)).toMatchObject({
      up: true,
      detail: expect.stringContaining("up; the certificate has expired on"),
      warning: expect.stringContaining("the certificate has expired on"),
    });
    const verdict = await ssl(server.port, { verify: true, ca: file("ca.pem") });
    expect(verdict.up === false && verdict.detail).toMatch(/not trusted: .*expired/i);
  });

  test("authorities that cannot be read say nothing about the server; when they can, they count", async () => {
    await using server = await secureServer({});
    const plan = { verify: true, ca: file("later.pem") } as const;
    const verdict = await ssl(server.port, plan);
    expect(verdict).toMatchObject({ up: "unknown" });
    expect(verdict.up === "unknown" && verdict.detail).toContain("later.pem");
    writeFileSync(file("later.pem"), "nonsense");
    expect((await ssl(server.port, plan)).up).toBe("unknown");
    writeFileSync(file("later.pem"), read("ca.pem"));
    expect(await ssl(server.port, plan)).toMatchObject({ up: true });
  });
});

describe("a server that asks for a certificate", () => {
  const asking = { requestCert: true, rejectUnauthorized: true };
  const both = (): TlsPlan => ({ certificate: file("client.pem"), key: file("client.key") });

  test.for(["TLSv1.2", "TLSv1.3"] as const)("gets the one of the SSL block over %s", async (maxVersion) => {
    await using server = await secureServer({ ...asking, ca: read("ca.pem"), maxVersion });
    expect(await ssl(server.port, both())).toMatchObject({ up: true });
    expect((await ssl(server.port)).up).toBe(false);
  });

  test("the key may be locked, or stand in the file of the certificate", async () => {
    await using server = await secureServer({ ...asking, ca: read("ca.pem") });
    const certificate = file("client.pem");
    expect(await ssl(server.port, { certificate, key: file("locked.key"), password: "secret" })).toMatchObject({
      up: true,
    });
    expect(await ssl(server.port, { certificate, key: file("locked.key"), password: "wrong" })).toMatchObject({
      up: "unknown",
    });
    writeFileSync(file("both.pem"), Buffer.concat([read("client.pem"), read("client.key")]));
    expect(await ssl(server.port, { certificate: file("both.pem") })).toMatchObject({ up: true });
  });
});

test("a server that speaks an old version only is a failure of TLS", async () => {
  await using server = await secureServer({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" });
  expect(await ssl(server.port)).toMatchObject({ up: false, reason: "tls" });
});

describe("tls_compliant", () => {
  /** A TLS server whose network side can be ended on its own. */
  const cutServer = (answer: string) =>
    serve(
      () => {},
      (onConnection) =>
        net.createServer((raw) => {
          onConnection(raw);
          const secure = new tls.TLSSocket(raw, {
            isServer: true,
            secureContext: tls.createSecureContext({ key: read("server.key"), cert: read("server.pem") }),
          });
          secure.on("error", () => {});
          secure.once("data", () => secure.write(answer, () => raw.destroySoon()));
        }),
    );
  const compliant = { tlsCompliant: true };
  const answers = [httpAnswer(200, "hello"), "HTTP/1.0 200 OK\r\n\r\nhello"];

  test.for(answers)("an orderly end after %j is a success", async (answer) => {
    await using server = await secureServer({}, answering(answer));
    expect(await ssl(server.port, undefined, compliant)).toMatchObject({ up: true });
    expect(await ssl(server.port, undefined, { ...compliant, httpProtocol: "1.1" })).toMatchObject({ up: true });
  });

  test.for(answers)("a connection that just ends after %j is a failure where it is asked for", async (answer) => {
    await using server = await cutServer(answer);
    expect(await ssl(server.port)).toMatchObject({ up: true });
    const verdict = await ssl(server.port, undefined, compliant);
    expect(verdict).toMatchObject({ up: false, reason: "tls" });
    expect(verdict.up === false && verdict.detail).toContain("without an end of TLS");
  });

  test("that of the url counts before that of the check", async () => {
    await using server = await cutServer(httpAnswer(200, "hello"));
    const urls = [{ path: "/", statusCodes: [], tlsCompliant: false }];
    expect(await ssl(server.port, undefined, { ...compliant, urls })).toMatchObject({ up: true });
    const strict = [{ path: "/", statusCodes: [], tlsCompliant: true }];
    expect(await ssl(server.port, undefined, { urls: strict })).toMatchObject({ up: false, reason: "tls" });
  });

  test("an end that does not come is late", async () => {
    await using server = await secureServer({}, (socket) => socket.write(httpAnswer(200, "hello")));
    const verdict = await ssl(server.port, undefined, { ...compliant, connectTimeoutMs: 300 });
    expect(verdict).toMatchObject({
      up: false,
      reason: "timeout",
      detail: "/: the end of TLS did not come within 0.3 s",
    });
  });
});
