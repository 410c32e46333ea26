import { randomBytes, randomInt } from "node:crypto";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import { native } from "../../native/index.ts";
import { echoRequest, isEchoReply } from "../core/icmp-echo.ts";
import { familyOf } from "../core/ip.ts";
import type { WitnessPlan } from "./takeover-model.ts";

/** Stops waiting for answers. */
export type Cancel = () => void;

/** Asks all of them; `onAnswer` is called for each that answers within the time. One that cannot be asked does not answer. */
export function askWitnesses(witnesses: readonly WitnessPlan[], timeoutMs: number, onAnswer: () => void): Cancel {
  const cancels = witnesses.map((one) => (one.kind === "tcp" ? connect : ping)(one.address, onAnswer, portOf(one)));
  const cancel = (): void => {
    clearTimeout(timer);
    for (const each of cancels) each();
  };
  const timer = setTimeout(cancel, timeoutMs);
  timer.unref();
  return cancel;
}

const portOf = (one: WitnessPlan): number => (one.kind === "tcp" ? one.port : 0);

/** A host that refuses the connection is there as well. */
function connect(host: string, onAnswer: () => void, port: number): Cancel {
  const socket = net.connect({ host, port });
  socket.unref();
  socket.once("connect", () => {
    socket.destroy();
    onAnswer();
  });
  socket.once("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ECONNREFUSED") onAnswer();
  });
  return () => socket.destroy();
}

const READS = 16;
const REPLY_BYTES = 256;

/** An ICMP echo over a raw socket, which this process may have. Sixteen bytes that nobody else knows tell its answer from
 *  those to other pings. */
function ping(host: string, onAnswer: () => void): Cancel {
  const { openProbe, connectProbe, send, receive, watch, close } = native();
  const family = familyOf(host);
  const echo = { id: process.pid & 0xffff, sequence: randomInt(0x1_0000), token: randomBytes(16) };
  const buffer = Buffer.alloc(REPLY_BYTES);
  let fd: number | undefined;
  let stop: (() => void) | undefined;
  const end = (): void => {
    stop?.();
    stop = undefined;
    if (fd !== undefined) close(fd);
    fd = undefined;
  };
  const read = (): void => {
    for (let reads = 0; fd !== undefined && reads < READS; reads++) {
      const length = receive(fd, buffer);
      if (length < 0) {
        if (getSystemErrorName(length) === "EAGAIN") return;
        continue; // an error that ICMP reported: the answer may still come
      }
      if (!isEchoReply(family, echo, buffer.subarray(0, Math.min(length, REPLY_BYTES)), family === 4)) continue;
      end();
      onAnswer();
    }
  };
  try {
    fd = openProbe("icmp", family, "", 0, false);
    connectProbe(fd, host, 0, "", 0);
    stop = watch(fd, read);
    if (send(fd, echoRequest(family, echo)) < 0) end();
  } catch (error) {
    end();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return end;
}
