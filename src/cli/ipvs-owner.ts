import net from "node:net";
import type { Request } from "../ipvs/admin/request.ts";
import { controlSocketOf, pidFiles } from "../process/run-options.ts";

const ANSWER_MS = 1000;

/** The control socket of a director that runs here and so owns the kernel's IPVS table; undefined where none answers. */
export function ownerOfTable(): Promise<string | undefined> {
  const socketPath = process.env.LVSKEEPER_CONTROL ?? controlSocketOf(pidFiles("lvskeeper", {}).parent);
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const settle = (owner: string | undefined): void => {
      socket.destroy();
      resolve(owner);
    };
    socket.setTimeout(ANSWER_MS, () => settle(socketPath));
    socket.once("connect", () => settle(socketPath));
    socket.once("error", () => settle(undefined));
  });
}

/** What to do where a director owns the table. */
export function insteadOf(request: Request): string {
  const reload = (what: string): string => `change ${what} of its configuration and run \`lvskeeper reload\``;
  switch (request.do) {
    case "change":
      switch (request.command.op) {
        case "setDest":
          return "run `lvskeeper rs weight` or `lvskeeper rs drain`";
        case "delDest":
          return "run `lvskeeper rs drain` or `lvskeeper rs disable`";
        case "addDest":
          return `run \`lvskeeper rs enable\`, or ${reload("`real_server`")}`;
        default:
          return reload("`virtual_server`");
      }
    case "flush":
      return "run `lvskeeper stop`";
    case "setTimeouts":
      return reload("`lvs_timeouts`");
    case "startDaemon":
    case "stopDaemon":
      return reload("`lvs_sync_daemon`");
    default:
      return reload("`virtual_server`");
  }
}
