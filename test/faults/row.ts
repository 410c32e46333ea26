import type { DownReason, Probe } from "../../src/checkers/model.ts";
import type { Fault } from "./fault-servers.ts";

/** Where a check goes when no server stands there: nobody listens; no packet is answered; there is no route; the kernel
 *  takes connections of a process that is stopped. */
export type Absence = "nobody" | "deaf" | "unreachable" | "stopped";

/** Options of a check beyond its kind's own here: `tls` is verified against the authority of the test. */
export type Ask = {
  readonly digest?: true;
  readonly regex?: string;
  readonly verify?: true;
  readonly name?: string;
  readonly http2?: true;
  readonly tlsCompliant?: true;
  readonly reply?: string;
  readonly minLength?: number;
  readonly script?: string;
  readonly tls?: true;
};

/** One fault of one kind of check. */
export type FaultRow = {
  readonly kind: Probe["kind"];
  /** The fault in words; with the kind the name of the row. */
  readonly fault: string;
  readonly at: Fault | Absence;
  readonly ask?: Ask;
  /** Absent: the check succeeds in spite of it. */
  readonly reason?: DownReason;
  /** What `status` and the log say of it: TARGET is address and port, HOST the address, LIMIT connect_timeout (of scripts misc_timeout), TOTAL three times that, `*`
   *  what somebody else words. Absent: nothing. */
  readonly says?: string;
  /** The verdict comes before this many times connect_timeout have passed, and a little: 0 at once. */
  readonly limits: 0 | 1 | 3;
  /** keepalived 2.2.7's verdict, where it is another; either: now this and now that. */
  readonly theirs?: "up" | "either";
};

export const tcp = (how: string): Fault => ({ over: "tcp", how });
type Tls = Partial<Pick<Extract<Fault, { over: "tls" | "h2s" }>, "certificate" | "old">>;
export const tls = (how: string, more: Tls = {}): Fault => ({ over: "tls", how, ...more });
export const h2s = (how: string, more: Tls = {}): Fault => ({ over: "h2s", how, ...more });
export const h2 = (how: string): Fault => ({ over: "h2", how });
export const udp = (how: string): Fault => ({ over: "udp", how });

type Kind = Probe["kind"];

/** What happens before a word is said is the same for all that connect. */
export const connecting = (kind: Kind): readonly FaultRow[] => [
  { kind, fault: "nobody listens", at: "nobody", reason: "refused", says: "TARGET refused the connection", limits: 0 },
  {
    kind,
    fault: "packets are dropped",
    at: "deaf",
    reason: "timeout",
    says: "no answer from TARGET within LIMIT",
    limits: 1,
  },
  {
    kind,
    fault: "there is no route",
    at: "unreachable",
    reason: "unreachable",
    says: "TARGET cannot be reached (*)",
    limits: 0,
  },
];

export const handshake = "TLS handshake with TARGET failed: ";

/** What a row says, as an expression for what was said of a target at a limit of so many seconds. */
export function saidOf({ says = "" }: FaultRow, target: string, limitS: number): RegExp {
  const literal = says.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const known: Readonly<Record<string, string>> = {
    TARGET: target,
    HOST: target.split(":")[0] ?? "",
    LIMIT: `${limitS} s`,
    TOTAL: `${3 * limitS} s`,
  };
  return new RegExp(`^${literal.replaceAll(/TARGET|HOST|LIMIT|TOTAL/g, (word) => known[word] ?? "")}$`);
}
