import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { nowMs } from "../core/clock.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { endpointText } from "../core/ip.ts";
import { hostHeader, judgeStatus, requestPath, userAgent } from "./answer.ts";
import { Body } from "./body.ts";
import {
  askedText,
  type Checker,
  down,
  local,
  type ProbeOf,
  type Starter,
  secondsText,
  untilAborted,
} from "./checker.ts";
import { noAnswer } from "./connector.ts";
import { verdictOf } from "./failure.ts";
import { answerOverDescriptor } from "./http-descriptor.ts";
import { begunAnswer, boundReads, requestHead, speak } from "./http-version.ts";
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

/** Of all that a server sends, digested or not. */
const mostBytes = 32 * 1024 * 1024;

/** HTTP_GET: up when the url's status is accepted and its body has the digest and matches the expression, where those are
 *  given. One url a run: the state rules decide which, and when all have passed. A chunked body is put together before it
 *  is looked at. Redirections are answers like any other. A body cut short counts as it came, as in keepalived. */
export const startHttp: Starter<HttpProbe> = (probe, turn, onVerdict) =>
  startUrl(probe, turn.url, connectPlain, onVerdict);

export const httpCheck: Checker<HttpProbe> = (probe, turn, signal) => checkUrl(probe, turn.url, connectPlain, signal);

/** One request over one connection of its own, from connecting to the end of the body. */
export const checkUrl = (probe: HttpProbe, urlIndex: number, connect: Connect, signal: AbortSignal): Promise<Verdict> =>
  untilAborted((onVerdict) => startUrl(probe, urlIndex, connect, onVerdict), signal);

function startUrl(
  probe: HttpProbe,
  urlIndex: number,
  connect: Connect,
  onVerdict: (verdict: Verdict) => void,
): { cancel(): void } {
  const exchange = new Exchange(probe, probe.urls[urlIndex % probe.urls.length], onVerdict);
  exchange.start(connect);
  return exchange;
}

const noUrl: HttpUrl = { path: "", statusCodes: [] };

class Exchange implements Dispatcher.DispatchHandler {
  readonly #probe: HttpProbe;
  readonly #url: HttpUrl;
  #onVerdict: (verdict: Verdict) => void;
  #cleanups: (() => void)[] = [];
  #wait: NodeJS.Timeout | undefined;
  #waitingFor = "an answer";
  #statusVerdict: Verdict | undefined;
  readonly #body: Body;
  #end: TlsEnd | undefined;
  #progress = 0;
  #done = false;

  constructor(probe: HttpProbe, url: HttpUrl | undefined, onVerdict: (verdict: Verdict) => void) {
    this.#probe = probe;
    this.#url = url ?? noUrl;
    this.#body = new Body(this.#url);
    this.#onVerdict = onVerdict;
  }

