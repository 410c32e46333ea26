import { type Checker, local, type ProbeOf, type Starter, upVerdict } from "./checker.ts";
import { connector } from "./connection.ts";
import { verdictOf } from "./failure.ts";
import { startVia } from "./via-vip.ts";

type TcpProbe = ProbeOf<"TCP_CHECK">;

/** TCP_CHECK: up when a connection can be made within connect_timeout. It is closed at once, nothing is sent or read. */
export const startTcp: Starter<TcpProbe> = ({ endpoint, connectTimeoutMs, via }, _turn, onVerdict) => {
  if (via) return startVia({ endpoint, connectTimeoutMs, via }, onVerdict);
  return connector().probe(endpoint, connectTimeoutMs, (error) =>
    onVerdict(error === undefined ? upVerdict : verdictOf(error, endpoint, connectTimeoutMs)),
  );
};

export const tcpCheck: Checker<TcpProbe> = (probe, turn, signal) =>
  new Promise((resolve) => {
    const onAbort = (): void => {
      attempt.cancel();
      resolve(local("the check was cancelled"));
    };
    const attempt = startTcp(probe, turn, (verdict) => {
      signal.removeEventListener("abort", onAbort);
      resolve(verdict);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
