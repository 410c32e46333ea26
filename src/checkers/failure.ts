import { errnoCode, messageOf } from "../core/errors.ts";
import { askedText, down, local, secondsText } from "./checker.ts";
import type { Endpoint, Verdict } from "./model.ts";

/** System calls that say nothing of the other side, however they fail (EACCES of a security module, ENOSPC of
 *  fs.epoll.max_user_watches). */
const ownCalls: ReadonlySet<string> = new Set(["socket", "epoll_ctl", "uv_poll_init"]);

/** What a failed connection or transfer says about the server. Errors of our own side (no free port, no descriptor, a
 *  source address we do not have) say nothing about it, so they count neither way. */
export function verdictOf(cause: unknown, at: Endpoint, limitMs: number): Verdict {
  const code = errnoCode(cause);
  const target = askedText(at);
  const source = at.bindAddress === undefined ? "" : ` from ${at.bindAddress}`;
  const { syscall } = (cause ?? {}) as { readonly syscall?: string };
  if (syscall === "setsockopt") return ownOptions(code, at);
  if (syscall !== undefined && ownCalls.has(syscall) && code !== "EAFNOSUPPORT")
    return local(`this machine could not check ${target}: no socket or no room to watch one (${syscall}: ${code})`);
  const { told } = (cause ?? {}) as { readonly told?: true };
  if (told) return down(code === "ECONNREFUSED" ? "refused" : "timeout", messageOf(cause));
  if (code?.startsWith("ERR_SSL_")) return down("tls", `TLS with ${target} failed: ${opensslWords(cause)}`);
  switch (code) {
    case "LOCAL":
      return local(messageOf(cause));
    case "ECONNREFUSED":
      return down("refused", `${target} refused the connection`);
    case "ETIMEDOUT":
      return down("timeout", `${messageOf(cause)} from ${target} within ${secondsText(limitMs)}`);
    case "ECONNRESET":
    case "EPIPE":
      return down("reset", `${target} reset the connection`);
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
    case "ENONET":
      return down("unreachable", `${target} cannot be reached${source} (${code})`);
    case "EACCES":
    case "EPERM":
      return down("unreachable", `connecting to ${target} is forbidden here (${code}): a local firewall rule?`);
    case "EADDRNOTAVAIL":
      return local(
        at.bindAddress === undefined
          ? `no free local port to check ${target} from (EADDRNOTAVAIL)`
          : `bindto ${at.bindAddress}: not an address of this machine, or no free port on it (EADDRNOTAVAIL)`,
      );
    case "EINVAL":
    case "EAFNOSUPPORT":
      return local(`cannot connect to ${target}${source} (${code}): do the address families differ?`);
    case "EADDRINUSE":
    case "EMFILE":
    case "ENFILE":
    case "ENOBUFS":
    case "ENOMEM":
    case "EAGAIN":
      return local(`this machine could not check ${target}: out of sockets or memory (${code})`);
    case "H2":
      return down("protocol", `${target}: ${messageOf(cause)}`);
    case "TLS":
      return down("tls", `TLS handshake with ${target} failed: ${messageOf(cause)}`);
    default:
      return down("protocol", `${target}: ${messageOf(cause)}`);
  }
}

/** The kernel would not give the socket of a check the interface or the mark that it is to have. */
function ownOptions(code: string | undefined, { bindInterface, fwmark }: Endpoint): Verdict {
  if (code === "ENODEV") return local(`bind_if ${bindInterface}: there is no such interface (ENODEV)`);
  const asked = bindInterface === undefined ? `fwmark ${fwmark}` : `bind_if ${bindInterface}`;
  return local(`${asked} could not be set on the socket of the check (${code}): is CAP_NET_ADMIN missing?`);
}

/** OpenSSL's own words stand in `reason`; its message has them among the names of its source files. */
export const opensslWords = (cause: unknown): string =>
  (cause as { readonly reason?: string }).reason ?? messageOf(cause);
