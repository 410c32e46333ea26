import { askedText, type Checker, down, type ProbeOf, secondsText, upVerdict } from "./checker.ts";
import { ask } from "./datagram.ts";
import type { ReplyDemand, Verdict } from "./model.ts";

/** What is sent where the configuration names no payload. */
const somePayload = Buffer.from("lvskeeper health check, ignore.\n", "latin1");

/** UDP_CHECK: sends a datagram. Down when the port is reported unreachable; where a reply is demanded, also when none
 *  comes or it is another. Without that, silence for connect_timeout is a success, as in keepalived. */
export const udpCheck: Checker<ProbeOf<"UDP_CHECK">> = (probe, _turn, signal) => {
  const { endpoint: at, connectTimeoutMs: limitMs, payload, reply } = probe;
  const target = askedText(at);
  return ask(
    {
      at,
      limitMs,
      kinds: ["udp"],
      request: () => (payload === undefined ? somePayload : Buffer.from(payload, "hex")),
      judge: (bytes, length) => (reply ? judgeReply(reply, bytes, length, target) : upVerdict),
      silence: () => (reply ? down("timeout", `no reply from ${target} within ${secondsText(limitMs)}`) : upVerdict),
    },
    signal,
  );
};

/** Whether a reply is as long as it may be and begins as it has to. */
function judgeReply(demand: ReplyDemand, bytes: Buffer, length: number, target: string): Verdict {
  const { pattern, minLength, maxLength } = demand;
  const limits = `${minLength} to ${maxLength}`;
  if (length < minLength || length > maxLength)
    return down("content", `the reply of ${target} has ${length} bytes, not ${limits}`);
  const wanted = pattern.toLowerCase();
  const hex = bytes.toString("hex", 0, wanted.length / 2);
  for (let at = 0; at < wanted.length; at += 1)
    if (wanted[at] !== "x" && wanted[at] !== hex[at])
      return down(
        "content",
        `the reply of ${target} begins with ${hex.slice(0, 64) || "nothing"}, not ${shown(pattern)}`,
      );
  return upVerdict;
}

const shown = (pattern: string): string => (pattern.length > 64 ? `${pattern.slice(0, 64)}...` : pattern);
