import type { Socket } from "node:net";
import { errnoCode, messageOf } from "../core/errors.ts";
import { endpointText } from "../core/ip.ts";
import { secondsText } from "./checker.ts";
import type { Attempt } from "./connector.ts";
import { connector } from "./socket-connector.ts";
import { ViaConnection } from "./via-connection.ts";
import { ownAddressOf, type ViaEndpoint } from "./via-way.ts";

/** Opens a connection for a check with via_vip: up to the kernel's own, which cannot make it, since here the virtual address
 *  may be its own, and then it drops what comes from it. `socket` has what checks use of one of node:net. Errors are those
 *  of a connector; a server that has not answered is asked for its own address as well, halfway, only to say in the reason
 *  which of the two is missing. */
export function openVia(
  at: ViaEndpoint,
  timeoutMs: number,
  onSettled: (error: unknown, socket?: Socket) => void,
): Attempt {
  let over = false;
  let doubt: Attempt | undefined;
  let hostAnswers = false;
  const timers: NodeJS.Timeout[] = [];
  const end = (): void => {
    over = true;
    for (const timer of timers) clearTimeout(timer);
    doubt?.cancel();
  };
  const settle = (error: unknown): void => {
    if (over) return;
    end();
    if (error !== undefined) connection?.destroy();
    if (error === undefined) onSettled(undefined, connection as unknown as Socket);
    else onSettled(error);
  };
  let connection: ViaConnection | undefined;
  try {
    connection = new ViaConnection(at, (error) => settle(error === undefined ? undefined : inWords(error, at)));
  } catch (cause) {
    const told = setImmediate(settle, ownFault(cause));
    return { cancel: () => clearImmediate(told) };
  }
  // What has come in time is read before it is said to be late.
  const onTime = (): void => void setImmediate(() => settle(silence(at, timeoutMs, hostAnswers)));
  timers.push(setTimeout(onTime, timeoutMs));
  const itself = ownAddressOf(at);
  const askItself = (): void => {
    doubt = connector().probe(itself, timeoutMs / 2, (error) => {
      hostAnswers = error === undefined || errnoCode(error) === "ECONNREFUSED";
    });
  };
  timers.push(setTimeout(askItself, timeoutMs / 2));
  return {
    cancel() {
      if (over) return;
      end();
      connection.destroy();
    },
  };
}

const asked = ({ host, port, via }: ViaEndpoint): string =>
  `${host}, asked for ${endpointText(via.vip, port)} as by a client,`;

/** Told as it is, whatever else an error of this code would be said to be. */
const told = (code: string, words: string): unknown => Object.assign(new Error(words), { code, told: true });

const inWords = (error: unknown, at: ViaEndpoint): unknown =>
  errnoCode(error) === "ECONNREFUSED" ? told("ECONNREFUSED", `${asked(at)} refused the connection`) : error;

function silence(at: ViaEndpoint, timeoutMs: number, hostAnswers: boolean): unknown {
  const { vip } = at.via;
  const words = `${asked(at)} did not answer within ${secondsText(timeoutMs)}`;
  if (!hostAnswers) return told("ETIMEDOUT", words);
  return told("ETIMEDOUT", `${words}, ${isMissing(vip)}`);
}

/** What is said of a server that answers for its own address and for the virtual one does not. */
export const isMissing = (vip: string): string =>
  `but does for its own address: is ${vip} on its loopback interface? Try \`lvskeeper realserver up ${vip}\` there`;

/** An error of our own side, as a verdict takes it. */
export function ownFault(cause: unknown): unknown {
  const { syscall } = cause as { readonly syscall?: string };
  const words = ownWords(errnoCode(cause), syscall);
  if (words === undefined && syscall !== undefined) return cause;
  return Object.assign(new Error(words ?? `via_vip: ${messageOf(cause)}`), { code: "LOCAL" });
}

/** What this process or its kernel lacks; undefined: nothing of that kind. */
function ownWords(code: string | undefined, syscall: string | undefined): string | undefined {
  if (syscall === "socket" && code === "EPERM")
    return "via_vip needs CAP_NET_RAW, which this process does not have (EPERM)";
  if (syscall !== "neighbour") return undefined;
  if (code === "EPERM")
    return "via_vip behind DR needs CAP_NET_ADMIN for IPv6, which this process does not have (EPERM)";
  return `via_vip behind DR needs Linux 5.0 for IPv6: this kernel does not tell of its neighbours (${code})`;
}