  start(connect: Connect): void {
    const isPlain = connect === connectPlain && this.#probe.httpProtocol !== "2";
    try {
      if (this.#url === noUrl) this.#finish(local("no url is configured"));
      else if (!isPlain || !this.#askPlainly()) this.#askWholly(connect);
    } catch (cause) {
      this.#unaskable(cause);
    }
  }

  #askWholly(connect: Connect): void {
    this.#limitWhole(0);
    if (this.#probe.httpProtocol === "2") this.#connect(connect, (socket) => this.#askHttp2(socket));
    else this.#askHttp1(connect);
  }

  cancel(): void {
    this.#onVerdict = () => {};
    this.#close();
  }

  /** So much of its time is over. */
  #limitWhole(tookMs: number): void {
    this.#timer(Math.max(0, this.#probe.connectTimeoutMs * totalFactor - tookMs), "the whole answer");
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

  /** Without a socket, a parser and timers of its own, which take most of the CPU of such a check: nearly all answers need
   *  none of them. False: not to be asked so. An answer that needs a parser is given to undici as far as it has come. */
  #askPlainly(): boolean {
    const { endpoint, connectTimeoutMs, httpProtocol } = this.#probe;
    const { ask } = connector();
    const [path, host] = [requestPath(this.#url.path), this.#host];
    if (!ask || endpoint.via || !/^[!-~]{1,2000}$/.test(path) || !/^[!-~]{1,300}$/.test(host)) return false;
    const fields = `host: ${host}\r\nconnection: close\r\nuser-agent: ${userAgent}\r\n\r\n`;
    const request = requestHead(`GET ${path} HTTP/1.1\r\n${fields}`, httpProtocol);
    const startedMs = nowMs();
    const attempt = ask(endpoint, request, connectTimeoutMs, (error, fd) => {
      if (error === noAnswer) return this.#finish(this.#missing(this.#waitingFor, connectTimeoutMs));
      if (error !== undefined) return this.#finish(verdictOf(error, endpoint, connectTimeoutMs));
      return this.#readPlainly(fd, startedMs);
    });
    this.#cleanups.push(() => attempt.cancel());
    return true;
  }

  #readPlainly(fd: number, startedMs: number): void {
    const { endpoint, connectTimeoutMs } = this.#probe;
    const reading = answerOverDescriptor(fd, {
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
    this.#cleanups.push(() => reading.close());
    reading.start();
    if (this.#done) return;
    this.#wait = this.#timer(connectTimeoutMs, undefined);
    this.#limitWhole(nowMs() - startedMs);
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
          boundReads(connect, mostBytes);
          return queueMicrotask(() => callback(null, connect));
        }
        return this.#connect(connect, (socket, end) => {
          speak(socket, httpProtocol);
          boundReads(socket, mostBytes);
          this.#end = end;
          callback(null, socket);
        });
      },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#cleanups.push(() => void client.destroy());
    const headers = { host: this.#host, "user-agent": userAgent };
    client.dispatch({ method: "GET", path: requestPath(this.#url.path), headers, reset: true }, this);
  }

  #askHttp2(socket: Socket): void {
    const headers = {
      ":method": "GET",
      ":scheme": this.#scheme,
      ":authority": this.#host,
      ":path": requestPath(this.#url.path),
      "user-agent": userAgent,
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
    void this.#body.judge().then((verdict) => this.#onVerdict(verdict));
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#done) return;
    const code = errnoCode(cause) ?? "";
    const ended = ["UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "HPE_INVALID_EOF_STATE"].includes(code);
    if (ended && this.#statusVerdict) this.onResponseEnd();
    else this.#finish(ended ? this.#cutShort() : verdictOf(cause, this.#probe.endpoint, this.#probe.connectTimeoutMs));
  }

  #brokenOff(): Verdict {
    return down(
      "tls",
      `${askedText(this.#probe.endpoint)} closed the connection without an end of TLS (tls_compliant)`,
    );
  }

  #cutShort(): Verdict {
    return down(
      "protocol",
      `${askedText(this.#probe.endpoint)} closed the connection without an answer to ${this.#url.path}`,
    );
  }

  #missing(what: string, limitMs: number): Verdict {
    return down("timeout", `${this.#url.path}: ${what} did not come within ${secondsText(limitMs)}`);
  }

  /** A time limit. What arrived while this process was held up itself is read before it is said to be late. */
  #timer(limitMs: number, what: string | undefined): NodeJS.Timeout {
    const { connectTimeoutMs } = this.#probe;
    const timer = setTimeout(() => {
      const progress = this.#progress;
      setImmediate(() => {
        if (this.#done || (what === undefined && this.#progress > progress)) return;
        this.#finish(
          this.#missing(what ?? this.#waitingFor, what === undefined ? limitMs : connectTimeoutMs * totalFactor),
        );
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
    queueMicrotask(() => this.#onVerdict(verdict)); // never within start()
  }

  #close(): void {
    this.#done = true;
    const cleanups = this.#cleanups;
    this.#cleanups = [];
    for (const cleanup of cleanups) cleanup();
  }
}
