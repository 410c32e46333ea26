import http from "node:http";
import type { Socket } from "node:net";
import type { ControlRequest, Peer, ToChild } from "../process/messages.ts";
import type { EventHub } from "./event-hub.ts";
import { serveStream } from "./event-stream.ts";
import { CONTENT_TYPES, type Format, formatFor } from "./metrics/exposition.ts";
import { PAGE_POLICY, pageFiles } from "./page.ts";
import { bodyOf, MOST_BODY_BYTES, type Refused, readBody, readQuery } from "./read-request.ts";
import { type Door, type Route, routeOf } from "./routes.ts";

export type Answer = Pick<Extract<ToChild, { readonly t: "answer" }>, "httpStatus" | "body">;
/** An answer as it is sent. */
export type Text = { readonly httpStatus: number; readonly text: Buffer };

export type ServerParts = {
  readonly door: Door;
  readonly hub: EventHub;
  /** Asks the parent for something of which there is one answer for all. */
  readonly read: (request: ControlRequest) => Promise<Text>;
  readonly metrics: (format: Format) => Promise<Text>;
  /** Has the parent do something. */
  readonly act: (request: ControlRequest, body: unknown, peer: Peer | undefined) => Promise<Answer>;
  readonly openapi: () => object;
  /** A request is there as a whole. */
  readonly received: (socket: Socket) => void;
  /** The streams that are read, to be ended at a stop. */
  readonly streams: Set<http.ServerResponse>;
  readonly peerOf: (socket: Socket) => Peer | undefined;
};

const MOST_HEADER_BYTES = 16 * 1024;
const MOST_HEADERS = 64;
/** How often a server that listens looks for requests that take too long. */
const CHECK_EVERY_MS = 1000;
/** A reader who takes nothing for so long is gone. */
const STALLED_MS = 30_000;
/** Whoever sent a body that is refused has so long to read why. */
const LINGER_MS = 500;
/** Readers of streams at a time. */
const MOST_STREAMS = 32;

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": PAGE_POLICY,
} as const;

/** HTTP of one door. Limits of size are here; those of time and number are with whoever hands connections over. */
export function createServer(parts: ServerParts): http.Server {
  const options = {
    maxHeaderSize: MOST_HEADER_BYTES,
    keepAlive: false,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  };
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    response.on("error", () => {});
    request.on("error", () => {});
    serve(request, response, parts).catch(() => response.destroy());
  };
  const server = http.createServer(options, handle);
  server.maxHeadersCount = MOST_HEADERS;
  // Whoever waits to be told to go on (curl, with a long body) is refused before it sends one that is too long.
  server.on("checkContinue", handle);
  return server;
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse, parts: ServerParts): Promise<void> {
  const { door } = parts;
  const method = request.method ?? "";
  const target = targetOf(request.url ?? "");
  if (!target) return refuse(response, 400, "control/bad-request", "the address is none");
  const file = method === "GET" || method === "HEAD" ? pageFiles.get(target.path) : undefined;
  if (file) return send(response, 200, file.contentType, Buffer.from(file.body));
  const routed = routeOf(method, target.path, door);
  if (!("route" in routed)) {
    const { httpStatus, message, allow } = routed;
    if (allow !== undefined) response.setHeader("allow", allow);
    return refuse(response, httpStatus, httpStatus === 403 ? "control/read-only" : "control/no-such", message);
  }
  const { route } = routed;
  const body = await bodyOf(expecting(request, response));
  parts.received(request.socket);
  if (!body.ok) return refuseUnread(request, response, body.refusal);
  if (route.method === "GET") return serveReading(route, target.query, request, response, parts);
  const given = readBody(body.value, route.body);
  if (!given.ok) return refuse(response, given.refusal.httpStatus, given.refusal.code, given.refusal.message);
  const answer = await parts.act(route.request, given.value, parts.peerOf(request.socket));
  sendJson(response, answer.httpStatus, answer.body);
}

/** Goes on with a request whose sender waits to be told so, unless its body is too long anyway. */
function expecting(request: http.IncomingMessage, response: http.ServerResponse): http.IncomingMessage {
  const waits = /^100-continue$/i.test(request.headers.expect ?? "");
  if (waits && Number(request.headers["content-length"] ?? 0) <= MOST_BODY_BYTES && !response.headersSent)
    response.writeContinue();
  return request;
}

async function serveReading(
  route: Route & { readonly method: "GET" },
  query: URLSearchParams,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  parts: ServerParts,
): Promise<void> {
  const given = readQuery(query, route.query);
  if (!given.ok) return refuse(response, 400, given.refusal.code, given.refusal.message);
  const { accept } = request.headers;
  if (route.path === "/events") return serveEvents(given.value.after, request, response, parts);
  if (route.path === "/openapi.json") return sendJson(response, 200, parts.openapi());
  if (route.path === "/metrics") {
    const format = formatFor(accept);
    const { httpStatus, text } = await parts.metrics(format);
    return send(response, httpStatus, httpStatus === 200 ? CONTENT_TYPES[format] : "application/json", text);
  }
  if (!route.request) return refuse(response, 404, "control/no-such", "nothing at this address");
  const { httpStatus, text } = await parts.read(route.request);
  send(response, httpStatus, "application/json", text);
}

async function serveEvents(
  query: string | undefined,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { hub, streams }: ServerParts,
): Promise<void> {
  const header = request.headers["last-event-id"];
  const after = typeof header === "string" ? header : query;
  if (request.method === "GET" && /text\/event-stream/.test(request.headers.accept ?? "")) {
    if (hub.readers >= MOST_STREAMS)
      return refuse(response, 503, "control/busy", `${MOST_STREAMS} streams are read already`);
    streams.add(response);
    response.once("close", () => streams.delete(response));
    if (await serveStream(response, hub, after, { ...HEADERS, connection: "close" })) return;
    streams.delete(response);
  } else {
    const events = await hub.after(after);
    if (events) return sendJson(response, 200, { events });
  }
  refuse(response, 503, "control/silent", "the director does not tell its events");
}

/** A path, which is compared as it stands, and a query; undefined for what is neither. */
function targetOf(target: string): { readonly path: string; readonly query: URLSearchParams } | undefined {
  const [path = "", query = ""] = target.split("?", 2);
  return path.startsWith("/") ? { path, query: new URLSearchParams(query) } : undefined;
}

const refuse = (response: http.ServerResponse, status: number, code: string, message: string): void =>
  sendJson(response, status, { ok: false, code, message });

/** Refuses a body that is not read. The connection stays for a moment behind the answer: a sender whose connection breaks
 *  while it sends does not read why, and one that waits for room does. */
function refuseUnread(request: http.IncomingMessage, response: http.ServerResponse, refusal: Refused): void {
  const { httpStatus, code, message } = refusal;
  const text = Buffer.from(`${JSON.stringify({ ok: false, code, message })}\n`);
  request.pause();
  response.writeHead(httpStatus, headersOf("application/json", text));
  response.write(text);
  const timer = setTimeout(() => response.end(), LINGER_MS);
  response.once("close", () => clearTimeout(timer));
}

const sendJson = (response: http.ServerResponse, status: number, body: unknown): void =>
  send(response, status, "application/json", Buffer.from(`${JSON.stringify(body)}\n`));

const headersOf = (contentType: string, body: Buffer) => ({
  ...HEADERS,
  "content-type": contentType,
  "content-length": body.length,
  connection: "close",
});

function send(response: http.ServerResponse, status: number, contentType: string, body: Buffer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, headersOf(contentType, body));
  response.setTimeout(STALLED_MS, () => response.destroy());
  response.end(body);
}
