import { type BlockOf, block, row } from "../config/row.ts";
import { path, word } from "../config/types.ts";

const ssl = { in: "SSL", process: "checker", since: "<=1.1.0" } as const;

/** The client's side of TLS in all SSL_GET checks. */
export const sslBlock = block({
  name: "SSL",
  in: "root",
  repeat: "merge",
  process: "checker",
  doc: "The client's side of TLS in all SSL_GET checks.",
  example: "SSL {\n    ca /etc/ssl/certs/ca.pem\n}",
  since: "<=1.1.0",
  rows: [
    row({
      ...ssl,
      name: "certificate",
      type: path({ relative: true }),
      doc: "Client certificate in PEM.",
      example: "certificate /etc/keepalived/client.pem",
      notSupported: "SSL_GET presents no client certificate: remove it, or use MISC_CHECK with curl --cert",
    }),
    row({
      ...ssl,
      name: "key",
      type: path({ relative: true }),
      doc: "Private key of the client certificate, in PEM.",
      example: "key /etc/keepalived/client.key",
    }),
    row({
      ...ssl,
      name: "password",
      type: word("PASSPHRASE"),
      doc: "Passphrase of the private key.",
      example: "password secret",
    }),
    row({
      ...ssl,
      name: "ca",
      type: path({ relative: true }),
      doc: "Certificates of authorities.",
      example: "ca /etc/ssl/certs/ca.pem",
      noEffect: "certificates of real servers are not verified, nor are they in keepalived",
    }),
  ],
});

export type SslBlock = BlockOf<typeof sslBlock>;
