import { randomInt } from "node:crypto";
import { askedText, type Checker, down, type ProbeOf, secondsText, upVerdict } from "./checker.ts";
import { ask } from "./datagram.ts";
import { decodeAnswer, encodeQuery } from "./dns-message.ts";

/** DNS_CHECK: asks a name server over UDP. Up when it answers without an error; an answer without records is one, and so
 *  is one that was cut to fit. A datagram that does not answer the query is passed over. */
export const dnsCheck: Checker<ProbeOf<"DNS_CHECK">> = (probe, _turn, signal) => {
  const { endpoint: at, connectTimeoutMs: limitMs, queryType: type, queryName: name } = probe;
  const target = askedText(at);
  const id = randomInt(0x1_0000);
  let heard = "";
  return ask(
    {
      at,
      limitMs,
      kinds: ["udp"],
      request: () => encodeQuery({ id, type, name }),
      judge: (bytes) => {
        const answer = decodeAnswer(bytes, id);
        if (answer.kind === "other") {
          heard = `, but ${answer.why}`;
          return undefined;
        }
        if (answer.rcode !== 0)
          return down("status", `${target} answered the query for ${type} of ${name} with ${answer.rcodeName}`);
        return answer.truncated ? { up: true, detail: "up, the answer is cut to fit (TC)" } : upVerdict;
      },
      silence: () =>
        down("timeout", `no answer from ${target} to ${type} of ${name} within ${secondsText(limitMs)}${heard}`),
    },
    signal,
  );
};
