import type { CodeEntry } from "./codes.ts";

/** Checks that keepalived does not know. */
export const checkCodes: readonly CodeEntry[] = [
  {
    code: "check/http2-end",
    means: "`tls_compliant` beside `http_protocol 2`.",
    why: "A connection of HTTP/2 stays open behind an answer: its end says nothing of the server.",
    remedy: "Remove it, or use `http_protocol 1.1`.",
  },
  {
    code: "check/via-vip",
    means: "`via_vip` where a check cannot be made as a client's.",
    why: "It is made of single packets, to real servers that get packets with the virtual address in them, and shows only in an answer that has to come.",
    remedy: "Use it in a check of a real server behind DR or a tunnel, and do what the hint says.",
  },
  {
    code: "check/no-tls",
    means: "A name for the TLS handshake of a GRPC_CHECK, and no `tls`.",
    why: "There is no handshake: the check speaks HTTP/2 without TLS.",
    remedy: "Add `tls`, or remove the name.",
  },
];
