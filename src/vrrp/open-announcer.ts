import { nowMs } from "../core/clock.ts";
import { DirectorError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { type Announcer, createAnnouncer } from "./announcer.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import { openFrameSocket } from "./sockets.ts";

/** Throws DirectorError when this process may not open packet sockets, Error for a failure that may pass. */
export function openAnnouncer(log: Logger<typeof vrrpEvents>): Announcer {
  const opened = openFrameSocket();
  if (!opened.ok) {
    const { code, message } = opened.error;
    const what = `cannot open a packet socket: ${message}`;
    if (code !== "EPERM" && code !== "EACCES") throw new Error(what); // may pass: the parent tries again
    throw new DirectorError("vrrp/no-socket", what, {
      hint: "run as root, or with the capabilities CAP_NET_RAW and CAP_NET_ADMIN",
    });
  }
  const gate = createLogGate();
  return createAnnouncer(opened.value, (name, errno) => {
    const held = gate.pass(`${name} ${errno}`, nowMs());
    if (held !== undefined) log.warn("vrrp.unannounced", { interface: name, errno, held });
  });
}
