import { native } from "../../native/index.ts";

/** What sd_notify(3) tells a service manager: a datagram of NAME=VALUE lines to the socket that the environment names. */
export type ServiceManager = {
  /** It serves; also after a reload. */
  readonly ready: () => void;
  readonly reloading: () => void;
  readonly stopping: () => void;
};

const NOBODY: ServiceManager = { ready: () => {}, reloading: () => {}, stopping: () => {} };

/** Beats for each time that the service manager waits for one (WATCHDOG_USEC of sd_watchdog_enabled(3)). */
const BEATS = 2;

/** The service manager that started this process; nobody hears where there is none, or its socket is gone. Takes the names
 *  out of the environment: what this process starts is not the service. */
export function serviceManager(env: NodeJS.ProcessEnv = process.env): ServiceManager {
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
  for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  if (path === undefined || path === "") return NOBODY;
  const say = (...lines: readonly string[]): void => {
    try {
      const door = native();
      const fd = door.openUnixDatagram(path);
      door.send(fd, Buffer.from(lines.join("\n")));
      door.close(fd);
    } catch {
      // it hears the next one, or sees our end
    }
  };
  const beatMs = Number(usec) / 1000 / BEATS;
  if (beatMs >= 1 && (pid === undefined || Number(pid) === process.pid))
    setInterval(() => say("WATCHDOG=1"), beatMs).unref();
  return {
    ready: () => say("READY=1", `MAINPID=${process.pid}`),
    reloading: () => say("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => say("STOPPING=1"),
  };
}
