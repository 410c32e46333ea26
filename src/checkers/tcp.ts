import { type Checker, local, type ProbeOf, upVerdict } from "./checker.ts";
import { open } from "./connection.ts";
import { verdictOf } from "./failure.ts";

/** TCP_CHECK: up when a connection can be made within connect_timeout. It is closed at once, nothing is sent or read. */
export const tcpCheck: Checker<ProbeOf<"TCP_CHECK">> = (probe, _turn, signal) =>
  new Promise((resolve) => {
    const { endpoint, connectTimeoutMs } = probe;
    const onAbort = (): void => {
      opening.cancel();
      resolve(local("the check was cancelled"));
    };
    const opening = open(endpoint, connectTimeoutMs, (error) => {
      signal.removeEventListener("abort", onAbort);
      opening.socket.destroy();
      resolve(error === undefined ? upVerdict : verdictOf(error, endpoint, connectTimeoutMs));
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
