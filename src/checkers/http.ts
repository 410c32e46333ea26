import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { errnoCode, messageOf } from "../core/errors.ts";
import { endpointText } from "../core/ip.ts";
import { hostHeader, judgeStatus, requestPath } from "./answer.ts";
import { Body } from "./body.ts";
import { type Checker, down, local, type ProbeOf, secondsText } from "./checker.ts";
import { verdictOf } from "./failure.ts";
import { requestOverDescriptor } from "./http-descriptor.ts";
import { begunAnswer, requestHead, speak } from "./http-version.ts";
import { requestOverHttp2 } from "./http2-request.ts";
import type { HttpUrl, Verdict } from "./model.ts";
import { socketOf } from "./native-connector.ts";
import { connector } from "./socket-connector.ts";
import { type Connect, connectPlain } from "./tls-connect.ts";
import type { TlsEnd } from "./tls-end.ts";

export type HttpProbe = ProbeOf<"HTTP_GET">;

/** connect_timeout bounds the connect, the TLS handshake, and each wait for a part of the answer. All together may take
 *  this many times as long, so that a server which drips its answer byte by byte is found out. */
const totalFactor = 3;

const USER_AGENT = "KeepAliveClient";

/** HTTP_GET: up when the url's status is accepted and its body has the digest and matches the expression, where those are
 *  given. One url a run: the state rules decide which, and when all have passed. A chunked body is put together before it
 *  is looked at. Redirections are answers like any other. A body cut short counts as it came, as in keepalived. */
export const httpCheck: Checker<HttpProbe> = (probe, turn, signal) => checkUrl(probe, turn.url, connectPlain, signal);

