import net from "node:net";
import { native } from "../../native/index.ts";
import { errnoCode } from "../core/errors.ts";
import { familyOf } from "../core/ip.ts";
import { type Connector, timedOut } from "./connector.ts";
import type { Endpoint } from "./model.ts";

/** What the kernel says of a reset that came before anybody looked at the connection, which stood by then: one that answers
 *  the request for a connection is ECONNREFUSED (tcp_reset() in net/ipv4/tcp_input.c). */
const AFTER_CONNECT: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

/** Connections opened by node:net, each on its own: what there is without the addon's connector. */
export const nodeConnector: Connector = {
  probe: (at, timeoutMs, onSettled) =>
    nodeConnector.open(at, timeoutMs, (error, socket) => {
      socket?.destroy();
      onSettled(AFTER_CONNECT.has(errnoCode(error) ?? "") ? undefined : error);
    }),

  open(at, timeoutMs, onSettled) {
    let socket: net.Socket;
    try {
      socket = makeSocket(at);
    } catch (cause) {
      const told = setImmediate(onSettled, cause);
      return { cancel: () => clearImmediate(told) };
    }
    const release = (): void => {
      clearTimeout(timer);
      socket.removeListener("connect", onConnect);
      socket.removeListener("error", settle);
      socket.on("error", ignore);
    };
    const settle = (error: unknown): void => {
      isSettled = true;
      release();
      if (error === undefined) onSettled(undefined, socket);
      else {
        socket.destroy();
        onSettled(error);
      }
    };
    let isSettled = false;
    const onConnect = (): void => settle(undefined);
    // When this process was held up itself, the answer may be waiting to be read: it gets its turn before the verdict.
    const onTime = (): void => void setImmediate(() => socket.connecting && settle(timedOut));
    const timer = setTimeout(onTime, timeoutMs);
    socket.once("connect", onConnect);
    socket.once("error", settle);
    socket.pause(); // a check that only connects then never starts to read, which saves two system calls
    socket.connect({
      host: at.host,
      port: at.port,
      ...(at.bindAddress !== undefined && { localAddress: at.bindAddress }),
      ...(at.bindPort !== undefined && { localPort: at.bindPort }),
    });
    return {
      cancel() {
        if (isSettled) return;
        release();
        socket.destroy();
      },
    };
  },
};

/** A socket with what node:net does not know (SO_BINDTODEVICE, SO_MARK, SO_LINGER) is made by the addon and given to it
 *  unconnected. A connection from a fixed port is reset at its end: an orderly one would stay in TIME_WAIT, and the next
 *  check could not have the port. */
function makeSocket({ host, bindPort, bindInterface, fwmark }: Endpoint): net.Socket {
  if (bindPort === undefined && bindInterface === undefined && fwmark === undefined) return new net.Socket();
  const fd = native().openProbe("tcp", familyOf(host), bindInterface ?? "", fwmark ?? 0, bindPort !== undefined);
  // Without manualStart it would be read from before it is connected.
  return new net.Socket({ fd, manualStart: true } as net.SocketConstructorOpts);
}

const ignore = (): void => {};
