import tls from "node:tls";
import { errnoCode, messageOf } from "../core/errors.ts";
import type { Checker, ProbeOf } from "./checker.ts";
import { open } from "./connection.ts";
import { type Connect, checkUrl } from "./http.ts";

/** One context for all checks: making one costs more than a handshake. */
let sharedContext: tls.SecureContext | undefined;

/** SSL_GET: HTTP_GET over TLS. As in keepalived the certificate is not verified, and a server name is sent only where
 *  enable_sni gives one. The handshake has its own connect_timeout. */
export const sslCheck: Checker<ProbeOf<"SSL_GET">> = (probe, turn, signal) =>
  checkUrl(probe, turn.url, connectTls(probe.sniName), signal);

/** Failures of the handshake that are the server's own words, apart from those of the network below. */
const networkErrors = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

function tlsFailure(cause: unknown): unknown {
  if (networkErrors.has(errnoCode(cause) ?? "")) return cause;
  // OpenSSL's own words stand in `reason`; its message has them among the names of its source files.
  const { reason = messageOf(cause) } = cause as { readonly reason?: string };
  const doubt = /wrong version number|unknown protocol/.test(reason) ? ": does this port speak TLS?" : "";
  return Object.assign(new Error(reason + doubt), { code: "TLS" });
}

const connectTls =
  (sniName: string | undefined): Connect =>
  (at, timeoutMs, onSettled) => {
    let secure: tls.TLSSocket | undefined;
    let timer: NodeJS.Timeout | undefined;
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      secure
        ?.removeAllListeners("secureConnect")
        .removeListener("error", onError)
        .on("error", () => {});
      if (error !== undefined) opening.cancel();
      onSettled(error, secure);
    };
    const onError = (cause: unknown): void => settle(tlsFailure(cause));
    const opening = open(at, timeoutMs, (error) => {
      if (error !== undefined) return onSettled(error);
      sharedContext ??= tls.createSecureContext();
      secure = tls.connect({
        socket: opening.socket,
        secureContext: sharedContext,
        rejectUnauthorized: false,
        ...(sniName !== undefined && { servername: sniName }),
      });
      secure.once("secureConnect", () => settle(undefined));
      secure.once("error", onError);
      const late = Object.assign(new Error("no answer to the TLS handshake"), { code: "ETIMEDOUT" });
      timer = setTimeout(() => void setImmediate(() => settle(late)), timeoutMs);
    });
    return {
      cancel() {
        clearTimeout(timer);
        secure?.on("error", () => {}).destroy();
        opening.cancel();
      },
    };
  };
