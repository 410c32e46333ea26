import http2 from "node:http2";
import type { Duplex } from "node:stream";
import { messageOf } from "../core/errors.ts";

/** What comes of a request. After `onEnd` or `onError`, and after `close()`, nothing is told any more. */
export type Http2Events = {
  /** The head of an answer; of interim ones (1xx) as well. */
  onHead(status: number, headers: http2.IncomingHttpHeaders): void;
  onData(chunk: Buffer): void;
  onTrailers?(trailers: http2.IncomingHttpHeaders): void;
  /** The answer has ended in order. */
  onEnd(): void;
  /** It has not: `code` H2 where the other side does not speak HTTP/2, or broke its rules. */
  onError(cause: unknown): void;
};

/** What a server may send as headers, and how many: more ends the connection. */
const limits: http2.SecureClientSessionOptions = {
  settings: { enablePush: false, maxHeaderListSize: 64 * 1024 },
  maxHeaderListPairs: 256,
  maxSessionMemory: 2,
};

/** One request over a connection that is used for nothing else, by HTTP/2 (RFC 9113) with prior knowledge (§3.3): over TLS
 *  the handshake has agreed on it. `close()` ends the connection, whenever. */
export function requestOverHttp2(
  socket: Duplex,
  headers: http2.OutgoingHttpHeaders,
  body: Buffer | undefined,
  events: Http2Events,
): { close(): void } {
  let over = false;
  let known = false;
  socket.resume(); // it is given to us paused, and the session reads below the stream
  const session = http2.connect(`${headers[":scheme"]}://${headers[":authority"]}`, {
    ...limits,
    createConnection: () => socket,
  });
  const close = (): void => {
    over = true;
    session.destroy();
    socket.destroy();
  };
  const fail = (cause: unknown): void => {
    if (over) return;
    close();
    events.onError(known ? cause : stranger(cause));
  };
  session.once("remoteSettings", () => {
    known = true;
  });
  session.on("error", fail);
  session.once("close", () => fail(closed));
  session.once("goaway", (code) => void (code !== 0 && fail(refused(`the connection was given up (error ${code})`))));
  const stream = session.request(headers, { endStream: body === undefined });
  stream.on("error", (cause) => {
    fail(stream.rstCode && !isLost(cause) ? refused(`the request was reset: ${messageOf(cause)}`) : cause);
  });
  const tell = (head: http2.IncomingHttpHeaders): void => {
    if (!over) events.onHead(Number(head[":status"]), head);
  };
  stream.on("headers", tell); // interim
  stream.on("response", tell);
  stream.on("trailers", (trailers) => void (over || events.onTrailers?.(trailers)));
  stream.on("data", (chunk: Buffer) => void (over || events.onData(chunk)));
  stream.once("end", () => {
    if (over || stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR || stream.aborted) return;
    close();
    events.onEnd();
  });
  stream.once("close", () => {
    const { rstCode } = stream;
    fail(rstCode === http2.constants.NGHTTP2_NO_ERROR ? closed : refused(`the request was reset (error ${rstCode})`));
  });
  if (body !== undefined) stream.end(body);
  return { close };
}

const refused = (words: string): Error => Object.assign(new Error(words), { code: "H2" });
const closed = Object.assign(new Error("the connection was closed without a whole answer"), { code: "H2" });

/** The connection itself was reset, whatever ran over it. */
const isLost = (cause: unknown): boolean =>
  ["ECONNRESET", "EPIPE"].includes((cause as { readonly code?: string }).code ?? "");

/** Before its SETTINGS have come, nobody knows whether the other side speaks HTTP/2 at all. */
const stranger = (cause: unknown): unknown => (isLost(cause) ? cause : refused(`no HTTP/2: ${messageOf(cause)}`));
