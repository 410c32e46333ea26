import { type Checker, type ProbeOf, type Starter, untilAborted, upVerdict } from "./checker.ts";
import { verdictOf } from "./failure.ts";
import { connector } from "./socket-connector.ts";
import { openVia } from "./via-vip.ts";
import { isVia } from "./via-way.ts";

type TcpProbe = ProbeOf<"TCP_CHECK">;

/** TCP_CHECK: up when a connection can be made within connect_timeout. It is closed at once, nothing is sent or read. */
export const startTcp: Starter<TcpProbe> = ({ endpoint, connectTimeoutMs }, _turn, onVerdict) => {
  const tell = (error: unknown): void =>
    onVerdict(error === undefined ? upVerdict : verdictOf(error, endpoint, connectTimeoutMs));
  if (!isVia(endpoint)) return connector().probe(endpoint, connectTimeoutMs, tell);
  return openVia(endpoint, connectTimeoutMs, (error, socket) => {
    socket?.destroy();
    tell(error);
  });
};

export const tcpCheck: Checker<TcpProbe> = (probe, turn, signal) =>
  untilAborted((onVerdict) => startTcp(probe, turn, onVerdict), signal);
