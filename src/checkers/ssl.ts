import type { Socket } from "node:net";
import tls from "node:tls";
import { wallMs } from "../core/clock.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import type { Checker, ProbeOf } from "./checker.ts";
import { open } from "./connection.ts";
import { opensslWords } from "./failure.ts";
import { type Connect, checkUrl } from "./http.ts";
import type { HttpUrl } from "./model.ts";
import { secureContextOf } from "./tls-context.ts";
import { awaitEnd, NetworkSide, type TlsEnd } from "./tls-end.ts";

type SslProbe = ProbeOf<"SSL_GET">;

/** SSL_GET: HTTP_GET over TLS. As in keepalived the certificate is not verified, unless the SSL block says so, and a
 *  server name is sent only where enable_sni gives one. The handshake has its own connect_timeout. */
export const sslCheck: Checker<SslProbe> = async (probe, turn, signal) => {
  const url = probe.urls[turn.url % probe.urls.length];
  let remark: string | undefined;
  const onSecure = (secure: tls.TLSSocket): void => {
    remark = expiryRemark(secure.getPeerCertificate().valid_to, wallMs());
  };
  const verdict = await checkUrl(probe, turn.url, connectTls(probe, url, onSecure), signal);
  return verdict.up === true && remark !== undefined ? { ...verdict, detail: `up; ${remark}` } : verdict;
};

const DAY_MS = 86_400_000;
/** From so many days before its end on, `status` says of a certificate when it ends. */
const NOTICE_DAYS = 30;

/** What is to be said of a certificate that ends at `validTo`, as node:tls has it. */
export function expiryRemark(validTo: string, nowWallMs: number): string | undefined {
  const endMs = Date.parse(validTo);
  const days = Math.floor((endMs - nowWallMs) / DAY_MS);
  if (Number.isNaN(endMs) || days >= NOTICE_DAYS) return undefined;
  const on = `on ${new Date(endMs).toISOString().slice(0, 10)}`;
  return days < 0 ? `the certificate has expired ${on}` : `the certificate expires ${on}, in ${days} days`;
}

/** Failures of the handshake that are the server's own words, apart from those of the network below. */
const networkErrors = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

function tlsFailure(cause: unknown): unknown {
  if (networkErrors.has(errnoCode(cause) ?? "")) return cause;
  const reason = opensslWords(cause);
  const doubt = /wrong version number|unknown protocol/.test(reason) ? ": does this port speak TLS?" : "";
  return Object.assign(new Error(reason + doubt), { code: "TLS" });
}

/** What is wrong with the certificate of a server; undefined: nothing. `name`: who it has to be. */
function distrust(secure: tls.TLSSocket, name: string | undefined): unknown {
  const why = secure.authorized
    ? name !== undefined && tls.checkServerIdentity(name, secure.getPeerCertificate())
    : secure.authorizationError;
  if (!why) return undefined;
  return Object.assign(new Error(`the certificate is not trusted: ${messageOf(why)}`), { code: "TLS" });
}

const connectTls =
  (
    { sniName, virtualhost, tls: plan, tlsCompliant = false }: SslProbe,
    url: HttpUrl | undefined,
    onSecure: (secure: tls.TLSSocket) => void,
  ): Connect =>
  (at, timeoutMs, onSettled) => {
    let secure: tls.TLSSocket | undefined;
    let timer: NodeJS.Timeout | undefined;
    let end: TlsEnd | undefined;
    const settle = (error: unknown): void => {
      clearTimeout(timer);
      secure
        ?.removeAllListeners("secureConnect")
        .removeListener("error", onError)
        .on("error", () => {});
      if (error !== undefined) opening.cancel();
      onSettled(error, secure, end);
    };
    const onError = (cause: unknown): void => settle(tlsFailure(cause));
    const secureIt = (socket: Socket): void => {
      const secureContext = secureContextOf(plan);
      const network = (url?.tlsCompliant ?? tlsCompliant) ? new NetworkSide(socket) : undefined;
      const connected = tls.connect({
        socket: network ?? socket,
        secureContext,
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...(sniName !== undefined && { servername: sniName }),
      });
      secure = connected;
      connected.once("secureConnect", () => {
        onSecure(connected);
        const error = plan?.verify ? distrust(connected, sniName ?? url?.virtualhost ?? virtualhost) : undefined;
        if (network && error === undefined) end = awaitEnd(connected, network);
        // Node crashes when a connection is destroyed while its handshake is being told of.
        if (error === undefined) settle(undefined);
        else setImmediate(settle, error);
      });
      connected.once("error", onError);
      const late = Object.assign(new Error("no answer to the TLS handshake"), { code: "ETIMEDOUT" });
      timer = setTimeout(() => void setImmediate(() => settle(late)), timeoutMs);
    };
    const opening = open(at, timeoutMs, (error) => {
      if (error !== undefined) return onSettled(error);
      try {
        return secureIt(opening.socket);
      } catch (cause) {
        opening.cancel();
        return onSettled(cause);
      }
    });
    return {
      cancel() {
        clearTimeout(timer);
        end?.release();
        secure?.on("error", () => {}).destroy();
        opening.cancel();
      },
    };
  };
