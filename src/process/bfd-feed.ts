import { chmodSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { parseVerdicts } from "../bfd/known.ts";
import type { BfdVerdicts } from "../bfd/model.ts";
import { messageOf } from "../core/errors.ts";
import { clearSocketPath } from "./socket-path.ts";

// How the vrrp and the checker process hear of BFD sessions: a UNIX socket of the bfd process, without the parent between
// them, which may be reading a large configuration just then. A line tells of all sessions, so that whoever connects, again
// or for the first time, knows everything at once and nothing has to be repeated. docs/decisions/0021.

const MODE = 0o600;
/** How soon a follower tries again, and the feed itself. */
const AGAIN_MS = 100;
const LISTEN_AGAIN_MS = 1000;
/** A follower that does not read is told the newest state once it does. */
const MOST_UNREAD_BYTES = 256 * 1024;
/** Followers are two. */
const MOST_FOLLOWERS = 16;
/** Longer than any line of ours. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;

export type Feed = {
  /** Something is another way. All changes of one turn of the event loop are told together. */
  tell(): void;
  close(): void;
};

/** `onTrouble`: nobody can follow, for a reason; it is tried again. */
export function openFeed(file: string, current: () => BfdVerdicts, onTrouble: (error: string) => void): Feed {
  const followers = new Map<Socket, { late: boolean }>();
  let telling: NodeJS.Immediate | undefined;
  let again: NodeJS.Timeout | undefined;
  let troubled = false;
  const line = (): string => `${JSON.stringify(current())}\n`;

  const server = createServer((socket) => {
    const follower = { late: false };
    followers.set(socket, follower);
    socket.resume(); // nothing is expected from there
    socket.on("error", () => {});
    socket.on("close", () => followers.delete(socket));
    socket.on("drain", () => {
      if (!follower.late) return;
      follower.late = false;
      socket.write(line());
    });
    socket.write(line());
  });
  server.maxConnections = MOST_FOLLOWERS;
  const fail = (error: string): void => {
    if (!troubled) onTrouble(`${file}: ${error}`);
    troubled = true;
    again = setTimeout(listen, LISTEN_AGAIN_MS);
  };
  server.on("error", (error) => fail(messageOf(error)));
  const listen = (): void => {
    try {
      clearSocketPath(file);
    } catch (error) {
      fail(messageOf(error));
      return;
    }
    server.listen(file);
  };
  server.on("listening", () => {
    troubled = false;
    try {
      chmodSync(file, MODE);
    } catch {
      // somebody removed it in this moment; who follows tells nothing, and is told what status tells
    }
  });
  listen();

  const write = (): void => {
    telling = undefined;
    const text = line();
    for (const [socket, follower] of followers)
      if (socket.writableLength > MOST_UNREAD_BYTES) follower.late = true;
      else socket.write(text);
  };
  return {
    tell() {
      telling ??= setImmediate(write);
    },
    close() {
      clearImmediate(telling);
      clearTimeout(again);
      for (const socket of followers.keys()) socket.destroy();
      server.close();
    },
  };
}

/** Follows the feed for as long as it takes, whoever is at its other end. `onAbsent`: nobody is, once more. The returned
 *  function ends it. */
export function followFeed(
  file: string,
  onVerdicts: (verdicts: BfdVerdicts) => void,
  onAbsent: () => void = () => {},
): () => void {
  let socket: Socket | undefined;
  let again: NodeJS.Timeout | undefined;
  let ended = false;
  const open = (): void => {
    let unread = "";
    const opened = connect(file);
    socket = opened;
    opened.setEncoding("utf8");
    opened.on("data", (text: string) => {
      const lines = (unread + text).split("\n");
      unread = lines.pop() as string;
      if (unread.length > MOST_LINE_BYTES) opened.destroy();
      for (const line of lines) {
        const verdicts = parseVerdicts(line);
        if (verdicts && !ended) onVerdicts(verdicts);
      }
    });
    opened.on("error", () => {});
    opened.on("end", () => opened.destroy());
    opened.on("close", () => {
      if (ended) return;
      again = setTimeout(open, AGAIN_MS);
      onAbsent();
    });
  };
  open();
  return () => {
    ended = true;
    clearTimeout(again);
    socket?.destroy();
  };
}
