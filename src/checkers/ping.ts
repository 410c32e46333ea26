import { randomBytes, randomInt } from "node:crypto";
import { echoRequest, isEchoReply } from "../core/icmp-echo.ts";
import { askedText, type Checker, down, type ProbeOf, secondsText, upVerdict } from "./checker.ts";
import { ask } from "./datagram.ts";
import type { Endpoint } from "./model.ts";

let lastSequence = randomInt(0x1_0000);

/** PING_CHECK: an ICMP echo request, up when it is answered. A datagram socket is tried first, which needs no privilege
 *  within net.ipv4.ping_group_range, then a raw one. */
export const pingCheck: Checker<ProbeOf<"PING_CHECK">> = (probe, _turn, signal) => {
  const { connectTimeoutMs: limitMs } = probe;
  const at = portless(probe.endpoint);
  lastSequence = (lastSequence + 1) & 0xffff;
  // Sixteen bytes nobody else knows: an answer to another's ping is none of ours, whatever its number.
  const echo = { id: process.pid & 0xffff, sequence: lastSequence, token: randomBytes(16) };
  return ask(
    {
      at,
      limitMs,
      kinds: ["ping", "icmp"],
      request: (_kind, family) => echoRequest(family, echo),
      judge: (bytes, _length, kind, family) =>
        isEchoReply(family, echo, bytes, kind === "icmp" && family === 4) ? upVerdict : undefined,
      silence: () => down("timeout", `no echo reply from ${askedText(at)} within ${secondsText(limitMs)}`),
    },
    signal,
  );
};

/** ICMP has no ports; to a datagram socket one would be the id of its messages. */
function portless({ bindPort: _port, ...at }: Endpoint): Endpoint {
  return { ...at, port: 0 };
}