/** One request over one connection of its own, from connecting to the end of the body. */
export function checkUrl(probe: HttpProbe, urlIndex: number, connect: Connect, signal: AbortSignal): Promise<Verdict> {
  const url = probe.urls[urlIndex % probe.urls.length];
  if (!url) return Promise.resolve(local("no url is configured"));
  return new Promise((resolve) => {
    const exchange = new Exchange(probe, url, resolve);
    exchange.start(connect, signal);
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #probe: HttpProbe;
  readonly #url: HttpUrl;
  readonly #resolve: (verdict: Verdict) => void;
  #cleanups: (() => void)[] = [];
  #wait: NodeJS.Timeout | undefined;
  #waitingFor = "an answer";
  #statusVerdict: Verdict | undefined;
  readonly #body: Body;
  #end: TlsEnd | undefined;
  #progress = 0;
  #done = false;

  constructor(probe: HttpProbe, url: HttpUrl, resolve: (verdict: Verdict) => void) {
    this.#probe = probe;
    this.#url = url;
    this.#body = new Body(url);
    this.#resolve = resolve;
  }

  start(connect: Connect, signal: AbortSignal): void {
    const { connectTimeoutMs, httpProtocol } = this.#probe;
    const onAbort = (): void => this.#finish(local("the check was cancelled"));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#cleanups.push(() => signal.removeEventListener("abort", onAbort));
    this.#timer(connectTimeoutMs * totalFactor, "the whole answer");
    try {
      if (httpProtocol === "2") this.#connect(connect, (socket) => this.#askHttp2(socket));
      else if (connect !== connectPlain || !this.#askPlainly()) this.#askHttp1(connect);
    } catch (cause) {
      this.#unaskable(cause);
    }
  }

  #connect(connect: Connect, onSocket: (socket: Socket, end: TlsEnd | undefined) => void): void {
    const { endpoint, connectTimeoutMs } = this.#probe;
    const opening = connect(endpoint, connectTimeoutMs, (error, socket, end) => {
      if (error !== undefined || !socket) return this.#finish(verdictOf(error, endpoint, connectTimeoutMs));
      this.#wait = this.#timer(connectTimeoutMs, undefined);
      return onSocket(socket, end);
    });
    this.#cleanups.push(() => opening.cancel());
  }

  /** What the configuration says cannot stand in a request (a virtualhost with a control character, say). */
  #unaskable(cause: unknown): void {
    this.#finish(local(`the request for ${this.#url.path} cannot be made: ${messageOf(cause)}`));
  }

  /** Without a socket and a parser, which take most of the CPU of such a check: nearly all answers need neither. False:
   *  not to be asked so. An answer that needs a parser is given to undici as far as it has come. */
  #askPlainly(): boolean {
    const { endpoint, connectTimeoutMs, httpProtocol } = this.#probe;
    const { openDescriptor } = connector();
    const [path, host] = [requestPath(this.#url.path), this.#host];
    if (!openDescriptor || endpoint.via || !/^[!-~]{1,2000}$/.test(path) || !/^[!-~]{1,300}$/.test(host)) return false;
    const fields = `host: ${host}\r\nconnection: close\r\nuser-agent: ${USER_AGENT}\r\n\r\n`;
    const request = requestHead(`GET ${path} HTTP/1.1\r\n${fields}`, httpProtocol);
    const attempt = openDescriptor(endpoint, connectTimeoutMs, (error, fd) => {
      if (error !== undefined) return this.#finish(verdictOf(error, endpoint, connectTimeoutMs));
      this.#wait = this.#timer(connectTimeoutMs, undefined);
      const asked = requestOverDescriptor(fd, request, {
        onHead: (status) => this.#onHead(status),
        onData: (chunk) => this.#onData(chunk),
        onEnd: () => this.onResponseEnd(),
        onError: (cause) => this.#finish(verdictOf(cause, endpoint, connectTimeoutMs)),
        onUncommon: (begun) => {
          const socket = socketOf(fd);
          begunAnswer(socket, begun);
          this.#askHttp1(socket);
        },
      });
      this.#cleanups.push(() => asked.close());
    });
    this.#cleanups.push(() => attempt.cancel());
    return true;
  }

  #askHttp1(connect: Connect | Socket): void {
    let isTaken = false;
    const { endpoint, httpProtocol } = this.#probe;
    const client = new Client(`${this.#scheme}://${endpointText(endpoint.host, endpoint.port)}`, {
      connect: (_options, callback) => {
        if (typeof connect !== "function") {
          // Once: it is gone, and undici would ask for another, when it ends before undici has taken up the request.
          if (isTaken) return this.#finish(this.#cutShort());
          isTaken = true;
          return queueMicrotask(() => callback(null, connect));
        }
        return this.#connect(connect, (socket, end) => {
          speak(socket, httpProtocol);
          this.#end = end;
          callback(null, socket);
        });
      },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#cleanups.push(() => void client.destroy());
    const headers = { host: this.#host, "user-agent": USER_AGENT };
    client.dispatch({ method: "GET", path: requestPath(this.#url.path), headers, reset: true }, this);
  }

  #askHttp2(socket: Socket): void {
    const headers = {
      ":method": "GET",
      ":scheme": this.#scheme,
      ":authority": this.#host,
      ":path": requestPath(this.#url.path),
      "user-agent": USER_AGENT,
    };
    try {
      const request = requestOverHttp2(socket, headers, undefined, {
        onHead: (status) => this.#onHead(status),
        onData: (chunk) => this.#onData(chunk),
        onEnd: () => this.onResponseEnd(),
        onError: (cause) => this.#finish(verdictOf(cause, this.#probe.endpoint, this.#probe.connectTimeoutMs)),
      });
      this.#cleanups.push(() => request.close());
    } catch (cause) {
      this.#unaskable(cause);
    }
  }

  get #scheme(): string {
    return this.#probe.kind === "SSL_GET" ? "https" : "http";
  }

  get #host(): string {
    return hostHeader(this.#url, this.#probe.virtualhost, this.#probe.endpoint);
  }

  /** Its presence tells undici which generation of handler this is. */
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#onHead(status);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#onData(chunk);
  }

  #onHead(status: number): void {
    if (this.#done) return;
    this.#advance();
    if (status < 200) return;
    this.#waitingFor = "the rest of the answer";
    this.#statusVerdict = judgeStatus(this.#url, status);
    if (this.#statusVerdict.up !== true) this.#finish(this.#statusVerdict);
  }

  #onData(chunk: Buffer): void {
    if (this.#done) return;
    this.#advance();
    const judged = this.#body.push(chunk);
    if (judged === "enough") this.onResponseEnd();
    else if (judged !== "more") this.#finish(judged);
  }

  onResponseEnd(): void {
    if (this.#done || this.#waitingFor === "the end of TLS") return;
    if (!this.#statusVerdict) {
      this.#finish(this.#cutShort());
      return;
    }
    const end = this.#end;
    if (!end) {
      this.#judge();
      return;
    }
    this.#end = undefined;
    this.#waitingFor = "the end of TLS";
    end.wait((orderly) => {
      if (orderly) this.#judge();
      else this.#finish(this.#brokenOff());
    });
  }

  /** Of what has come, without the connection. */
  #judge(): void {
    if (this.#done) return;
    this.#close();
    void this.#body.judge().then(this.#resolve);
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#done) return;
    const code = errnoCode(cause) ?? "";
    const ended = ["UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "HPE_INVALID_EOF_STATE"].includes(code);
    if (ended && this.#statusVerdict) this.onResponseEnd();
    else this.#finish(ended ? this.#cutShort() : verdictOf(cause, this.#probe.endpoint, this.#probe.connectTimeoutMs));
  }

  #brokenOff(): Verdict {
    const { host, port } = this.#probe.endpoint;
    return down("tls", `${endpointText(host, port)} closed the connection without an end of TLS (tls_compliant)`);
  }

  #cutShort(): Verdict {
    const { host, port } = this.#probe.endpoint;
    return down("protocol", `${endpointText(host, port)} closed the connection without an answer to ${this.#url.path}`);
  }

  /** A time limit. What arrived while this process was held up itself is read before it is said to be late. */
  #timer(limitMs: number, what: string | undefined): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const progress = this.#progress;
      setImmediate(() => {
        if (this.#done || (what === undefined && this.#progress > progress)) return;
        const missing = `${this.#url.path}: ${what ?? this.#waitingFor} did not come within ${secondsText(limitMs)}`;
        this.#finish(down("timeout", missing));
      });
    }, limitMs);
    this.#cleanups.push(() => clearTimeout(timer));
    return timer;
  }

  #advance(): void {
    this.#progress += 1;
    this.#wait?.refresh();
  }

  #finish(verdict: Verdict): void {
    if (this.#done) return;
    this.#close();
    this.#resolve(verdict);
  }

  #close(): void {
    this.#done = true;
    const cleanups = this.#cleanups;
    this.#cleanups = [];
    for (const cleanup of cleanups) cleanup();
  }
}
