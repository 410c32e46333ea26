import { chmodSync } from "node:fs";
import net from "node:net";
import { native } from "../../native/index.ts";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { Accounts } from "./accounts.ts";
import { ApiProcess } from "./api-process.ts";
import type { Director } from "./director.ts";
import type { EventRing } from "./event-ring.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { Peer } from "./messages.ts";
import type { HttpPlan } from "./plan-global-model.ts";
import type { RunOptions } from "./run-options.ts";
import { clearSocketPath } from "./socket-path.ts";

export type ControlServer = {
  /** All processes of the director run. */
  begin(): void;
  /** Another plan runs. */
  adopt(http: HttpPlan): void;
  close(): Promise<void>;
};

export type ControlParts = {
  readonly options: RunOptions;
  readonly director: Director;
  readonly events: EventRing;
  readonly log: Logger<ProcessEvents>;
  readonly stop: () => void;
};

/** The account of the api process: its own where the host has one of that name, and otherwise nobody. */
const ACCOUNT = "lvskeeper";
const NOBODY = { uid: 65_534, gid: 65_534 };

/** The control socket: the parent accepts and hands each connection, unread, to the unprivileged api process; what that
 *  understands comes back as one of a few requests. Without the socket, which cannot be made everywhere, a director serves
 *  all the same. Rejects when another director answers there. */
export async function openControl({ options, director, events, log, stop }: ControlParts): Promise<ControlServer> {
  const file = options.controlSocket;
  const server = net.createServer({ pauseOnConnect: true });
  const isOurs = await claim(server, file, log);
  const account = new Accounts().user(ACCOUNT) ?? NOBODY;
  const api = new ApiProcess({ options, director, events, log, stop, account });
  if (isOurs) server.on("connection", (socket) => admit(socket, api, log));
  return {
    begin: () => api.begin(),
    adopt: (http) => api.adopt(http),
    async close() {
      if (isOurs) server.close();
      await api.close();
    },
  };
}

/** Listens at the path; false, and told in the log, where that cannot be. */
async function claim(server: net.Server, file: string, log: Logger<ProcessEvents>): Promise<boolean> {
  try {
    if (await answers(file)) {
      const hint = "stop it, or give this one its own with --control or --pid";
      throw new DirectorError("control/in-use", `another director answers at ${file}`, { hint });
    }
    clearSocketPath(file);
    await listen(server, file);
  } catch (error) {
    if (error instanceof DirectorError) throw error;
    log.warn("control.unavailable", { path: file, message: messageOf(error) });
    return false;
  }
  server.on("error", (error) => log.warn("control.unavailable", { path: file, message: messageOf(error) }));
  log.debug("control.listening", { path: file });
  return true;
}

/** The socket's mode lets its owner and root in; who it is, is asked for all the same: modes can be changed. */
function admit(socket: net.Socket, api: ApiProcess, log: Logger<ProcessEvents>): void {
  const peer = peerOf(socket);
  if (peer && (peer.uid === 0 || peer.uid === process.geteuid?.())) api.take(socket, peer);
  else {
    if (peer) log.warn("control.stranger", peer);
    socket.destroy();
  }
}

/** Undefined for a connection that is gone already. */
function peerOf(socket: net.Socket): Peer | undefined {
  const { fd } = (socket as unknown as { readonly _handle?: { readonly fd: number } })._handle ?? {};
  try {
    return fd === undefined || fd < 0 ? undefined : native().peerCredentials(fd);
  } catch {
    return undefined;
  }
}

/** Owner only from the first moment on: the mask holds while the name is made. */
async function listen(server: net.Server, file: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(file, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(file, 0o600);
}

/** Whether somebody accepts connections at `file`: a socket that was left behind refuses them. */
function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => resolve(errnoCode(error) === "EAGAIN"));
  });
}
