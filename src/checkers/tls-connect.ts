import type { Socket } from "node:net";
import tls from "node:tls";
import { errnoCode, messageOf } from "../core/errors.ts";
import { open } from "./connection.ts";
import { opensslWords } from "./failure.ts";
import type { Endpoint, TlsPlan } from "./model.ts";
import { secureContextOf } from "./tls-context.ts";
import { awaitEnd, NetworkSide, type TlsEnd } from "./tls-end.ts";

/** Makes the connection a request goes over; as `open`, with the socket to use in place of the plain one. With an `end`
 *  the connection has to end as TLS wants it, once the answer has come. */
export type Connect = (
  at: Endpoint,
  timeoutMs: number,
  onSettled: (error: unknown, socket?: Socket, end?: TlsEnd) => void,
) => { cancel(): void };

export const connectPlain: Connect = (at, timeoutMs, onSettled) => {
  const opening = open(at, timeoutMs, (error) => onSettled(error, opening.socket));
  return opening;
};

/** How a check speaks TLS. `sniName` is sent in the handshake; with `verify` in the plan, `name` is who the server has to
 *  be; `alpn` is the protocol it has to agree on (RFC 7301); `demandEnd`: an orderly end of TLS is waited for. */
export type TlsClient = {
  readonly sniName?: string | undefined;
  readonly name?: string | undefined;
  readonly plan?: TlsPlan | undefined;
  readonly alpn?: "h2" | undefined;
  readonly demandEnd?: boolean;
  /** Of the certificate of the server, as node:tls has it. */
  readonly onCertificate?: (validTo: string) => void;
};

/** Failures of the handshake that are the server's own words, apart from those of the network below. */
const networkErrors = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

function tlsFailure(cause: unknown): unknown {
  if (networkErrors.has(errnoCode(cause) ?? "")) return cause;
  const reason = opensslWords(cause);
  const doubt = /wrong version number|unknown protocol/.test(reason)
    ? ": does this port speak TLS?"
    : /no application protocol/.test(reason)
      ? ": does it speak HTTP/2?"
      : "";
  return tlsError(reason + doubt);
}

const tlsError = (words: string): unknown => Object.assign(new Error(words), { code: "TLS" });

/** What is wrong with a connection that has been made; undefined: nothing. */
function fault(secure: tls.TLSSocket, { name, plan, alpn }: TlsClient): unknown {
  if (plan?.verify) {
    const why = secure.authorized
      ? name !== undefined && tls.checkServerIdentity(name, secure.getPeerCertificate())
      : secure.authorizationError;
    if (why) return tlsError(`the certificate is not trusted: ${messageOf(why)}`);
  }
  return alpn === undefined || secure.alpnProtocol === alpn
    ? undefined
    : tlsError(`the server did not agree on HTTP/2 (ALPN ${alpn})`);
}

/** A TCP connection, and TLS over it, each with its own time limit. */
export const connectTls =
  (client: TlsClient): Connect =>
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
      const secureContext = secureContextOf(client.plan);
      const network = client.demandEnd ? new NetworkSide(socket) : undefined;
      const connected = tls.connect({
        socket: network ?? socket,
        secureContext,
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...(client.sniName !== undefined && { servername: client.sniName }),
        ...(client.alpn !== undefined && { ALPNProtocols: [client.alpn] }),
      });
      secure = connected;
      connected.once("secureConnect", () => {
        client.onCertificate?.(connected.getPeerCertificate().valid_to);
        const error = fault(connected, client);
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
