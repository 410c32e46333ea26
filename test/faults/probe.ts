import { createHash } from "node:crypto";
import type { Endpoint, Probe } from "../../src/checkers/model.ts";
import type { FaultRow } from "./row.ts";

const md5 = createHash("md5").update("status: fine\n").digest("hex");

export type ProbeSetting = { readonly limitMs: number; readonly caFile: string };

/** The check of a row, at a server that has its fault. */
export function probeOf({ kind, ask = {} }: FaultRow, endpoint: Endpoint, { limitMs, caFile }: ProbeSetting): Probe {
  const common = { endpoint, connectTimeoutMs: limitMs };
  const tls = { ...(ask.verify && { verify: true as const, ca: caFile }) };
  switch (kind) {
    case "HTTP_GET":
    case "SSL_GET": {
      const regex =
        ask.regex === undefined ? {} : { regex: { pattern: ask.regex, negate: false, options: [], minOffset: 0 } };
      const urls = [{ path: "/", statusCodes: [], ...(ask.digest && { digest: md5 }), ...regex }];
      const name = ask.name === undefined ? {} : { sniName: ask.name };
      return { kind, ...common, urls, httpProtocol: ask.http2 ? "2" : "1.0", ...name, ...(ask.verify && { tls }) };
    }
    case "MISC_CHECK":
      return { kind, script: { argv: ["/bin/sh", "-c", ask.script ?? ""] }, timeoutMs: limitMs, dynamic: false };
    case "SMTP_CHECK":
      return { kind, ...common, heloName: "director.example" };
    case "DNS_CHECK":
      return { kind, ...common, queryType: "A", queryName: "www.example.org" };
    case "UDP_CHECK":
      return {
        kind,
        ...common,
        ...(ask.reply !== undefined && {
          reply: { pattern: ask.reply, minLength: ask.minLength ?? 0, maxLength: 255 },
        }),
      };
    case "GRPC_CHECK":
      return {
        ...{ kind, ...common, service: "" },
        ...(ask.tls && { tls }),
        ...(ask.name !== undefined && { sniName: ask.name }),
      };
    default:
      return { kind, ...common };
  }
}
