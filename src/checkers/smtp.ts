import type { Socket } from "node:net";
import { askedText, type Checker, cancelled, down, type ProbeOf, secondsText, upVerdict, wordsOf } from "./checker.ts";
import { open } from "./connection.ts";
import { verdictOf } from "./failure.ts";
import type { Verdict } from "./model.ts";
import { SmtpReplies } from "./smtp-reply.ts";

type SmtpProbe = ProbeOf<"SMTP_CHECK">;

/** The steps of the talk, in order: what is awaited, the code that it has to have (none: any), and what is said then. */
const steps = (heloName: string) =>
  [
    { awaited: "a greeting", code: 220, say: `HELO ${heloName}\r\n` },
    { awaited: "an answer to HELO", code: 250, say: "QUIT\r\n" },
    { awaited: "an answer to QUIT", code: undefined, say: undefined },
  ] as const;

/** SMTP_CHECK: up when a mail server greets with 220, answers HELO with 250, and QUIT with anything. connect_timeout
 *  bounds the connect, and each answer as a whole: a server that drips it byte by byte is late. */
export const smtpCheck: Checker<SmtpProbe> = (probe, _turn, signal) =>
  new Promise((resolve) => {
    const { endpoint, connectTimeoutMs } = probe;
    let talk: (() => void) | undefined;
    const finish = (verdict: Verdict): void => {
      signal.removeEventListener("abort", onAbort);
      talk?.();
      resolve(verdict);
    };
    const onAbort = (): void => {
      opening.cancel();
      finish(cancelled);
    };
    const opening = open(endpoint, connectTimeoutMs, (error) => {
      if (error !== undefined) finish(verdictOf(error, endpoint, connectTimeoutMs));
      else talk = converse(opening.socket, probe, finish);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });

/** Talks over an open connection until there is a verdict. The function it gives ends the talk and the connection. */
function converse(socket: Socket, probe: SmtpProbe, onVerdict: (verdict: Verdict) => void): () => void {
  const { endpoint, connectTimeoutMs, heloName } = probe;
  const target = askedText(endpoint);
  const replies = new SmtpReplies();
  const left = steps(heloName).values();
  let step = left.next().value;
  let ended = false;

  const finish = (verdict: Verdict): void => {
    if (!ended) onVerdict(verdict);
  };
  const missing = (how: string): string => `${target}: ${step?.awaited ?? "an answer"} ${how}`;
  // What came while this process was held up itself is read before it is said to be late.
  const onTime = (): void => {
    const awaited = step;
    setImmediate(() => {
      if (step !== awaited) return;
      finish(down("timeout", missing(`did not come within ${secondsText(connectTimeoutMs)}`)));
    });
  };
  const timer = setTimeout(onTime, connectTimeoutMs);

  socket.on("data", (bytes: Buffer) => {
    if (ended) return;
    for (const reply of replies.push(bytes)) {
      if (reply === "too long") return finish(down("protocol", `${target} sends an answer without end`));
      if (!step) return;
      const { code, say, awaited } = step;
      if (reply.code === undefined)
        return finish(down("protocol", `${target} does not speak SMTP: ${wordsOf(reply.line)}`));
      if (code !== undefined && reply.code !== code)
        return finish(down("status", `${target}: ${awaited} was ${wordsOf(reply.line)}, not ${code}`));
      step = left.next().value;
      if (say === undefined) return finish(upVerdict);
      timer.refresh();
      socket.write(say);
    }
  });
  socket.on("end", () => finish(down("protocol", missing("did not come: the connection was closed"))));
  socket.on("error", (cause) => finish(verdictOf(cause, endpoint, connectTimeoutMs)));
  socket.resume();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket.destroy();
  };
}
