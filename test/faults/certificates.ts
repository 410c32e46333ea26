import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Certificates of one test, made by openssl: of an authority, for shop.example. */
export type Certificates = Readonly<
  Record<"fine" | "expired" | "stranger", { readonly key: Buffer; readonly cert: Buffer }>
> & {
  readonly authority: Buffer;
};

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), "faults-"));
  const openssl = (...words: string[]): void => void execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const read = (name: string): Buffer => readFileSync(path.join(folder, name));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    writeFileSync(path.join(folder, "names"), "subjectAltName=DNS:shop.example\n");
    openssl(
      "req",
      "-x509",
      ...key,
      "-subj",
      "/CN=test authority",
      "-days",
      "30",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    );
    openssl(
      "req",
      "-x509",
      ...key,
      "-subj",
      "/CN=shop.example",
      "-days",
      "365",
      "-keyout",
      "own.key",
      "-out",
      "own.pem",
    );
    openssl("req", ...key, "-subj", "/CN=shop.example", "-keyout", "shop.key", "-out", "shop.csr");
    for (const [name, days] of [
      ["shop", "365"],
      ["expired", "-1"],
    ] as const) {
      const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
      openssl("x509", "-req", "-in", "shop.csr", ...authority, "-days", days, "-out", `${name}.pem`);
    }
    return {
      authority: read("ca.pem"),
      fine: { key: read("shop.key"), cert: read("shop.pem") },
      expired: { key: read("shop.key"), cert: read("expired.pem") },
      stranger: { key: read("own.key"), cert: read("own.pem") },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
