import { type BlockOf, block, row } from "../config/row.ts";
import { flag, path, word } from "../config/types.ts";

const ssl = { in: "SSL", process: "checker", since: "<=1.1.0" } as const;

/** The client's side of TLS in all SSL_GET and GRPC_CHECK checks. */
export const sslBlock = block({
  name: "SSL",
  in: "root",
  repeat: "merge",
  process: "checker",
  doc: "The client's side of TLS in all SSL_GET and GRPC_CHECK checks.",
  example: "SSL {\n    ca /etc/ssl/certs/ca.pem\n}",
  since: "<=1.1.0",
  rows: [
    row({
      ...ssl,
      name: "certificate",
      type: path({ relative: true }),
      doc: "Client certificate in PEM, for servers that ask for one.",
      example: "certificate /etc/keepalived/client.pem",
    }),
    row({
      ...ssl,
      name: "key",
      type: path({ relative: true }),
      defaultText: "the file of the certificate",
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
      defaultText: "the authorities that are generally known",
      doc: "Certificates of authorities in PEM, for `verify`.",
      example: "ca /etc/ssl/certs/ca.pem",
    }),
    row({
      in: "SSL",
      process: "checker",
      name: "verify",
      type: flag(),
      default: false,
      doc: "Certificates of real servers have to be valid, of an authority that counts, and made out to the name of `enable_sni`, `sni_name` or `virtualhost` where there is one. Not known to keepalived, which verifies none.",
      example: "verify",
      since: "lvskeeper 0.1",
      rfc: "RFC 5280 §6, RFC 9525",
    }),
  ],
});

export type SslBlock = BlockOf<typeof sslBlock>;
