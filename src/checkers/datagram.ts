import { getSystemErrorName } from "node:util";
import { native } from "../../native/index.ts";
import { errnoCode } from "../core/errors.ts";
import { endpointText, type Family, familyOf } from "../core/ip.ts";
import { cancelled, down } from "./checker.ts";
import { verdictOf } from "./failure.ts";
import type { Endpoint, Verdict } from "./model.ts";
import { askVia } from "./via-datagram.ts";
import { isVia, ownAddressOf } from "./via-way.ts";

type DatagramKind = "udp" | "ping" | "icmp";

/** One question to one peer. */
export type Question = {
  readonly at: Endpoint;
  readonly limitMs: number;
  /** Kinds of socket in the order they are tried: the next where this process may not have the one before. */
  readonly kinds: readonly DatagramKind[];
  /** What is sent over a socket of that kind, to an address of that family. */
  readonly request: (kind: DatagramKind, family: Family) => Uint8Array;
  /** What a datagram means; undefined: nothing, the answer may still come. `length` is that of the datagram, which may be
   *  longer than what of it is in `bytes`; both are valid during the call only. */
  readonly judge: (bytes: Buffer, length: number, kind: DatagramKind, family: Family) => Verdict | undefined;
  /** What it means that no answer has come. */
  readonly silence: () => Verdict;
};

/** The largest datagram there is; one buffer for all, since a datagram is judged at once. */
let shared: Buffer | undefined;
/** Datagrams read in one go, so that a flood cannot hold up what else is due. */
const READS_PER_WAKEUP = 16;
/** Not allowed, or not known to this kernel. */
const REFUSALS = new Set(["EACCES", "EPERM", "EPROTONOSUPPORT"]);

/** Sends a datagram and waits for an answer, or for the error that the network reports. */
export function ask(question: Question, signal: AbortSignal): Promise<Verdict> {
  const { at, limitMs } = question;
  if (isVia(at)) {
    const itself = ownAddressOf(at);
    return askVia({ ...question, at }, (doubt) => ask({ ...question, at: itself }, doubt), signal);
  }
  let opened: ReturnType<typeof openSocket>;
  try {
    opened = openSocket(question);
  } catch (cause) {
    return Promise.resolve(verdictOf(cause, at, limitMs));
  }
  const { fd, kind } = opened;
  const family = familyOf(at.host);
  const { close, receive, send, watch } = native();
  return new Promise((resolve) => {
    const finish = (verdict: Verdict): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stop?.();
      close(fd);
      resolve(verdict);
    };
    const fail = (errno: number): void => finish(failure(getSystemErrorName(errno), at, limitMs));
    const drain = (): void => {
      shared ??= Buffer.allocUnsafeSlow(65_536);
      for (let reads = 0; !done && reads < READS_PER_WAKEUP; reads += 1) {
        const length = receive(fd, shared);
        if (length < 0) {
          if (getSystemErrorName(length) !== "EAGAIN") fail(length);
          return;
        }
        const verdict = question.judge(shared.subarray(0, Math.min(length, shared.length)), length, kind, family);
        if (verdict) finish(verdict);
      }
    };
    // When this process was held up itself, the answer may be waiting to be read: it gets its turn before the verdict.
    const onTime = (): void => {
      if (!done) drain();
      finish(question.silence());
    };
    const onAbort = (): void => finish(cancelled);
    let done = false;
    let stop: (() => void) | undefined;
    const timer = setTimeout(() => void setImmediate(onTime), limitMs);
    try {
      stop = watch(fd, drain);
    } catch (cause) {
      return finish(verdictOf(cause, at, limitMs));
    }
    signal.addEventListener("abort", onAbort, { once: true });
    const sent = send(fd, question.request(kind, family));
    if (sent < 0) fail(sent);
  });
}

/** What ICMP reported, or the kernel itself. */
function failure(code: string, at: Endpoint, limitMs: number): Verdict {
  if (code === "ECONNREFUSED")
    return down("refused", `nobody listens on ${endpointText(at.host, at.port)} (ICMP: port unreachable)`);
  return verdictOf(Object.assign(new Error(code), { code }), at, limitMs);
}

function openSocket({ at, kinds }: Question): { readonly fd: number; readonly kind: DatagramKind } {
  const { close, connectProbe, openProbe } = native();
  for (const kind of kinds) {
    let fd: number;
    try {
      fd = openProbe(kind, familyOf(at.host), at.bindInterface ?? "", at.fwmark ?? 0, false);
    } catch (cause) {
      const isSocket = (cause as { readonly syscall?: string }).syscall === "socket";
      if (isSocket && kind !== kinds.at(-1) && REFUSALS.has(errnoCode(cause) ?? "")) continue;
      throw cause;
    }
    try {
      connectProbe(fd, at.host, at.port, at.bindAddress ?? "", at.bindPort ?? 0);
    } catch (cause) {
      close(fd);
      throw cause;
    }
    return { fd, kind };
  }
  throw new Error("no kind of socket is asked for");
}
