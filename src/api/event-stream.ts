import type { ServerResponse } from "node:http";
import type { DirectorEvent } from "../process/events.ts";
import type { EventHub } from "./event-hub.ts";

/** A comment in a stream in which nothing happens, so that neither end takes the other for gone. */
const HEARTBEAT_MS = 15_000;
/** A browser asks again after this. */
const RETRY_MS = 2000;
/** A reader who is so far behind is let go: it comes back with the id of what it has read. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** An event in the words of the HTML standard's server-sent events (§9.2): JSON has no line ends. */
const streamText = (event: DirectorEvent): string => `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;

/** Serves a stream until its reader goes, or falls too far behind. False when there are no events to be had. */
export async function serveStream(
  response: ServerResponse,
  hub: EventHub,
  after: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    response.destroy();
  };
  const write = (text: string): void => {
    if (!isOpen) return;
    response.write(text);
    if (response.writableLength > MOST_WAITING_BYTES) close();
  };
  let begun = false;
  const stop = await hub.read(after, (events) => {
    if (!begun) {
      begun = true;
      response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
      write(`retry: ${RETRY_MS}\n\n`);
    }
    let text = "";
    for (const event of events) text += streamText(event);
    if (text !== "") write(text);
  });
  if (!stop) return false;
  const beat = setInterval(() => write(": alive\n\n"), HEARTBEAT_MS);
  response.once("close", () => {
    isOpen = false;
    clearInterval(beat);
    stop();
  });
  if (response.destroyed) response.emit("close");
  return true;
}
