import { type BlockOf, block, row } from "../config/row.ts";
import { flag, word } from "../config/types.ts";
import { allSince, connectionRows } from "./check-options.ts";

const grpc = { in: "GRPC_CHECK", process: "checker", since: "lvskeeper 0.1" } as const;

export const grpcCheck = block({
  name: "GRPC_CHECK",
  in: "real_server",
  process: "checker",
  doc: "Up when the gRPC health service (grpc.health.v1) of a server says SERVING. Not known to keepalived.",
  example: "GRPC_CHECK {\n    service shop.Cart\n    connect_timeout 2\n}",
  since: "lvskeeper 0.1",
  rfc: "gRPC health checking protocol",
  rows: [
    ...connectionRows({ in: "GRPC_CHECK", since: allSince("lvskeeper 0.1") }).rows,
    row({
      ...grpc,
      name: "service",
      type: word("NAME", 1024),
      defaultText: "the server as a whole",
      doc: "Service whose health is asked for.",
      example: "service shop.Cart",
    }),
    row({
      ...grpc,
      name: "tls",
      type: flag(),
      default: false,
      doc: "Connect over TLS, as the `SSL` block says; the server has to agree on HTTP/2 (ALPN h2).",
      example: "tls",
      rfc: "RFC 7301",
    }),
    row({
      ...grpc,
      name: "virtualhost",
      type: word("HOST"),
      defaultText: "the real server's, then the virtual server's, then the address",
      doc: "Authority of the requests, and with `verify` in the `SSL` block the name that the certificate has to have.",
      example: "virtualhost cart.example.org",
    }),
    row({
      ...grpc,
      name: "sni_name",
      type: word("HOST"),
      defaultText: "none is sent",
      doc: "Name to send in the TLS handshake.",
      example: "sni_name cart.example.org",
      rfc: "RFC 6066 §3",
    }),
  ],
});

export type GrpcCheck = BlockOf<typeof grpcCheck>;
