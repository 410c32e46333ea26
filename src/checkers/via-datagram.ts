import { getSystemErrorName } from "node:util";
import { familyOf } from "../core/ip.ts";
import { askedText, cancelled, down } from "./checker.ts";
import type { Question } from "./datagram.ts";
import { verdictOf } from "./failure.ts";
import type { Verdict } from "./model.ts";
import { type DatagramEnds, encodeEcho, encodeUdp, type Heard } from "./via-datagram-packet.ts";
import { listenFor, type Post } from "./via-datagram-tap.ts";
import { isMissing, ownFault } from "./via-vip.ts";
import { openWay, type ViaEndpoint, type Way } from "./via-way.ts";

/** Puts a question of one datagram to a virtual address at one real server, as ask() does to the server itself.
 *  `askItself`: the same question for its own address, asked halfway where no answer has come, only to say in the reason
 *  which of the two is missing. */
export function askVia(
  question: Question & { readonly at: ViaEndpoint },
  askItself: (signal: AbortSignal) => Promise<Verdict>,
  signal: AbortSignal,
): Promise<Verdict> {
  const { at, limitMs } = question;
  const { vip } = at.via;
  const family = familyOf(vip);
  const isUdp = !question.kinds.includes("icmp");
  const kind = isUdp ? "udp" : "ping";
  return new Promise((resolve) => {
    const open: { way?: Way; post?: Post } = {};
    const timers: NodeJS.Timeout[] = [];
    const doubt = new AbortController();
    let itselfAnswers = false;
    let done = false;
    const finish = (verdict: Verdict): void => {
      if (done) return;
      done = true;
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      doubt.abort();
      open.post?.close();
      open.way?.close();
      resolve(verdict);
    };
    const onAbort = (): void => finish(cancelled);
    const fail = (cause: unknown): void => finish(verdictOf(ownFault(cause), at, limitMs));
    const onHeard = (heard: Heard): void => {
      const verdict = heard.kind === "error" ? failureOf(heard, at) : judged(heard);
      if (verdict) finish(verdict);
    };
    const judged = ({ ends, data, bytes }: Exclude<Heard, { kind: "error" }>): Verdict | undefined =>
      ends.from === vip && ends.fromPort === at.port ? question.judge(data, bytes, kind, family) : undefined;
    const onTime = (): void => {
      const silence = question.silence();
      const isFault = silence.up === false && itselfAnswers;
      finish(isFault ? { ...silence, detail: `${silence.detail}, ${isMissing(vip)}` } : silence);
    };
    const doubts = (): void => {
      void askItself(doubt.signal).then((verdict) => {
        itselfAnswers = verdict.up === true;
      });
    };

    signal.addEventListener("abort", onAbort, { once: true });
    try {
      open.way = openWay(at);
      open.post = listenFor(family, isUdp, onHeard);
    } catch (cause) {
      fail(cause);
      return;
    }
    // What has come in time is read before it is said to be late.
    timers.push(
      setTimeout(() => void setImmediate(onTime), limitMs),
      setTimeout(doubts, limitMs / 2),
    );
    const ends: DatagramEnds = { from: open.way.from, to: vip, fromPort: open.post.port, toPort: at.port };
    const request = question.request(kind, family);
    const sent = open.way.send(isUdp ? encodeUdp(ends, request) : encodeEcho(ends, request));
    if (sent < 0) fail(Object.assign(new Error("not sent"), { code: getSystemErrorName(sent), syscall: "send" }));
  });
}

/** What word of a question that did not arrive means; undefined: it was another one. */
function failureOf({ about, by, why }: Extract<Heard, { kind: "error" }>, at: ViaEndpoint): Verdict | undefined {
  const { vip } = at.via;
  if (about.to !== vip || about.toPort !== at.port) return undefined;
  switch (why) {
    case "closed":
      return down("refused", `nobody listens on ${askedText(at)} (ICMP: port unreachable)`);
    case "passed on":
      return down(
        "unreachable",
        `${by} passed on what was for ${askedText(at)}: is ${vip} on its loopback interface? Try \`lvskeeper realserver up ${vip}\` there`,
      );
    case "unreachable":
      return down("unreachable", `${by} says that ${askedText(at)} cannot be reached (ICMP)`);
  }
}
