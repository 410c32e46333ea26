import type { Socket } from "node:net";
import { wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { endpointText } from "../core/ip.ts";
import { userAgent } from "./answer.ts";
import { withExpiry } from "./certificate.ts";
import { askedText, type Checker, cancelled, down, local, type ProbeOf, secondsText } from "./checker.ts";
import { verdictOf } from "./failure.ts";
import { encodeHealthRequest, type GrpcAnswer, healthPath, judgeHealth, maxAnswerBytes } from "./grpc-health.ts";
import { requestOverHttp2 } from "./http2-request.ts";
import type { Verdict } from "./model.ts";
import { connectPlain, connectTls } from "./tls-connect.ts";

type GrpcProbe = ProbeOf<"GRPC_CHECK">;

/** GRPC_CHECK: up when the health service of the server says SERVING of a service, or of the server as a whole. Connecting,
 *  the TLS handshake and the whole answer have connect_timeout each. */
export const grpcCheck: Checker<GrpcProbe> = async (probe, _turn, signal) => {
  const { sniName, virtualhost, tls } = probe;
  let validTo: string | undefined;
  const onCertificate = (until: string): void => {
    validTo = until;
  };
  const connect = tls
    ? connectTls({ sniName, name: sniName ?? virtualhost, plan: tls, alpn: "h2", onCertificate })
    : connectPlain;
  const verdict = await new Promise<Verdict>((resolve) => {
    const { endpoint, connectTimeoutMs } = probe;
    const cleanups: (() => void)[] = [];
    const finish = (found: Verdict): void => {
      for (const cleanup of cleanups.splice(0)) cleanup();
      resolve(found);
    };
    const onAbort = (): void => finish(cancelled);
    signal.addEventListener("abort", onAbort, { once: true });
    cleanups.push(() => signal.removeEventListener("abort", onAbort));
    const opening = connect(endpoint, connectTimeoutMs, (error, socket) => {
      if (error !== undefined || !socket) return finish(verdictOf(error, endpoint, connectTimeoutMs));
      return void cleanups.push(ask(probe, socket, finish));
    });
    cleanups.push(() => opening.cancel());
  });
  return withExpiry(verdict, validTo, wallMs());
};

/** The call itself; what is returned ends it. */
function ask(probe: GrpcProbe, socket: Socket, finish: (verdict: Verdict) => void): () => void {
  const { endpoint, connectTimeoutMs, service, virtualhost, sniName } = probe;
  const target = askedText(endpoint);
  const answer = { httpStatus: 0, headers: {} as GrpcAnswer["headers"], trailers: {} as GrpcAnswer["trailers"] };
  const parts: Buffer[] = [];
  let bytes = 0;
  const late = down(
    "timeout",
    `${target}: the answer to a health check did not come within ${secondsText(connectTimeoutMs)}`,
  );
  // What arrived while this process was held up itself is read before it is said to be late.
  const timer = setTimeout(() => setImmediate(finish, late), connectTimeoutMs);
  const headers = {
    ":method": "POST",
    ":scheme": probe.tls ? "https" : "http",
    ":authority": virtualhost ?? sniName ?? endpointText(endpoint.host, endpoint.port),
    ":path": healthPath,
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": `${Math.min(Math.ceil(connectTimeoutMs), 99_999_999)}m`,
    "user-agent": userAgent,
  };
  try {
    const request = requestOverHttp2(socket, headers, encodeHealthRequest(service), {
      onHead(httpStatus, received) {
        if (httpStatus >= 200) Object.assign(answer, { httpStatus, headers: received });
      },
      onData(chunk) {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) finish(down("protocol", `${target}: the answer to a health check is too long`));
        else parts.push(chunk);
      },
      onTrailers(trailers) {
        answer.trailers = trailers;
      },
      onEnd: () => finish(judgeHealth({ ...answer, body: Buffer.concat(parts) }, target, service)),
      onError: (cause) => finish(verdictOf(cause, endpoint, connectTimeoutMs)),
    });
    return () => {
      clearTimeout(timer);
      request.close();
    };
  } catch (cause) {
    clearTimeout(timer);
    // What the configuration says cannot stand in a request (a virtualhost with a control character, say).
    setImmediate(finish, local(`the health check of ${target} cannot be made: ${messageOf(cause)}`));
    return () => {};
  }
}
