import { endpointText } from "../core/ip.ts";
import type { DownReason, Endpoint, Probe, Verdict } from "./model.ts";

/** Which of its urls an HTTP check asks this time. Other kinds ignore it. */
export type Turn = { readonly url: number };

/** One probe of one real server. Resolves with a verdict for all that a network or a script can do (refused, timed out,
 *  wrong digest); rejects only on our own bug. It keeps its own time limits. It settles soon after `signal` aborts, with
 *  a verdict nobody reads, and whenever it has settled it holds no socket, no timer and no listener. */
export type Checker<P extends Probe> = (probe: P, turn: Turn, signal: AbortSignal) => Promise<Verdict>;

/** The same for a kind that is run so often that a promise and a listener for each run would show. `onVerdict` is called
 *  once, never within the call itself, and not after what is returned has been cancelled. */
export type Starter<P extends Probe> = (
  probe: P,
  turn: Turn,
  onVerdict: (verdict: Verdict) => void,
) => { cancel(): void };

/** The shape of a probe of one kind. */
export type ProbeOf<K extends Probe["kind"], P extends Probe = Probe> = P extends unknown
  ? K extends P["kind"]
    ? P
    : never
  : never;

/** The one verdict of success that carries nothing; shared, since it is by far the most frequent. */
export const upVerdict: Verdict = Object.freeze({ up: true });

export const down = (reason: DownReason, detail: string): Verdict => ({ up: false, reason, detail });

export const local = (detail: string): Verdict => ({ up: "unknown", reason: "local", detail });

/** Of a run that was ended from outside, which nobody reads. */
export const cancelled: Verdict = Object.freeze(local("the check was cancelled"));

/** A run that is begun with what it tells its verdict to, as a Checker has it. */
export const untilAborted = (
  begin: (onVerdict: (verdict: Verdict) => void) => { cancel(): void },
  signal: AbortSignal,
): Promise<Verdict> =>
  new Promise((resolve) => {
    const onAbort = (): void => {
      run.cancel();
      resolve(cancelled);
    };
    const run = begin((verdict) => {
      signal.removeEventListener("abort", onAbort);
      resolve(verdict);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });

/** "5 s", "0.25 s": a time limit as a person writes it. */
export const secondsText = (ms: number): string => `${Number((ms / 1000).toFixed(3))} s`;

/** Who is asked, for a reader: "10.0.0.2:80", and with via_vip "10.0.0.1:80 at 10.0.0.2". Without a port, addresses alone. */
export function askedText({ host, port, via }: Endpoint): string {
  const text = (address: string): string => (port === 0 ? address : endpointText(address, port));
  return via ? `${text(via.vip)} at ${host}` : text(host);
}

/** What a server sent, as it can stand in a log: one line of at most 60 characters, nothing but printable ASCII. */
export function wordsOf(bytes: Buffer): string {
  const text = bytes.toString("latin1", 0, 61).replaceAll(/[\r\n]+$/g, "");
  const printable = text.slice(0, 60).replaceAll(/[^\u0020-\u007e]/g, ".");
  return text.length > 60 ? `${printable}...` : printable;
}
